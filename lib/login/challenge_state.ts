/**
 * The State of a challenge: sealed, so that a proxy that has forgotten everything, or another one with the same section,
 * can finish the login, and nobody else can make one up.
 *
 * It says that this user has passed the first factor of this section at this gateway, and until when that counts. Each process
 * refuses one that was answered before, also after a reload; a State can be played back once to every other proxy with the section.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, createHash, hkdfSync } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Clock } from "../clock.ts";
import { type Random, systemRandom } from "../random.ts";

/** How long a user may take to answer, in ms. */
const lifetime = 300_000;
const ivLength = 12;
const tagLength = 16;
/** version of this form (1), expiry in seconds (4), nonce (8), digest of what the State speaks for (32). */
const plainLength = 45;
/** Nonces remembered at most: answers beyond would have to wait five minutes, which no proxy sees. */
const maxAnswered = 100_000;

/** What a State speaks for. */
export interface Challenge {
  readonly user: string;
  /** The gateway's address. */
  readonly gateway: string;
}

/** Nonces of the challenges that were answered, in the memory of a process: sections of all generations share it. */
export class AnsweredChallenges {
  readonly #clock: Clock;
  readonly #max: number;
  /** With their expiry in ms since the epoch, and the monotonic ms until which they are kept at least; oldest first. */
  readonly #nonces = new Map<string, { readonly expiry: number; readonly keep: number }>();

  constructor(clock: Clock, max: number = maxAnswered) {
    this.#clock = clock;
    this.#max = max;
  }

  /** Nonces that are remembered. */
  get size(): number {
    return this.#nonces.size;
  }

  /** Remembers a nonce until `expiry`, in ms since the epoch; false if it was remembered, or if there is no room for it. */
  add(nonce: string, expiry: number): boolean {
    this.#forget();
    if (this.#nonces.has(nonce) || this.#nonces.size >= this.#max) return false;
    this.#nonces.set(nonce, { expiry, keep: this.#clock.now() + lifetime });
    return true;
  }

  /** The system's clock may jump ahead and back again, so both have to say that the time is over. */
  #forget(): void {
    for (const [nonce, { expiry, keep }] of this.#nonces) {
      if (expiry > this.#clock.wallNow() || keep > this.#clock.now()) break;
      this.#nonces.delete(nonce);
    }
  }
}

/** What a {@link ChallengeSeal} is made of. */
export interface ChallengeSealOptions {
  readonly ikey: string;
  readonly skey: string;
  /** The section's name. */
  readonly section: string;
  /** What checks the section's first factor. */
  readonly primary: string;
  readonly clock: Clock;
  /** For nonces; by default the system's. */
  readonly random?: Random;
  readonly answered: AnsweredChallenges;
}

/** Makes and opens the States of one section. */
export class ChallengeSeal {
  readonly #key: Uint8Array;
  readonly #options: ChallengeSealOptions;
  readonly #random: Random;

  /** The key comes from the section's skey and ikey, so that every proxy with the same section has it. */
  constructor(options: ChallengeSealOptions) {
    const { ikey, skey } = options;
    this.#key = new Uint8Array(hkdfSync("sha256", skey, ikey, "duoproxy challenge state 1", 32));
    this.#options = options;
    this.#random = options.random ?? systemRandom;
  }

  /** Seals a State for a challenge that begins now. 73 octets. */
  seal(challenge: Challenge): Uint8Array {
    const plain = Buffer.alloc(plainLength);
    plain.writeUInt8(1, 0);
    plain.writeUInt32BE(Math.ceil((this.#options.clock.wallNow() + lifetime) / 1_000), 1);
    plain.set(this.#random.octets(8), 5);
    this.#digest(challenge).copy(plain, 13);
    const iv = this.#random.octets(ivLength);
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv, { authTagLength: tagLength });
    return new Uint8Array(Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
  }

  /** True if the State is of this section, for this user and gateway, hasn't expired, and was not answered here before. */
  open(state: Uint8Array, challenge: Challenge): boolean {
    const plain = this.#decrypt(state);
    if (!plain || plain.readUInt8(0) !== 1 || !this.#digest(challenge).equals(plain.subarray(13))) return false;
    const { clock, answered } = this.#options;
    const expiry = plain.readUInt32BE(1) * 1_000;
    return expiry > clock.wallNow() && answered.add(plain.toString("hex", 5, 13), expiry);
  }

  #decrypt(state: Uint8Array): Buffer | undefined {
    // Old runtimes accept shortened tags, and read beyond the end of what is too short: the length is settled first.
    if (state.length !== ivLength + plainLength + tagLength) return undefined;
    const decipher = createDecipheriv("aes-256-gcm", this.#key, state.subarray(0, ivLength), {
      authTagLength: tagLength,
    });
    decipher.setAuthTag(state.subarray(ivLength + plainLength));
    try {
      return Buffer.concat([
        decipher.update(state.subarray(ivLength, ivLength + plainLength)),
        decipher.final(),
      ]);
    } catch {
      return undefined;
    }
  }

  #digest({ user, gateway }: Challenge): Buffer {
    const { section, primary } = this.#options;
    const hash = createHash("sha256");
    for (const part of [section, primary, user, gateway]) hash.update(`${Buffer.byteLength(part)}:${part}`, "utf8");
    return hash.digest();
  }
}
