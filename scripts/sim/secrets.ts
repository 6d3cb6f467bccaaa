/**
 * What nobody may be told: passwords, shared secrets, keys and passcodes, made so that they are found again wherever they stand.
 *
 * @module
 */

import { authApiSkey, radiusSkey } from "../../lib/simulator/applications.ts";
import type { SimulatedUser } from "../../lib/simulator/users.ts";
import type { Setup } from "./setup.ts";

/** Stands in every password and shared secret, and must stand in no log and in no call to Duo. */
export const secretMark = "Zx9%kept";

/** A person's password. Some look like a password and a factor. */
export function passwordOf({ username }: SimulatedUser): string {
  return `${secretMark}-${username}${username.length % 2 === 0 ? ",2024" : ""}`;
}

/** A person's passcode that is always right: it must stand in no log. */
export function passcodeOf(index: number): string {
  return `7707${String(index).padStart(4, "0")}`;
}

/** Codes that are guessed, by people and by thieves. */
export const wrongPasscodes = ["77079999", "770712"] as const;

/** A passcode as it would stand in a log. */
const passcode = /(?<![\w-])7707(?:00\d\d|9999)(?![\w-])/;

/** Which secret stands in what people read; undefined for none. */
export function toldToPeople(text: string): string | undefined {
  if (text.includes(secretMark)) return "a password or a shared secret";
  if (text.includes(radiusSkey) || text.includes(authApiSkey)) return "the skey";
  return passcode.test(text) ? "a passcode" : undefined;
}

/** Which secret stands in the parameters of a call to Duo, but for passcodes that somebody has typed as such; undefined for none. */
export function toldToDuo(params: ReadonlyMap<string, string>, { people }: Setup): string | undefined {
  for (const [name, value] of params) {
    if (value.includes(secretMark)) return `a password as ${name}`;
    if ((name !== "auto" && name !== "passcode") || !/^\d+$/.test(value)) continue;
    const typed = [...wrongPasscodes, ...people.flatMap(({ passcodes }) => passcodes)];
    if (!typed.includes(value)) return `${value}, which nobody has typed as a passcode`;
  }
  return undefined;
}
