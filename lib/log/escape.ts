/**
 * Text of others in our lines: what a user typed must not be able to forge a line or to steer a terminal.
 *
 * @module
 */

/**
 * Characters that are shown as escapes: controls of ASCII and of ISO 6429 (C1), line and paragraph separators, marks
 * that reorder or hide text, and surrogates without partner.
 */
const unsafe =
  // deno-fmt-ignore
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;

/** Text on one line: unsafe characters as JSON escapes, the rest as it is. */
export function escapeText(text: string): string {
  return text.replaceAll(unsafe, escapeChar);
}

/** JSON on one line without unsafe characters; it reads as the same value. */
export function safeJson(value: unknown): string {
  return escapeText(JSON.stringify(value));
}

/** A value of `key=value`: bare where that is clear, else as a JSON string. */
export function escapeValue(value: string | number | boolean | null): string {
  if (typeof value !== "string") return String(value);
  const bare = value !== "" && value !== "null" && !/[\s"=]/.test(value) && escapeText(value) === value;
  return bare ? value : safeJson(value);
}

const shortEscapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeChar(char: string): string {
  return shortEscapes[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
