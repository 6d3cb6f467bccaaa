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
  const padded = new Uint8Array(Math.max(blockLength, Math.ceil(password.length / blockLength) * blockLength));
  padded.set(password);
  return combine(padded, authenticator, secret, "hide");
}

/**
 * Gives a hidden password back, without the NULs at its end. With another secret the outcome is noise: nothing in the packet
 * tells.
 *
 * @param hidden blocks of 16 octets, as decodePacket() makes sure.
 */
export function revealPassword(hidden: Uint8Array, authenticator: Uint8Array, secret: Uint8Array): Uint8Array {
  const padded = combine(hidden, authenticator, secret, "reveal");
  let length = padded.length;
  while (length > 0 && padded[length - 1] === 0) length--;
  return padded.subarray(0, length);
}

/**
 * Combines each block with MD5 over the secret and the hidden block before it; the authenticator stands for that of the
 * first.
 */
function combine(
  from: Uint8Array,
  authenticator: Uint8Array,
  secret: Uint8Array,
  direction: "hide" | "reveal",
): Uint8Array {
  const to = new Uint8Array(from.length);
  const hidden = direction === "hide" ? to : from;
  for (let offset = 0; offset < from.length; offset += blockLength) {
    const before = offset === 0 ? authenticator : hidden.subarray(offset - blockLength, offset);
    const mask = createHash("md5").update(secret).update(before).digest();
    for (let index = 0; index < blockLength; index++) {
      to[offset + index] = (from[offset + index] ?? 0) ^ (mask[index] ?? 0);
    }
  }
  return to;
}
