/**
 * What the rows of the option tables are made with. A row knows from its making what reading it gives: {@link preset} and
 * {@link required} always a value, {@link optional} a value or undefined.
 *
 * @module
 */

import type { NumberedRow, OptionRow, SecretRows, SingleRow, ValueType } from "./row.ts";
import { protectedSecret } from "./values/keys.ts";
import { file } from "./values/words.ts";

/** What a row says beyond name, type and doc; everything else has the usual value. */
export type RowExtras = Partial<
  Pick<OptionRow, "deprecated" | "since" | "decisive" | "effect" | "variantOf">
>;

/** An option of the old proxy that may be absent. */
export function optional<V>(
  name: string,
  type: ValueType<V>,
  doc: string,
  extras?: RowExtras,
): SingleRow<V, undefined> {
  return { ...plainRow(name, type, doc, extras), numbered: "never", absent: () => undefined };
}

/** An option with a default. */
export function preset<V>(
  name: string,
  type: ValueType<V>,
  standard: string,
  doc: string,
  extras?: RowExtras,
): SingleRow<V, V> {
  const row = { ...plainRow(name, type, doc, extras), default: standard };
  return { ...row, numbered: "never", absent: () => readDefault(row, standard) };
}

/** An option that a section can't do without. */
export function required<V>(name: string, type: ValueType<V>, doc: string, extras?: RowExtras): SingleRow<V, never> {
  return {
    ...plainRow(name, type, doc, extras),
    required: true,
    numbered: "never",
    absent: () => {
      throw new Error(`A section without errors lacks ${name}`);
    },
  };
}

/** The same option with a number at its end. `also`: with or without one. */
export function numbered<V, A>(row: SingleRow<V, A>, how: "always" | "also" = "always"): NumberedRow<V, A> {
  return { ...row, numbered: how };
}

/** The same option, for which `[main]` gives the value where a section has none. */
export function inherited<V, A>(row: SingleRow<V, A>): SingleRow<V, A> {
  return { ...row, inherited: true };
}

/** The same option where nobody else gives its value: as `[main]` has it. */
export function own<V, A>(row: SingleRow<V, A>): SingleRow<V, A> {
  return { ...row, inherited: false };
}

/** What {@link secretRows} needs beyond what rows say. */
interface SecretExtras extends RowExtras {
  readonly required?: boolean;
  readonly numbered?: OptionRow["numbered"];
}

/**
 * The rows of a secret: in plain, protected, and in a file of its own. All three carry the number, if there is one, at
 * their end: `radius_secret_1`, `radius_secret_protected_1`, `radius_secret_file_1`.
 */
export function secretRows(
  name: string,
  type: ValueType<string>,
  doc: string,
  { required = false, numbered = "never", ...extras }: SecretExtras = {},
): SecretRows {
  const plain = { ...plainRow(name, type, doc, extras), required, numbered };
  const sealed = {
    ...plainRow(
      `${name}_protected`,
      protectedSecret,
      `${name} as \`duoproxy encrypt\` protects it. Values made on Windows can't be opened here.`,
      { ...extras, variantOf: name },
    ),
    numbered,
  };
  const inFile = {
    ...plainRow(
      `${name}_file`,
      file("secret"),
      `Path of a file that holds ${name} and nothing else, for systemd credentials and containers. One line end at its end is dropped.`,
      { ...extras, since: "duoproxy", variantOf: name },
    ),
    numbered,
  };
  return { plain, rows: [plain, sealed, inFile] };
}

/** Without extras an optional, unnumbered option of the old proxy without default. */
function plainRow<V>(name: string, value: ValueType<V>, doc: string, extras: RowExtras = {}): OptionRow<V> {
  const { kind } = value.type;
  return {
    name,
    type: value.type,
    read: value.read,
    default: undefined,
    required: false,
    numbered: "never",
    secret: kind === "secret" || kind === "secret-key" || kind === "protected",
    deprecated: undefined,
    since: "5.0",
    decisive: false,
    effect: "serve",
    variantOf: undefined,
    inherited: false,
    doc,
    ...extras,
  };
}

function readDefault<V>(row: OptionRow<V>, text: string): V {
  const reading = row.read(text);
  if (reading.kind === "wrong") throw new Error(`The default of ${row.name} is none of its values`);
  return reading.value;
}
