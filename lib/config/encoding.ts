/**
 * Octets to text: what a configuration file or a secret file is encoded in.
 *
 * @module
 */

/** A decoded file. */
export interface DecodedText {
  readonly kind: "text";
  /** Without the byte order mark. */
  readonly text: string;
  readonly encoding: "utf-8" | "windows-1252";
  /** True if the file began with UTF-8's byte order mark. */
  readonly byteOrderMark: boolean;
  /** Index in `text` of the first character that isn't valid UTF-8; undefined if all of it is. */
  readonly firstInvalid: number | undefined;
}

/** The file is in an encoding of 16 or 32 bits, which is not read. */
export interface WideText {
  readonly kind: "wide";
  /** Such as `UTF-16 (little-endian)`. */
  readonly encoding: string;
}

/** How many octets are looked at to recognise UTF-16 without byte order mark. */
const sampleSize = 2048;

/**
 * Decodes UTF-8, with or without byte order mark, and reads anything else as Windows-1252, which gives every octet a
 * character. UTF-16 and UTF-32 are recognised by their byte order mark, UTF-16 also by its NUL octets.
 */
export function decodeText(bytes: Uint8Array): DecodedText | WideText {
  const wide = wideEncoding(bytes);
  if (wide !== undefined) return { kind: "wide", encoding: wide };
  const byteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const content = byteOrderMark ? bytes.subarray(3) : bytes;
  try {
    // The decoder would drop a second mark by itself.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    return { kind: "text", text, encoding: "utf-8", byteOrderMark, firstInvalid: undefined };
  } catch {
    const text = new TextDecoder("windows-1252").decode(content);
    // Windows-1252 has one character an octet, so the index is the same in both.
    return { kind: "text", text, encoding: "windows-1252", byteOrderMark, firstInvalid: firstInvalidOctet(content) };
  }
}

function wideEncoding(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return bytes[2] === 0 && bytes[3] === 0 ? "UTF-32 (little-endian)" : "UTF-16 (little-endian)";
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "UTF-16 (big-endian)";
  if (bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0xfe && bytes[3] === 0xff) return "UTF-32 (big-endian)";
  const size = Math.min(bytes.length, sampleSize) & ~1;
  if (size < 4) return undefined;
  let even = 0;
  let odd = 0;
  for (let index = 0; index < size; index += 2) {
    if (bytes[index] === 0) even++;
    if (bytes[index + 1] === 0) odd++;
  }
  // Latin letters have one NUL each, always on the same side; a stray NUL in UTF-8 text is far from that.
  const pairs = size / 2;
  if (odd > pairs * 0.7 && even < pairs * 0.1) return "UTF-16 (little-endian)";
  if (even > pairs * 0.7 && odd < pairs * 0.1) return "UTF-16 (big-endian)";
  return undefined;
}

/** Index of the first octet that doesn't belong to well-formed UTF-8 (RFC 3629, 4). */
function firstInvalidOctet(bytes: Uint8Array): number | undefined {
  let index = 0;
  while (index < bytes.length) {
    const length = sequenceLength(bytes, index);
    if (length === 0) return index;
    index += length;
  }
  return undefined;
}

/** Length of the well-formed sequence that begins at `index`, 0 if there is none. */
function sequenceLength(bytes: Uint8Array, index: number): number {
  const lead = bytes[index] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead >= 0xc2 && lead <= 0xdf
    ? 2
    : lead >= 0xe0 && lead <= 0xef
    ? 3
    : lead >= 0xf0 && lead <= 0xf4
    ? 4
    : 0;
  if (length === 0) return 0;
  for (let offset = 1; offset < length; offset++) {
    const octet = bytes[index + offset];
    if (octet === undefined || (octet & 0xc0) !== 0x80) return 0;
  }
  const second = bytes[index + 1] ?? 0;
  const overlong = (lead === 0xe0 && second < 0xa0) || (lead === 0xf0 && second < 0x90);
  const outside = (lead === 0xed && second > 0x9f) || (lead === 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}
