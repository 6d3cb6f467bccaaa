/**
 * Hiding of passwords with MD5 and the shared secret: User-Password (RFC 2865, section 5.2).
 *
 * @module
 */

import { createHash } from "node:crypto";

/** The longest password that User-Password can carry, in octets. */
export const maxPasswordLength = 128;

const blockLength = 16;

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
  return hide(padded, authenticator, secret);
}

/**
 * Gives a hidden password back, without the NULs at its end. With another secret the outcome is noise: nothing in the packet
 * tells.
 *
 * @param hidden blocks of 16 octets, as decodePacket() makes sure.
 */
export function revealPassword(hidden: Uint8Array, authenticator: Uint8Array, secret: Uint8Array): Uint8Array {
  const padded = reveal(hidden, authenticator, secret);
  let length = padded.length;
  while (length > 0 && padded[length - 1] === 0) length--;
  return padded.subarray(0, length);
}

/** Each block is combined with MD5 over the secret and the block hidden before it; `first` stands for that of the first. */
function hide(padded: Uint8Array, first: Uint8Array, secret: Uint8Array): Uint8Array {
  const hidden = new Uint8Array(padded.length);
  let before = first;
  for (let offset = 0; offset < padded.length; offset += blockLength) {
    combine(padded, hidden, offset, before, secret);
    before = hidden.subarray(offset, offset + blockLength);
  }
  return hidden;
}

function reveal(hidden: Uint8Array, first: Uint8Array, secret: Uint8Array): Uint8Array {
  const padded = new Uint8Array(hidden.length);
  let before = first;
  for (let offset = 0; offset < hidden.length; offset += blockLength) {
    combine(hidden, padded, offset, before, secret);
    before = hidden.subarray(offset, offset + blockLength);
  }
  return padded;
}

function combine(from: Uint8Array, to: Uint8Array, offset: number, before: Uint8Array, secret: Uint8Array): void {
  const mask = createHash("md5").update(secret).update(before).digest();
  for (let index = 0; index < blockLength; index++) {
    to[offset + index] = (from[offset + index] ?? 0) ^ (mask[index] ?? 0);
  }
}

function roundUp(length: number): number {
  return Math.ceil(length / blockLength) * blockLength;
}
