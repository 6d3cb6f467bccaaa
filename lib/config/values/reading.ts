/**
 * What readers of values have in common.
 *
 * @module
 */

import type { Message } from "../message.ts";
import { nearest } from "../nearest.ts";
import type { Reading } from "../row.ts";

/** The text could be read. */
export function value<V>(what: V): Reading<V> {
  return { kind: "value", value: what };
}

/** It could not. `problem` continues a sentence that begins with the option's name. */
export function wrong<V>(problem: Message, hint?: string): Reading<V> {
  return { kind: "wrong", problem, hint };
}

/** The words that an option takes, for a sentence. */
export function anyOf(values: readonly string[]): string {
  if (values.length > 12) return `${values.slice(0, 3).join(", ")}, ...`;
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

/** "Did you mean", if one of the words is near. */
export function suggestion(word: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(word, candidates);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}
