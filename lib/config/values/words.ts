/**
 * Types of values that are text, words or numbers.
 *
 * @module
 */

import { quoted, say } from "../message.ts";
import type { FileType, OptionType, Reading, ValueType } from "../row.ts";
import { anyOf, suggestion, value, wrong } from "./reading.ts";

/** Any text. */
export const text: ValueType<string> = asWritten({ kind: "text" });
/** The path of a directory. */
export const directory: ValueType<string> = asWritten({ kind: "directory" });
/** `true` or `false`, in any case, or an integer. */
export const boolean: ValueType<boolean> = { type: { kind: "boolean" }, read: readBoolean };
/** The name of another section, in small letters. */
export const sectionName: ValueType<string> = {
  type: { kind: "section" },
  read: (text) => value(text.toLowerCase()),
};

/** The largest number that the old proxy's 32-bit counters could be meant to hold. */
export const anyInteger = 2_147_483_647;

/** A whole number from `min` to `max`; `unit` says of what. */
export function integer(min: number, max = anyInteger, unit?: string): ValueType<number> {
  return {
    type: { kind: "integer", min, max, ...(unit === undefined ? {} : { unit }) },
    read: (text) => readInteger(text, min, max, unit),
  };
}

/** A TCP or UDP port. */
export const port: ValueType<number> = integer(1, 65535);

/** A number of seconds from `min` up. */
export function seconds(min: number, max = anyInteger): ValueType<number> {
  return integer(min, max, "seconds");
}

/** One of a few words. */
export function choice<const W extends string>(values: readonly W[]): ValueType<W> {
  return { type: { kind: "choice", values }, read: (text) => readChoice(text, values) };
}

/** Some of a few words. */
export function list<const W extends string>(values: readonly W[]): ValueType<readonly W[]> {
  return { type: { kind: "list", values }, read: (text) => readList(text, values) };
}

/** The path of a file. */
export function file(content: FileType): ValueType<string> {
  return asWritten({ kind: "file", content });
}

/** Values that mean what is written. */
export function asWritten(type: OptionType): ValueType<string> {
  return { type, read: value };
}

/** `true` and `false` in any case, or a number, as the old proxy took them: 0 is false. */
function readBoolean(text: string): Reading<boolean> {
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

function readInteger(text: string, min: number, max: number, unit: string | undefined): Reading<number> {
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

function readChoice<W extends string>(text: string, values: readonly W[]): Reading<W> {
  const word = text.toLowerCase();
  const found = values.find((one) => one.toLowerCase() === word);
  if (found !== undefined) return value(found);
  return wrong(say`takes ${anyOf(values)}, not ${quoted(text)}`, suggestion(text, values));
}

function readList<W extends string>(text: string, values: readonly W[]): Reading<readonly W[]> {
  const words: W[] = [];
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
