/**
 * A password and what stands behind it in one field.
 *
 * @module
 */

/** How the two are told apart. */
export interface SplitOptions {
  /** Stands between them; the last one in the field counts. */
  readonly delimiter: string;
  /** Characters of the password, behind which one delimiter may stand; 0 = the delimiter tells. */
  readonly delimitedPasswordLength: number;
}

/** The parts of a field. Each may be empty. */
export interface SplitField {
  readonly password: string;
  readonly appended: string;
}

/** Splits a field; undefined if it has no second part. */
export function splitField(
  field: string,
  { delimiter, delimitedPasswordLength }: SplitOptions,
): SplitField | undefined {
  if (delimitedPasswordLength > 0) {
    const characters = [...field];
    if (characters.length <= delimitedPasswordLength) return undefined;
    const rest = characters.slice(delimitedPasswordLength).join("");
    return {
      password: characters.slice(0, delimitedPasswordLength).join(""),
      appended: rest.startsWith(delimiter) ? rest.slice(delimiter.length) : rest,
    };
  }
  const index = delimiter === "" ? -1 : field.lastIndexOf(delimiter);
  if (index < 0) return undefined;
  return { password: field.slice(0, index), appended: field.slice(index + delimiter.length) };
}
