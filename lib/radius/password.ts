/**
 * Hiding of passwords and keys with MD5 and the shared secret: User-Password (RFC 2865, section 5.2), and the salted form of
 * Tunnel-Password (RFC 2868, section 3.5) and of the MPPE keys (RFC 2548, section 2.4.2).
 *
 * @module
 */

import { createHash } from "node:crypto";

/** The longest password that User-Password can carry, in octets. */
export const maxPasswordLength = 128;

const blockLength = 16;
const saltLength = 2;

/**
 * Hides a password. It is filled up with NULs to blocks of 16 octets, at least one.
 *
 * @param authenticator the packet's Request Authenticator.
 * @throws {RangeError} if the password is longer than 128 octets.
 */
export function hidePassword(password: Uint8Array, authenticator: Uint8Array, secret: Uint8Array): Uint8Array {
  if (password.length > maxPasswordLength) {
    throw new RangeError(
      `A password of ${password.length} octets does not fit: User-Password carries ${maxPasswordLength}`,
    );
  }
  const padded = new Uint8Array(Math.max(blockLength, roundUp(password.length)));
  padded.set(password);
  return hide(padded, [authenticator], secret);
}

/**
 * Gives a hidden password back, without the NULs at its end. With another secret the outcome is noise: nothing in the packet
 * tells.
 *
 * @param hidden blocks of 16 octets, as decodePacket() makes sure.
 */
export function revealPassword(hidden: Uint8Array, authenticator: Uint8Array, secret: Uint8Array): Uint8Array {
  const padded = reveal(hidden, [authenticator], secret);
  let length = padded.length;
  while (length > 0 && padded[length - 1] === 0) length--;
  return padded.subarray(0, length);
}

/**
 * Hides a key with a salt: the value of MS-MPPE-Send-Key and MS-MPPE-Recv-Key, and of Tunnel-Password behind its tag.
 *
 * @param salt 2 octets, the first bit set, unlike any other salt of the packet.
 * @param authenticator the Request Authenticator of the request that the packet answers.
 * @throws {RangeError} if the key is longer than an attribute can carry, or the salt is none.
 */
export function hideWithSalt(
  key: Uint8Array,
  salt: Uint8Array,
  authenticator: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  // Of 253 octets the vendor's headers take 6, the salt 2, and the rest counts in blocks.
  if (key.length > 239) throw new RangeError(`A key of ${key.length} octets does not fit into an attribute`);
  if (salt.length !== saltLength || ((salt[0] ?? 0) & 0x80) === 0) {
    throw new RangeError("A salt has 2 octets, the first bit set");
  }
  const padded = new Uint8Array(roundUp(key.length + 1));
  padded[0] = key.length;
  padded.set(key, 1);
  const value = new Uint8Array(saltLength + padded.length);
  value.set(salt);
  value.set(hide(padded, [authenticator, salt], secret), saltLength);
  return value;
}

/** Gives a key back that was hidden with a salt; undefined if the value can't be one, or the secret is another. */
export function revealWithSalt(
  value: Uint8Array,
  authenticator: Uint8Array,
  secret: Uint8Array,
): Uint8Array | undefined {
  const hidden = value.subarray(saltLength);
  if (hidden.length === 0 || hidden.length % blockLength !== 0) return undefined;
  const padded = reveal(hidden, [authenticator, value.subarray(0, saltLength)], secret);
  const length = padded[0] ?? 0;
  return length < padded.length ? padded.subarray(1, 1 + length) : undefined;
}

/** Each block is combined with MD5 over the secret and the block hidden before it; `first` stands for that of the first. */
function hide(padded: Uint8Array, first: readonly Uint8Array[], secret: Uint8Array): Uint8Array {
  const hidden = new Uint8Array(padded.length);
  let before = first;
  for (let offset = 0; offset < padded.length; offset += blockLength) {
    combine(padded, hidden, offset, before, secret);
    before = [hidden.subarray(offset, offset + blockLength)];
  }
  return hidden;
}

function reveal(hidden: Uint8Array, first: readonly Uint8Array[], secret: Uint8Array): Uint8Array {
  const padded = new Uint8Array(hidden.length);
  let before = first;
  for (let offset = 0; offset < hidden.length; offset += blockLength) {
    combine(hidden, padded, offset, before, secret);
    before = [hidden.subarray(offset, offset + blockLength)];
  }
  return padded;
}

function combine(
  from: Uint8Array,
  to: Uint8Array,
  offset: number,
  before: readonly Uint8Array[],
  secret: Uint8Array,
): void {
  const hash = createHash("md5").update(secret);
  for (const part of before) hash.update(part);
  const mask = hash.digest();
  for (let index = 0; index < blockLength; index++) {
    to[offset + index] = (from[offset + index] ?? 0) ^ (mask[index] ?? 0);
  }
}

function roundUp(length: number): number {
  return Math.ceil(length / blockLength) * blockLength;
}
