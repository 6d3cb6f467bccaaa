/**
 * Takes secrets out of text that is shown: by their form, and by being told what they are.
 *
 * @module
 */

import { maskedValue } from "./secrets.ts";

/** A text with what looks like a key, a token or a digest masked. */
export function maskTokens(text: string): string {
  // With slashes first: base64 has them, and so have paths, whose parts look different.
  return text
    .replace(/[A-Za-z0-9+/=_~.-]{20,}/g, (token) => mixed(token) && !token.includes(".") ? maskedValue : token)
    .replace(/[A-Za-z0-9+=_~-]{16,}/g, (token) => random(token) ? maskedValue : token);
}

/** Capital and small letters and digits throughout, as base64 has them and paths haven't. */
function mixed(token: string): boolean {
  return /[A-Z]/.test(token) && /[a-z]/.test(token) && /[0-9]/.test(token) && !/^[/~]/.test(token);
}

/** Not made of words: digits among the letters, or letters for longer than any word. */
function random(token: string): boolean {
  const digits = token.replaceAll(/[^0-9]/g, "").length;
  if (digits >= 3 && digits < token.length) return true;
  if (digits === token.length) return token.length >= 20;
  return token.split(/[-_+=~]/).some((part) => part.length > 24);
}

/** True if a text speaks of secrets, so that one is likely to stand beside it. */
export function mentionsSecret(text: string): boolean {
  return /secret|skey|s[-_ ]key|passw|passphrase|pass[-_ ]?code|pwd|token|api[-_ ]?key/i.test(text);
}

/** Texts shorter than this are too common to be looked for: without them hardly a word could be shown. In characters. */
const shortest = 4;

/** With more texts than this to look for, nothing that is free in its form is shown at all: looking would take too long. */
const mostTexts = 2_000;

/** Texts that must not be shown, in any spelling. */
export class Hidden {
  readonly #texts = new Set<string>();
  /** Texts too short to be looked for, in small letters: nothing but they themselves is masked. */
  readonly #short = new Set<string>();
  #spellings: readonly string[] | undefined;
  /** What was looked through before: thousands of sections may say the same. */
  readonly #known = new Map<string, string>();

  /** Adds one text. */
  add(text: string): void {
    const trimmed = text.trim();
    if (trimmed.length < shortest) this.#short.add(trimmed.toLowerCase());
    if (trimmed.length < shortest || this.#texts.size > mostTexts) return;
    this.#texts.add(trimmed);
    this.#spellings = undefined;
    this.#known.clear();
  }

  /** The text with all of them masked, in plain, base64, hexadecimal or percent encoding, in capital or small letters. */
  remove(text: string): string {
    if (text === "") return text;
    if (text.length < shortest && this.#short.has(text.toLowerCase())) return maskedValue;
    if (this.#texts.size > mostTexts) return maskedValue;
    let shown = this.#known.get(text);
    if (shown === undefined) {
      shown = this.#search(text);
      this.#known.set(text, shown);
    }
    return shown;
  }

  #search(text: string): string {
    this.#spellings ??= [...new Set([...this.#texts].flatMap(spellings))].sort((a, b) => b.length - a.length);
    let shown = text;
    let lower = text.toLowerCase();
    for (const spelling of this.#spellings) {
      for (let at = lower.indexOf(spelling); at >= 0; at = lower.indexOf(spelling)) {
        // A few letters change their length with their case: then nothing is where it seems to be.
        if (lower.length !== shown.length) return maskedValue;
        shown = `${shown.slice(0, at)}${maskedValue}${shown.slice(at + spelling.length)}`;
        lower = shown.toLowerCase();
      }
    }
    return shown;
  }
}

/** How a text may stand in another one, in small letters. */
function spellings(text: string): readonly string[] {
  const octets = new TextEncoder().encode(text);
  const forms = [
    text,
    octets.toHex(),
    percent(text),
    percent(text).replaceAll("%20", "+"),
    octets.toBase64(),
    ...base64Forms(octets),
  ];
  return forms.map((form) => form.toLowerCase()).filter((form) =>
    form.length >= shortest && !maskedValue.includes(form)
  );
}

function percent(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Base64 of the octets wherever they begin in a group of three, without what depends on their neighbours. */
function base64Forms(octets: Uint8Array): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = new Uint8Array([...new Uint8Array(before), ...octets]).toBase64({ omitPadding: true });
    const from = [0, 2, 3][before] ?? 0;
    const rest = (before + octets.length) % 3;
    const core = whole.slice(from, rest === 0 ? whole.length : -1);
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  }).filter((form) => form.length >= 6);
}
