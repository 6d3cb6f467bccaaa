/**
 * MS-CHAPv2 (RFC 2759) and the attributes that carry it (RFC 2548, section 2).
 *
 * @module
 */

import { createCipheriv, createHash, timingSafeEqual } from "node:crypto";

const ascii = new TextEncoder();

/** Octets of a challenge, and of an NT-Response. */
const challengeLength = 16;
const ntResponseLength = 24;

/** What MS-CHAP2-Response holds (RFC 2548, section 2.3.2). */
export interface MsChap2Response {
  readonly identifier: number;
  readonly flags: number;
  /** 16 octets. */
  readonly peerChallenge: Uint8Array;
  /** 24 octets. */
  readonly ntResponse: Uint8Array;
}

/** What an MS-CHAP-Error says (RFC 2759, section 6). */
export interface MsChapError {
  /** Such as 691, wrong name or password, or 648, password expired. */
  readonly error: number;
  /** Whether the peer may try again. */
  readonly retry: boolean;
  /** 16 octets for the next try. */
  readonly challenge: Uint8Array;
  readonly message: string;
}

/** The user's name as MS-CHAPv2 hashes it: without the Windows domain before it. */
export function withoutDomain(userName: string): string {
  return userName.slice(userName.lastIndexOf("\\") + 1);
}

/** ChallengeHash(): 8 octets (RFC 2759, section 8.2). `userName` is taken without its domain. */
export function challengeHash(
  peerChallenge: Uint8Array,
  authenticatorChallenge: Uint8Array,
  userName: string,
): Uint8Array {
  return createHash("sha1").update(peerChallenge).update(authenticatorChallenge)
    .update(ascii.encode(withoutDomain(userName))).digest().subarray(0, 8);
}

/** NtPasswordHash(): MD4 over the password in UTF-16, least octet first (section 8.3). */
export function ntPasswordHash(password: string): Uint8Array {
  const octets = new Uint8Array(password.length * 2);
  const view = new DataView(octets.buffer);
  for (let index = 0; index < password.length; index++) view.setUint16(index * 2, password.charCodeAt(index), true);
  return createHash("md4").update(octets).digest();
}

/** HashNtPasswordHash(): MD4 over the hash (section 8.4). */
export function hashNtPasswordHash(passwordHash: Uint8Array): Uint8Array {
  return createHash("md4").update(passwordHash).digest();
}

/** ChallengeResponse(): the challenge of 8 octets under three DES keys out of the password's hash (section 8.5). */
export function challengeResponse(challenge: Uint8Array, passwordHash: Uint8Array): Uint8Array {
  const padded = new Uint8Array(21);
  padded.set(passwordHash);
  const response = new Uint8Array(ntResponseLength);
  for (let part = 0; part < 3; part++) {
    response.set(desEncrypt(challenge, padded.subarray(part * 7, part * 7 + 7)), part * 8);
  }
  return response;
}

/** GenerateNTResponse(): what a peer sends (section 8.1). */
export function ntResponse(
  { authenticatorChallenge, peerChallenge, userName, passwordHash }: {
    readonly authenticatorChallenge: Uint8Array;
    readonly peerChallenge: Uint8Array;
    readonly userName: string;
    readonly passwordHash: Uint8Array;
  },
): Uint8Array {
  return challengeResponse(challengeHash(peerChallenge, authenticatorChallenge, userName), passwordHash);
}

const magic1 = ascii.encode("Magic server to client signing constant");
const magic2 = ascii.encode("Pad to make it do more than one iteration");

/** GenerateAuthenticatorResponse(): `S=` and 40 hexadecimal digits in upper case (section 8.7). */
export function authenticatorResponse(
  { authenticatorChallenge, peerChallenge, userName, passwordHash, ntResponse }: {
    readonly authenticatorChallenge: Uint8Array;
    readonly peerChallenge: Uint8Array;
    readonly userName: string;
    readonly passwordHash: Uint8Array;
    readonly ntResponse: Uint8Array;
  },
): string {
  const digest = createHash("sha1").update(hashNtPasswordHash(passwordHash)).update(ntResponse).update(magic1).digest();
  const challenge = challengeHash(peerChallenge, authenticatorChallenge, userName);
  const proof = createHash("sha1").update(digest).update(challenge).update(magic2).digest();
  return `S=${proof.toString("hex").toUpperCase()}`;
}

/** True if a peer's NT-Response is the right one; in constant time. */
export function verifyNtResponse(expected: Uint8Array, received: Uint8Array): boolean {
  return expected.length === received.length && timingSafeEqual(expected, received);
}

/** Reads the value of MS-CHAP2-Response; undefined if it hasn't 50 octets. */
export function decodeMsChap2Response(value: Uint8Array): MsChap2Response | undefined {
  if (value.length !== 50) return undefined;
  return {
    identifier: value[0] ?? 0,
    flags: value[1] ?? 0,
    peerChallenge: value.subarray(2, 2 + challengeLength),
    ntResponse: value.subarray(26, 26 + ntResponseLength),
  };
}

/** Writes the value of MS-CHAP2-Response. */
export function encodeMsChap2Response(response: MsChap2Response): Uint8Array {
  const value = new Uint8Array(50);
  value[0] = response.identifier;
  value[1] = response.flags;
  value.set(response.peerChallenge, 2);
  value.set(response.ntResponse, 26);
  return value;
}

/** Writes the value of MS-CHAP2-Success: the identifier and an authenticator response (RFC 2548, section 2.3.3). */
export function encodeMsChap2Success(identifier: number, response: string): Uint8Array {
  return Uint8Array.of(identifier, ...ascii.encode(response));
}

/** Reads the value of MS-CHAP2-Success; undefined if it isn't `S=` and 40 hexadecimal digits behind the identifier. */
export function decodeMsChap2Success(
  value: Uint8Array,
): { readonly identifier: number; readonly response: string } | undefined {
  const text = new TextDecoder().decode(value.subarray(1));
  const response = /^S=[0-9A-F]{40}/.exec(text)?.[0];
  return response === undefined ? undefined : { identifier: value[0] ?? 0, response };
}

/** Writes the value of MS-CHAP-Error in the form of MS-CHAPv2 (RFC 2548, section 2.1.5, and RFC 2759, section 6). */
export function encodeMsChapError(identifier: number, { error, retry, challenge, message }: MsChapError): Uint8Array {
  const hex = challenge.toHex().toUpperCase();
  return Uint8Array.of(identifier, ...ascii.encode(`E=${error} R=${retry ? 1 : 0} C=${hex} V=3 M=${message}`));
}

/**
 * Reads the value of MS-CHAP-Error. Servers leave parts out: without `C=` the challenge is empty.
 *
 * @returns undefined if there is no error number.
 */
export function decodeMsChapError(
  value: Uint8Array,
): { readonly identifier: number; readonly error: MsChapError } | undefined {
  const text = new TextDecoder().decode(value.subarray(1));
  const number = /^E=(\d{1,10})/.exec(text)?.[1];
  if (number === undefined) return undefined;
  const challenge = / C=((?:[0-9A-Fa-f]{2}){16})/.exec(text)?.[1] ?? "";
  return {
    identifier: value[0] ?? 0,
    error: {
      error: Number(number),
      retry: / R=1/.test(text),
      challenge: Uint8Array.fromHex(challenge),
      message: / M=(.*)$/s.exec(text)?.[1] ?? "",
    },
  };
}

/** A DES key of 7 octets as the 8 octets with parity that ciphers take (RFC 2759, section 8.6, DesEncrypt). */
export function desKey(key: Uint8Array): Uint8Array {
  const result = new Uint8Array(8);
  for (let index = 0; index < 8; index++) {
    const before = index === 0 ? 0 : key[index - 1] ?? 0;
    const bits = ((before << (7 - index)) | ((index === 7 ? 0 : key[index] ?? 0) >> (index + 1))) & 0x7f;
    let ones = 0;
    for (let rest = bits; rest !== 0; rest &= rest - 1) ones++;
    result[index] = (bits << 1) | (ones % 2 === 0 ? 1 : 0);
  }
  return result;
}

/** One block of DES. The runtime has only Triple DES, which is the same with one key three times. */
function desEncrypt(block: Uint8Array, key: Uint8Array): Uint8Array {
  const single = desKey(key);
  const triple = new Uint8Array(24);
  for (let part = 0; part < 3; part++) triple.set(single, part * 8);
  const cipher = createCipheriv("des-ede3-cbc", triple, new Uint8Array(8)).setAutoPadding(false);
  const encrypted = cipher.update(block);
  // Nothing more comes out, but only this gives the cipher back.
  cipher.final();
  return encrypted;
}
