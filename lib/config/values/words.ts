/**
 * A value's text to what it means, by the option's type. Says what is wrong without ever showing a secret.
 *
 * @module
 */

import { attributeNames, findAttribute } from "../../radius/dictionary.ts";
import { type Message, quoted, say } from "../message.ts";
import { nearest } from "../nearest.ts";
import { canonicalAddress, parseAddress, parseNetwork } from "../../net/network.ts";
import type { OptionType } from "../options.ts";

/** What a value means: choices and names in their one spelling, lists as lists, everything else as text. */
export type Value = string | number | boolean | readonly string[];

/** The outcome of reading a value. */
export type Reading =
  | { readonly kind: "value"; readonly value: Value }
  | {
    readonly kind: "wrong";
    /** Continues a sentence that begins with the option's name. */
    readonly problem: Message;
    readonly hint: string | undefined;
  };

/** Short names that `client_ip_attr` takes besides those of the dictionary. */
const attributeAliases: ReadonlyMap<string, string> = new Map([
  ["paloalto", "PaloAlto-Client-Source-IP"],
  ["default", "Calling-Station-Id"],
]);

/**
 * Reads a value.
 *
 * @param text trimmed and not empty.
 */
export function readValue(type: OptionType, text: string): Reading {
  switch (type.kind) {
    case "text":
    case "secret":
    case "protected":
    case "file":
    case "directory":
      return value(text);
    case "boolean":
      return readBoolean(text);
    case "integer":
      return readInteger(text, type.min, type.max, type.unit);
    case "choice":
      return readChoice(text, type.values);
    case "list":
      return readList(text, type.values);
    case "interface":
      return readInterface(text);
    case "address": {
      const address = canonicalAddress(text);
      return address === undefined ? wrong(say`takes an IP address, not ${quoted(text)}`) : value(address);
    }
    case "network":
      return readNetworks(text, [text], "takes one address, CIDR, address/netmask or range a-b");
    case "networks":
      return readNetworks(text, text.split(","), "takes addresses, CIDR, netmasks or ranges, separated by commas");
    case "host":
      return readHost(text);
    case "api-host":
      return readApiHost(text);
    case "integration-key":
      return readIntegrationKey(text, type.prefix);
    case "secret-key":
      return readSecretKey(text);
    case "section":
      return value(text.toLowerCase());
    case "attribute": {
      const name = attributeAliases.get(text.toLowerCase()) ?? text;
      return readAttributes(text, [name], [...attributeNames(), ...attributeAliases.keys()]);
    }
    case "attributes":
      return readAttributes(text, text.split(","), attributeNames());
    case "encoding":
      return readEncoding(text);
  }
}

/** What a type takes, for `explain`. */
export function describeType(type: OptionType): string {
  switch (type.kind) {
    case "integer": {
      const unit = type.unit === undefined ? "" : ` (${type.unit})`;
      return type.max >= 2_147_483_647
        ? `whole number, ${type.min} or more${unit}`
        : `whole number from ${type.min} to ${type.max}${unit}`;
    }
    case "choice":
      return type.values.join(" | ");
    case "list":
      return `list of ${type.values.join(", ")}`;
    case "integration-key":
      return `${type.prefix} and 18 capital letters or digits`;
    case "file":
      return {
        "certificates": "PEM file with certificates",
        "private-key": "PEM file with a private key",
        "secret": "file with a secret",
      }[type.content];
    default:
      return descriptions[type.kind];
  }
}

const descriptions = {
  "text": "text",
  "boolean": "true | false",
  "interface": "IP address of this machine",
  "address": "IP address",
  "network": "address, CIDR, address/netmask or range a-b",
  "networks": "addresses, CIDR, netmasks or ranges, separated by commas",
  "host": "host name or IP address",
  "api-host": "host name",
  "secret-key": "40 letters or digits",
  "secret": "secret text",
  "protected": "protected secret",
  "directory": "directory",
  "section": "name of a section",
  "attribute": "name of a RADIUS attribute",
  "attributes": "names of RADIUS attributes, separated by commas",
  "encoding": "name of a text encoding, such as utf-8 or latin-1",
} as const;

function value(what: Value): Reading {
  return { kind: "value", value: what };
}

function wrong(problem: Message, hint?: string): Reading {
  return { kind: "wrong", problem, hint };
}

/** `true` and `false` in any case, or a number, as the old proxy took them: 0 is false. */
function readBoolean(text: string): Reading {
  const word = text.toLowerCase();
  if (word === "true" || word === "false") return value(word === "true");
  const number = decimal(text);
  if (number !== undefined) return value(number !== 0);
  const yes = ["yes", "on", "enable", "enabled", "y", "t"].includes(word);
  const no = ["no", "off", "disable", "disabled", "n", "f"].includes(word);
  return wrong(
    say`takes true or false, not ${quoted(text)}`,
    yes || no ? `Write ${yes ? "true" : "false"}` : undefined,
  );
}

/** A number as Python's `int()` reads it. Undefined if it is none; far out of range if it is longer than 20 characters. */
function decimal(text: string): number | undefined {
  if (text.length > 20) return /^[+-]?[0-9]{1,64}$/.test(text.slice(0, 65)) ? Number.MAX_VALUE : undefined;
  return /^[+-]?[0-9]+(?:_[0-9]+)*$/.test(text) ? Number(text.replaceAll("_", "")) : undefined;
}

function readInteger(text: string, min: number, max: number, unit: string | undefined): Reading {
  const number = decimal(text);
  if (number !== undefined && number >= min && number <= max) return value(number);
  const range = max >= 2_147_483_647 ? `of ${min} or more` : `from ${min} to ${max}`;
  const of = unit === undefined ? "" : ` (${unit})`;
  return wrong(
    say`takes a whole number ${range}${of}, not ${quoted(text)}`,
    number === undefined && decimal(text.replace(/ ?[a-z]{1,8}$/i, "")) !== undefined
      ? "Write the number without a unit"
      : undefined,
  );
}

function readChoice(text: string, values: readonly string[]): Reading {
  const word = text.toLowerCase();
  const found = values.find((one) => one.toLowerCase() === word);
  if (found !== undefined) return value(found);
  return wrong(say`takes ${anyOf(values)}, not ${quoted(text)}`, suggestion(text, values));
}

function readList(text: string, values: readonly string[]): Reading {
  const words: string[] = [];
  for (const part of text.split(",")) {
    const word = part.trim().toLowerCase();
    const found = values.find((one) => one === word);
    if (found === undefined) {
      const what = word === "" ? "has an empty place between commas" : say`doesn't know ${quoted(part.trim(), text)}`;
      return wrong(say`${what}: it takes ${anyOf(values)}, separated by commas`, suggestion(word, values));
    }
    if (words.includes(found)) return wrong(`names ${found} twice`, "Name each factor once, the preferred one first");
    words.push(found);
  }
  return value(words);
}

function readInterface(text: string): Reading {
  const address = canonicalAddress(text);
  if (address !== undefined) return value(address);
  if (text.includes(",")) return wrong("takes one IP address, not several", "Give each address a section of its own");
  if (text.includes("/")) return wrong(say`takes an IP address without a mask, not ${quoted(text)}`);
  return wrong(
    say`takes an IP address of this machine, not ${quoted(text)}`,
    "A name such as eth0 or a host name isn't enough: give the address (`ip address` lists them)",
  );
}

function readNetworks(text: string, parts: readonly string[], takes: string): Reading {
  for (const part of parts) {
    if (parseNetwork(part) !== undefined) continue;
    const list = parts.length === 1 && /[,\s]/.test(text) &&
      parseNetwork(text.split(/[,\s]/, 1)[0] ?? "") !== undefined;
    return wrong(
      say`${takes}, not ${quoted(part.trim(), text)}`,
      list ? "Give each network a number of its own, as in radius_ip_2 and radius_secret_2" : undefined,
    );
  }
  return value(parts.length === 1 ? text : parts.map((part) => part.trim()));
}

/** True for a host name: labels of letters, digits, hyphens and underscores, not a bare number. */
function isHostName(text: string): boolean {
  if (text.length > 253 || /^[0-9.]+$/.test(text)) return false;
  return text.split(".").every((label) => /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label));
}

function readHost(text: string): Reading {
  if (isSecretKey(text)) {
    return wrong("takes a host name or an IP address", "This looks like the secret key, which belongs into skey");
  }
  if (parseAddress(text) !== undefined || isHostName(text)) return value(text);
  return wrong(say`takes a host name or an IP address, not ${quoted(text)}`, bareHostHint(text, "port option"));
}

function readApiHost(text: string): Reading {
  if (isSecretKey(text)) {
    return wrong("takes a bare host name", "This looks like the secret key, which belongs into skey");
  }
  if (parseAddress(text) !== undefined || isHostName(text)) return value(text.toLowerCase());
  return wrong(say`takes a bare host name, not ${quoted(text)}`, bareHostHint(text, "option api_port"));
}

/** What to take away so that a bare host name remains. */
function bareHostHint(text: string, portOption: string): string | undefined {
  const remedies: string[] = [];
  let rest = text;
  const scheme = /^[a-z]{2,8}:\/\//i.exec(rest)?.[0];
  if (scheme !== undefined) {
    remedies.push(`remove ${scheme}`);
    rest = rest.slice(scheme.length);
  }
  const slash = rest.indexOf("/");
  if (slash >= 0) {
    remedies.push("remove the slash and what follows it");
    rest = rest.slice(0, slash);
  }
  if (/:[0-9]{1,5}$/.test(rest)) remedies.push(`put the port into the ${portOption}`);
  if (rest.endsWith(".")) remedies.push("remove the dot at the end");
  if (/^["'].*["']$/.test(text)) remedies.push("remove the quotes");
  if (remedies.length === 0) return undefined;
  const sentence = remedies.join(", and ");
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}

/** True for 40 letters or digits, as Duo's secret keys have them. */
function isSecretKey(text: string): boolean {
  return /^[A-Za-z0-9]{40}$/.test(text);
}

// Keys are never shown: they are often pasted into each other's place.

function readIntegrationKey(text: string, prefix: "DI" | "RI"): Reading {
  if (/^[A-Z0-9]{20}$/.test(text) && text.startsWith(prefix)) return value(text);
  let hint = `Copy the ${prefix === "DI" ? "integration" : "remote identity"} key from the Duo Admin Panel`;
  if (isSecretKey(text)) hint = "This looks like the secret key, which belongs into skey";
  else if (/^["'].*["']$/.test(text)) hint = "Remove the quotes";
  else if (/^[A-Z0-9]{20}$/.test(text.toUpperCase()) && text.toUpperCase().startsWith(prefix)) {
    hint = "Write it in capital letters";
  }
  return wrong(`takes ${prefix} and 18 capital letters or digits; here are ${characters(text)}`, hint);
}

function readSecretKey(text: string): Reading {
  if (isSecretKey(text)) return value(text);
  let hint = "Copy the secret key from the Duo Admin Panel";
  if (/^DI[A-Z0-9]{18}$/.test(text)) hint = "This looks like the integration key, which belongs into ikey";
  else if (/^["'].*["']$/.test(text)) hint = "Remove the quotes";
  return wrong(`takes 40 letters or digits; here are ${characters(text)}`, hint);
}

function readAttributes(text: string, names: readonly string[], known: Iterable<string>): Reading {
  const found: string[] = [];
  for (const name of names) {
    const attribute = findAttribute(name.trim());
    if (attribute === undefined) {
      return wrong(
        say`names an attribute that isn't in the dictionary: ${quoted(name.trim(), text)}`,
        suggestion(name.trim(), known),
      );
    }
    found.push(attribute.name);
  }
  return value(names.length === 1 ? found[0] ?? "" : found);
}

/** Python's names of encodings, without blanks, `-` and `_`, where the Encoding Standard has other ones. */
const pythonEncodings: ReadonlyMap<string, string> = new Map([
  ["utf8", "utf-8"],
  ["u8", "utf-8"],
  ["utf", "utf-8"],
  ["utf8sig", "utf-8"],
  ["cp65001", "utf-8"],
  ["ascii", "windows-1252"],
  ["usascii", "windows-1252"],
  ["646", "windows-1252"],
  ["latin", "windows-1252"],
  ["latin1", "windows-1252"],
  ["l1", "windows-1252"],
  ["8859", "windows-1252"],
  ["cp819", "windows-1252"],
  ["latin2", "iso-8859-2"],
  ["latin3", "iso-8859-3"],
  ["latin4", "iso-8859-4"],
  ["latin5", "windows-1254"],
  ["latin6", "iso-8859-10"],
  ["latin7", "iso-8859-13"],
  ["latin8", "iso-8859-14"],
  ["latin9", "iso-8859-15"],
  ["latin10", "iso-8859-16"],
  ["cyrillic", "iso-8859-5"],
  ["greek", "iso-8859-7"],
  ["hebrew", "iso-8859-8"],
  ["arabic", "iso-8859-6"],
  ["utf16", "utf-16le"],
  ["utf16le", "utf-16le"],
  ["utf16be", "utf-16be"],
  ["cp866", "ibm866"],
  ["866", "ibm866"],
  ["cp874", "windows-874"],
  ["cp932", "shift_jis"],
  ["ms932", "shift_jis"],
  ["sjis", "shift_jis"],
  ["shiftjis", "shift_jis"],
  ["eucjp", "euc-jp"],
  ["euckr", "euc-kr"],
  ["cp949", "euc-kr"],
  ["cp936", "gbk"],
  ["cp950", "big5"],
  ["koi8r", "koi8-r"],
  ["koi8u", "koi8-u"],
  ["macroman", "macintosh"],
]);

function readEncoding(text: string): Reading {
  const compact = text.length > 40 ? "" : text.toLowerCase().replaceAll(/[\s_-]/g, "");
  const windows = /^(?:cp|windows)?(125[0-8])$/.exec(compact)?.[1];
  const iso = /^iso8859([0-9]{1,2})$/.exec(compact)?.[1];
  const label = pythonEncodings.get(compact) ??
    (windows !== undefined ? `windows-${windows}` : iso !== undefined ? `iso-8859-${iso}` : compact);
  try {
    // The decoder's own name is the one spelling; it takes iso-8859-1 for windows-1252, which holds all of it.
    return value(new TextDecoder(label).encoding);
  } catch {
    const known = [...pythonEncodings.values(), "utf-8", "latin-1"];
    return wrong(
      say`names an encoding that can't be decoded: ${quoted(text)}`,
      suggestion(text, known) ?? "Use utf-8 or latin-1",
    );
  }
}

function anyOf(values: readonly string[]): string {
  if (values.length > 12) return `${values.slice(0, 3).join(", ")}, ...`;
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

function suggestion(word: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(word, candidates);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

function characters(text: string): string {
  const count = text.length;
  return count === 1 ? "1 character" : `${count} characters`;
}
