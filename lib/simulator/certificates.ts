/**
 * Certificates for the simulator, made at start and kept in memory: no key is in the repository, no file is written.
 *
 * Only `simulate`, `demo` and tests load this: it brings an X.509 library along.
 *
 * @module
 */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/**
 * A certificate that the simulator can show: `good`, or one that a client must refuse, because it comes from another
 * authority, is signed by itself, is for another name, or has expired.
 */
export type CertificateKind = "good" | "other-ca" | "self-signed" | "wrong-name" | "expired";

/** All values of {@link CertificateKind}. */
export const certificateKinds: readonly CertificateKind[] = [
  "good",
  "other-ca",
  "self-signed",
  "wrong-name",
  "expired",
];

/** A certificate chain and its key as PEM, as `Deno.listenTls` takes them. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The name in certificates of the kind `wrong-name`. */
const wrongName = "api-other.duosecurity.test";

// RSA keys would take longer to make than everything else at start.
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

const hour = 3_600_000;
const day = 24 * hour;

/** A certificate authority with its key. */
export class Authority {
  readonly #certificate: x509.X509Certificate;
  readonly #keys: CryptoKeyPair;
  readonly #names: readonly string[];
  #other: Promise<Authority> | undefined;

  private constructor(certificate: x509.X509Certificate, keys: CryptoKeyPair, names: readonly string[]) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.#names = names;
  }

  /**
   * Makes an authority and its key.
   *
   * @param names host names and addresses that its good certificates are for.
   */
  static async create(names: readonly string[]): Promise<Authority> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: "CN=duoproxy simulator CA",
      ...validity(-day, 30 * day),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    }, crypto);
    return new Authority(certificate, keys, names);
  }

  /** The authority's own certificate as PEM: what `http_ca_certs_file` has to hold. */
  get pem(): string {
    return `${this.#certificate.toString("pem")}\n`;
  }

  /** Makes a server certificate with a new key. */
  async issue(kind: CertificateKind): Promise<ServerCertificate> {
    if (kind === "other-ca") {
      this.#other ??= Authority.create(this.#names);
      return await (await this.#other).issue("good");
    }
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const names = kind === "wrong-name" ? [wrongName] : this.#names;
    const extensions = [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      // Strict verifiers ask for it (RFC 5280, 4.2.1.1).
      await x509.AuthorityKeyIdentifierExtension.create(kind === "self-signed" ? keys.publicKey : this.#keys.publicKey),
      new x509.SubjectAlternativeNameExtension(names.map(generalName)),
    ];
    const common = {
      serialNumber: serialNumber(),
      ...(kind === "expired" ? validity(-2 * day, -day) : validity(-hour, 30 * day)),
      signingAlgorithm: algorithm,
      extensions,
    };
    const certificate = kind === "self-signed"
      ? await x509.X509CertificateGenerator.createSelfSigned({ ...common, name: "CN=duoproxy simulator", keys }, crypto)
      : await x509.X509CertificateGenerator.create({
        ...common,
        subject: "CN=duoproxy simulator",
        issuer: this.#certificate.subject,
        publicKey: keys.publicKey,
        signingKey: this.#keys.privateKey,
      }, crypto);
    const key = x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
    return { cert: `${certificate.toString("pem")}\n`, key: `${key}\n` };
  }
}

/**
 * Dates from now, in milliseconds. By the machine's clock even in tests: the peer's TLS library knows no other.
 */
function validity(from: number, to: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now + from), notAfter: new Date(now + to) };
}

function serialNumber(): string {
  // The first octet is neither negative nor zero, as RFC 5280, 4.1.2.2 asks.
  return `4d${crypto.randomUUID().replaceAll("-", "")}`;
}

function generalName(name: string): x509.JsonGeneralName {
  const address = name.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return { type: address ? "ip" : "dns", value: name };
}
