/**
 * What is checked in each section, whatever its type.
 *
 * @module
 */

import { isPlaceholder } from "../placeholders.ts";
import type { Context, Setting, Settings } from "../section.ts";
import { checkOutboundProxy } from "../sections/shared/general.ts";
import { keyOf, optionPlace, valuePlace } from "../settings.ts";

/** Checks what one section says about itself: what holds for all sections, then what its type knows. */
export function checkSection(context: Context, settings: Settings): void {
  checkVariants(context, settings);
  checkOutboundProxy(context, settings);
  checkPlaceholders(context, settings);
  settings.table.check?.(context, settings);
}

/** Options that are several ways to give one thing: at most one of them. */
function checkVariants({ findings }: Context, { section, set }: Settings): void {
  const given = new Map<string, Setting>();
  for (const setting of set.values()) {
    const { row, number, entry } = setting;
    const key = keyOf({ name: row.variantOf ?? row.name }, number);
    const other = given.get(key);
    if (other !== undefined) {
      findings.error(
        "conflicting-options",
        optionPlace(section, entry),
        `${entry.name} and ${other.entry.name} (line ${other.entry.line}) exclude each other`,
        "Keep one of the two",
      );
    }
    given.set(key, setting);
  }
}

/** Keys and hosts of the documents. Secrets are looked at where they are opened, wherever they come from. */
function checkPlaceholders({ findings }: Context, { section, set }: Settings): void {
  for (const { row, entry, value } of set.values()) {
    if (row.secret || typeof value !== "string" || !isPlaceholder(row.type, value)) continue;
    findings.error(
      "placeholder",
      valuePlace(section, entry),
      `${entry.name} is the value that the documentation shows in place of yours`,
      "Copy that of your application from the Duo Admin Panel",
    );
  }
}
