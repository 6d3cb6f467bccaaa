/**
 * Attributes that go from the gateway to an upstream RADIUS server.
 *
 * @module
 */

import { optional, preset } from "../../rows.ts";
import type { Context, Settings } from "../../section.ts";
import { optionPlace, settingOf, shown } from "../../settings.ts";
import { attributes } from "../../values/attributes.ts";
import { boolean } from "../../values/words.ts";

/** Some of them. */
export const passThroughNames = optional(
  "pass_through_attr_names",
  attributes,
  "Attributes of the request that the upstream RADIUS server gets too.",
);

/** All of them. */
export const passThroughAll = preset(
  "pass_through_all",
  boolean,
  "false",
  "Whether the upstream RADIUS server gets all attributes of the request.",
);

/** Where no other server is asked, nothing is passed on to one. */
export function checkNoUpstream({ findings }: Context, settings: Settings): void {
  for (const row of [passThroughNames, passThroughAll]) {
    const setting = settingOf<unknown>(settings, row);
    if (setting === undefined || setting.value === false) continue;
    findings.warning(
      "ineffective",
      optionPlace(settings.section, setting.entry),
      `${row.name} has no effect in ${shown(settings)}, for no other server is asked`,
    );
  }
}

/** Only an upstream RADIUS server can be passed attributes. */
export function checkPassThrough({ findings }: Context, settings: Settings, client: Settings): void {
  if (client.table.asks === "radius") return;
  const names = settingOf(settings, passThroughNames);
  if (names !== undefined) {
    findings.error(
      "client-unsuitable",
      optionPlace(settings.section, names.entry),
      `pass_through_attr_names needs a radius_client, and ${shown(client)} is none`,
      "Remove it, or use a [radius_client]",
    );
  }
  const all = settingOf(settings, passThroughAll);
  if (all?.value === true) {
    findings.warning(
      "ineffective",
      optionPlace(settings.section, all.entry),
      `pass_through_all has no effect with ${shown(client)}, which asks no RADIUS server`,
    );
  }
}
