/**
 * Fills the templates of `conf/`.
 *
 * @module
 */

/**
 * Puts values into a template's `@NAME@` places. Each name has to be in the template, and each place has to get a
 * value: what is misspelt on either side is a bug, which throws.
 */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const unused = new Set(Object.keys(values));
  // systemd's @system-service has small letters, so it isn't taken for a place.
  const text = template.replaceAll(/@([A-Z][A-Z_]*)@/g, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The template's place ${name} has no value`);
    unused.delete(name);
    return value;
  });
  if (unused.size > 0) throw new Error(`The template has no place for ${[...unused].join(", ")}`);
  return text;
}
