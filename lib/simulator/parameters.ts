/**
 * Reads what a request carries: query, form or JSON body, into names and values.
 *
 * @module
 */

/** Names and values in the order in which they came. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/**
 * Reads a query or a form body (`application/x-www-form-urlencoded`).
 *
 * @returns undefined if a percent sign isn't followed by two hex digits, or if the octets are no UTF-8.
 */
export function parseForm(text: string): Pairs | undefined {
  const pairs: (readonly [string, string])[] = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    const value = decode(equals < 0 ? "" : part.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/**
 * Reads a JSON body: one object of texts, whole numbers and booleans, which become the text that a form would carry.
 *
 * @returns undefined if it is anything else.
 */
export function parseJsonBody(text: string): Pairs | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const pairs: (readonly [string, string])[] = [];
  for (const [name, item] of Object.entries(value)) {
    if (typeof item === "string") pairs.push([name, item]);
    else if (typeof item === "boolean" || Number.isInteger(item)) pairs.push([name, String(item)]);
    else return undefined;
  }
  return pairs;
}
