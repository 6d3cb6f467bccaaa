/**
 * What a user types to choose the second factor, and which device it means.
 *
 * Only what {@link parseFactor} recognises may ever be sent to Duo: anything else is most likely somebody's password.
 *
 * @module
 */

import { trimBlanks } from "../text.ts";

/** Factors that are chosen by a word. */
export type FactorWord = "push" | "phone" | "sms";

/** A second factor as typed. `number` counts devices from 1; null: the first that can. */
export type TypedFactor =
  | { readonly kind: "auto" }
  | { readonly kind: "word"; readonly factor: FactorWord; readonly number: number | null }
  | { readonly kind: "passcode"; readonly code: string };

/** Digits that a passcode has at most. */
const mostDigits = 16;

const word = /^(push|phone|sms)([1-9][0-9]?)?$/;
/** Duo Mobile shows its codes in two groups, so blanks are common. */
const digits = /^[0-9][0-9 ]*$/;
/** A YubiKey's output: an identifier of up to 16 octets and a block of 16, in the letters that every keyboard layout has. */
const modhex = /^[cbdefghijklnrtuv]{32,64}$/;

/**
 * Reads what a user typed: `push`, `phone`, `sms` with an optional number, `auto`, nothing, or a passcode.
 *
 * @param leastDigits digits that a passcode has at least.
 * @returns undefined if it is none of these.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseFactor(" Push2 "), { kind: "word", factor: "push", number: 2 });
 * assertEquals(parseFactor("123 456"), { kind: "passcode", code: "123456" });
 * assertEquals(parseFactor("hunter2"), undefined);
 * ```
 */
export function parseFactor(typed: string, leastDigits = 4): TypedFactor | undefined {
  const text = trimBlanks(typed).toLowerCase();
  if (text === "" || text === "auto") return { kind: "auto" };
  const match = word.exec(text);
  if (match) {
    return { kind: "word", factor: match[1] as FactorWord, number: match[2] === undefined ? null : Number(match[2]) };
  }
  if (digits.test(text)) {
    const code = text.replaceAll(" ", "");
    return code.length >= leastDigits && code.length <= mostDigits ? { kind: "passcode", code } : undefined;
  }
  if (modhex.test(text)) return { kind: "passcode", code: text };
  return undefined;
}

/**
 * Reads what stands behind a password and a delimiter. A passcode has at least 6 digits there: many a password ends in a year
 * (`Summer,2024`).
 */
export function parseAppendedFactor(typed: string): TypedFactor | undefined {
  return parseFactor(typed, 6);
}

/** The factor as it stands in events: a passcode is never shown. */
export function factorName(factor: TypedFactor): string {
  return factor.kind === "word" ? `${factor.factor}${factor.number ?? ""}` : factor.kind;
}

/** A device of a user, as `/auth/v2/preauth` lists it. */
export interface Device {
  /** Identifier for `/auth/v2/auth`. */
  readonly device: string;
  readonly type: string;
  readonly displayName: string;
  /** Such as `push`, `phone`, `sms`, `mobile_otp`, `auto`; empty for hardware tokens. */
  readonly capabilities: readonly string[];
}

/**
 * The device that a word means: the n-th that can do it, or, where there are not so many, the n-th phone if it can.
 *
 * The second rule serves users who count their phones, not their phones with an app.
 */
export function resolveDevice(
  devices: readonly Device[],
  { factor, number }: { readonly factor: FactorWord; readonly number: number | null },
): Device | undefined {
  const index = (number ?? 1) - 1;
  const capable = devices.filter((device) => device.capabilities.includes(factor));
  if (index < capable.length) return capable[index];
  const phone = devices.filter((device) => device.type === "phone")[index];
  return phone?.capabilities.includes(factor) ? phone : undefined;
}
