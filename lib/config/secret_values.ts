/**
 * Which values of a file are secrets, wherever they stand in it.
 *
 * @module
 */

import type { IniDocument } from "./ini.ts";
import { mentionsSecret } from "./mask.ts";
import { nearest } from "./nearest.ts";
import { matchOption, sectionTables, splitNumber } from "./options.ts";
import type { OptionRow } from "./row.ts";

/** Rows of every section type whose values are secret, among them protected ones. */
const secretRows: readonly OptionRow[] = sectionTables.flatMap(({ rows }) => rows.filter((row) => row.secret));

/** Their names, each once. */
const secretNames: readonly string[] = [...new Set(secretRows.map((row) => row.name))];

/**
 * The values of all options that hold a secret by their name, in whichever section they stand and however they are
 * misspelt; of values of several lines also each line.
 */
export function* secretsIn({ sections }: IniDocument): Generator<string> {
  for (const { entries } of sections) {
    for (const { name, value } of entries) {
      if (value === "" || !isSecretName(name)) continue;
      yield value;
      if (value.includes("\n")) yield* value.split("\n");
    }
  }
}

function isSecretName(name: string): boolean {
  const known = sectionTables.some((table) => {
    const match = matchOption(table, name);
    return match !== undefined && (match === "number-missing" ? secretNames.includes(name) : match.row.secret);
  });
  if (known) return true;
  const elsewhere = sectionTables.some((table) => matchOption(table, name) !== undefined);
  if (elsewhere) return false;
  return mentionsSecret(name) || nearest(splitNumber(name)?.base ?? name, secretNames) !== undefined;
}
