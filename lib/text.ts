/**
 * What a text from outside may hold before it goes on: to Duo, onto a user's screen, into an event.
 *
 * @module
 */

/** Control (Cc) and format (Cf) characters: they are invisible, or steer what shows the text. */
const invisible = /[\p{Cc}\p{Cf}]/u;

/** Unicode's white space. Unlike `String.trim`, not the byte order mark, which is a format character. */
const blanks = /^\p{White_Space}+|\p{White_Space}+$/gu;

/** True if the text holds a control or format character. */
export function holdsInvisible(text: string): boolean {
  return invisible.test(text);
}

/** True if the text holds a control character (Cc), such as NUL or a line end. */
export function holdsControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** The text without white space at its ends. */
export function trimBlanks(text: string): string {
  return text.replace(blanks, "");
}

/**
 * The text on one line without control and format characters; a line end or a tab becomes a blank.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(plainText("Log in\r\nto \u202Etxt.exe\u202C"), "Log in to txt.exe");
 * ```
 */
export function plainText(text: string): string {
  return text.replace(/\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g, " ").replace(/[\p{Cc}\p{Cf}]/gu, "");
}

/**
 * The text as a terminal may show it: what is invisible there or steers it (controls, format characters, line and paragraph
 * separators, halves of a pair) becomes a question mark.
 */
export function visibleText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "?");
}
