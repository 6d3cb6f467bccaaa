/**
 * Which passcodes are good: those that always are, those that are once, and those that an SMS has brought.
 *
 * @module
 */

import type { SimulatedDevice, SimulatedUser } from "./users.ts";

/** How many codes one SMS holds. */
const smsBatch = 3;

/** The passcodes of all users. */
export class Passcodes {
  readonly #random: (length: number) => Uint8Array;
  /** One-time codes that were used, by user. */
  readonly #used = new Map<string, Set<string>>();
  /** Outstanding SMS codes by device; an array is used up from its head. */
  readonly #sent = new Map<string, string[]>();

  /** @param random gives octets at random. */
  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
  }

  /** Forgets what was sent and what was used. */
  clear(): void {
    this.#used.clear();
    this.#sent.clear();
  }

  /** Uses a code up, if it is one that can be; false if it isn't right. */
  use(user: SimulatedUser, code: string): boolean {
    return user.passcodes.includes(code) || this.#useOnce(user, code) || this.#useSms(user, code);
  }

  /** Makes new SMS codes for a device; those made before are no longer good. */
  send(device: SimulatedDevice): readonly string[] {
    const codes = Array.from({ length: smsBatch }, (_, index) => {
      const random = this.#random(6).reduce((text, octet) => text + String(octet % 10), "");
      return `${index + 1}${random}`;
    });
    this.#sent.set(device.id, codes);
    return codes;
  }

  /** Outstanding SMS codes of a device, the one to be used next in front. */
  sentTo(device: SimulatedDevice): readonly string[] {
    return this.#sent.get(device.id) ?? [];
  }

  #useOnce(user: SimulatedUser, code: string): boolean {
    if (!user.oneTimePasscodes.includes(code)) return false;
    const used = this.#used.get(user.userId) ?? new Set();
    this.#used.set(user.userId, used);
    if (used.has(code)) return false;
    used.add(code);
    return true;
  }

  #useSms(user: SimulatedUser, code: string): boolean {
    for (const device of user.devices) {
      const codes = this.#sent.get(device.id);
      const index = codes?.indexOf(code) ?? -1;
      if (index < 0) continue;
      codes?.splice(index, 1);
      return true;
    }
    return false;
  }
}
