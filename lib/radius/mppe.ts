/**
 * Keys of Microsoft's point-to-point encryption out of an MS-CHAPv2 login (RFC 3079, section 3). How they travel in attributes
 * is in password.ts (RFC 2548, section 2.4.2).
 *
 * @module
 */

import { createHash } from "node:crypto";

const ascii = new TextEncoder();
const magicMaster = ascii.encode("This is the MPPE Master Key");
const magicClientSend = ascii.encode(
  "On the client side, this is the send key; on the server side, it is the receive key.",
);
const magicClientReceive = ascii.encode(
  "On the client side, this is the receive key; on the server side, it is the send key.",
);
const pad1 = new Uint8Array(40);
const pad2 = new Uint8Array(40).fill(0xf2);

/** Strength of a session key in bits. */
export type MppeStrength = 40 | 56 | 128;

/** GetMasterKey(): 16 octets (section 3.4). */
export function masterKey(passwordHashHash: Uint8Array, ntResponse: Uint8Array): Uint8Array {
  return createHash("sha1").update(passwordHashHash).update(ntResponse).update(magicMaster).digest().subarray(0, 16);
}

/**
 * GetAsymmetricStartKey(), seen from the server: the key for what it sends, or for what it receives (section 3.4). A RADIUS
 * server hands them to the gateway as MS-MPPE-Send-Key and MS-MPPE-Recv-Key.
 *
 * @param length 16 octets, or 8 for the weak strengths.
 */
export function serverStartKey(master: Uint8Array, direction: "send" | "receive", length: 8 | 16 = 16): Uint8Array {
  const magic = direction === "send" ? magicClientReceive : magicClientSend;
  return createHash("sha1").update(master).update(pad1).update(magic).update(pad2).digest().subarray(0, length);
}

/**
 * The first session key out of a start key: GetNewKeyFromSHA() with the start key as the current one, weakened as the strength
 * asks for (sections 3.1 to 3.4).
 */
export function sessionKey(startKey: Uint8Array, strength: MppeStrength): Uint8Array {
  const start = startKey.subarray(0, strength === 128 ? 16 : 8);
  const key = createHash("sha1").update(start).update(pad1).update(start).update(pad2).digest()
    .subarray(0, start.length);
  const known = strength === 40 ? [0xd1, 0x26, 0x9e] : strength === 56 ? [0xd1] : [];
  key.set(known);
  return key;
}
