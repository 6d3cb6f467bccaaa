/**
 * Identifiers made of octets at random.
 *
 * @module
 */

/** Two digits an octet. */
export function hex(octets: Uint8Array): string {
  return octets.reduce((text, octet) => text + octet.toString(16).padStart(2, "0"), "");
}

/** A random UUID (RFC 9562, 5.4) of 16 octets. */
export function uuid(random: Uint8Array): string {
  const octets = Uint8Array.from(random);
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x40;
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80;
  const text = hex(octets);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}
