/**
 * PEM files: are there certificates or a key in them, and which certificates are valid today.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";

/** What a PEM file with certificates holds. */
export interface CertificateFile {
  /** Certificates that could be read. */
  readonly readable: number;
  /** Of these: valid today. */
  readonly valid: number;
  /** Blocks that say they are certificates and aren't. */
  readonly broken: number;
  /** When the last of them ends or ended, in milliseconds since the Unix epoch; undefined if none could be read. */
  readonly lastEnd: number | undefined;
}

const begin = "-----BEGIN ";
const end = "-----END ";

/**
 * Looks at every certificate of a PEM file.
 *
 * @param now milliseconds since the Unix epoch.
 */
export function inspectCertificates(pem: string, now: number): CertificateFile {
  let readable = 0;
  let valid = 0;
  let broken = 0;
  let lastEnd: number | undefined;
  for (const block of pemBlocks(pem)) {
    if (!/^(?:X509 |TRUSTED )?CERTIFICATE$/.test(block.label)) continue;
    try {
      const certificate = new X509Certificate(block.text);
      const from = Date.parse(certificate.validFrom);
      const to = Date.parse(certificate.validTo);
      readable++;
      if (from <= now && now <= to) valid++;
      lastEnd = Math.max(lastEnd ?? to, to);
    } catch {
      broken++;
    }
  }
  return { readable, valid, broken, lastEnd };
}

/** What a PEM file says about the private key in it. */
export function inspectPrivateKey(pem: string): "key" | "encrypted" | "none" {
  for (const block of pemBlocks(pem)) {
    if (!block.label.endsWith("PRIVATE KEY")) continue;
    // PKCS#8 has a label of its own for it, the older form a header line.
    return block.label === "ENCRYPTED PRIVATE KEY" || block.text.includes("Proc-Type: 4,ENCRYPTED")
      ? "encrypted"
      : "key";
  }
  return "none";
}

/** The blocks of a PEM file with what stands after BEGIN, in order. */
function* pemBlocks(pem: string): Generator<{ readonly label: string; readonly text: string }> {
  let from = 0;
  while (true) {
    const start = pem.indexOf(begin, from);
    if (start < 0) return;
    const labelEnd = pem.indexOf("-----", start + begin.length);
    if (labelEnd < 0) return;
    const stop = pem.indexOf(end, labelEnd);
    if (stop < 0) return;
    const close = pem.indexOf("-----", stop + end.length);
    if (close < 0) return;
    yield { label: pem.slice(start + begin.length, labelEnd), text: `${pem.slice(start, close + 5)}\n` };
    from = close + 5;
  }
}
