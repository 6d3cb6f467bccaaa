/**
 * The State of a challenge: sealed, so that a proxy that has forgotten everything, or another one with the same section,
 * can finish the login, and nobody else can make one up.
 *
 * It says that this user has passed the first factor at this gateway, and until when that counts. Each proxy refuses one that it
 * has seen before; a State can be played back once to every other proxy with the same keys.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Clock } from "../clock.ts";

/** How long a user may take to answer, in ms. */
const lifetime = 300_000;
const ivLength = 12;
const tagLength = 16;
/** mode (1), expiry in seconds (4), nonce (8), digest of user and gateway (32). */
const plainLength = 45;
/** Nonces remembered at most: logins beyond would have to wait five minutes, which no section sees. */
const maxSeen = 100_000;

/** What a State speaks for. */
export interface Challenge {
  readonly user: string;
  /** The gateway's address. */
  readonly gateway: string;
}

/** Makes and opens the States of one section. */
export class ChallengeSeal {
  readonly #key: Uint8Array;
  readonly #clock: Clock;
  /** Nonces that were answered, with their expiry in ms since the epoch, oldest first. */
  readonly #seen = new Map<string, number>();

  /** The key comes from the section's skey and ikey, so that every proxy with the same section has it. */
  constructor(ikey: string, skey: string, clock: Clock) {
    this.#key = new Uint8Array(hkdfSync("sha256", skey, ikey, "duoproxy challenge state 1", 32));
    this.#clock = clock;
  }

  /** Seals a State for a challenge that begins now. 73 octets. */
  seal(challenge: Challenge): Uint8Array {
    const plain = Buffer.alloc(plainLength);
    plain.writeUInt8(1, 0);
    plain.writeUInt32BE(Math.ceil((this.#clock.wallNow() + lifetime) / 1_000), 1);
    randomBytes(8).copy(plain, 5);
    digest(challenge).copy(plain, 13);
    const iv = randomBytes(ivLength);
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv, { authTagLength: tagLength });
    return new Uint8Array(Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
  }

  /** True if the State is ours, is for this user and gateway, hasn't expired, and was not answered here before. */
  open(state: Uint8Array, challenge: Challenge): boolean {
    const plain = this.#decrypt(state);
    if (!plain || plain.readUInt8(0) !== 1 || !digest(challenge).equals(plain.subarray(13))) return false;
    const expiry = plain.readUInt32BE(1) * 1_000;
    const now = this.#clock.wallNow();
    if (expiry <= now) return false;
    this.#forget(now);
    const nonce = plain.toString("hex", 5, 13);
    if (this.#seen.has(nonce) || this.#seen.size >= maxSeen) return false;
    this.#seen.set(nonce, expiry);
    return true;
  }

  #decrypt(state: Uint8Array): Buffer | undefined {
    // Old runtimes accept shortened tags, so the length is settled before one is taken out.
    if (state.length !== ivLength + plainLength + tagLength) return undefined;
    const decipher = createDecipheriv("aes-256-gcm", this.#key, state.subarray(0, ivLength), {
      authTagLength: tagLength,
    });
    decipher.setAuthTag(state.subarray(ivLength + plainLength));
    try {
      const plain = Buffer.concat([
        decipher.update(state.subarray(ivLength, ivLength + plainLength)),
        decipher.final(),
      ]);
      return plain;
    } catch {
      return undefined;
    }
  }

  #forget(now: number): void {
    for (const [nonce, expiry] of this.#seen) {
      if (expiry > now) break;
      this.#seen.delete(nonce);
    }
  }
}

function digest({ user, gateway }: Challenge): Buffer {
  return createHash("sha256").update(`${Buffer.byteLength(user)}:${user}${gateway}`, "utf8").digest();
}
