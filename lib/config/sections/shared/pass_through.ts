/**
 * Attributes that go from the gateway to an upstream RADIUS server.
 *
 * @module
 */

import { optional, preset } from "../../rows.ts";
import type { Context, Settings } from "../../section.ts";
import { optionPlace, settingOf, shown, valueOf } from "../../settings.ts";
import { attributes } from "../../values/attributes.ts";
import { boolean } from "../../values/words.ts";
import { warnIneffective } from "./ineffective.ts";

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
export function checkNoUpstream(context: Context, settings: Settings): void {
  const off = valueOf(settings, passThroughAll) === false;
  const rows = off ? [passThroughNames] : [passThroughNames, passThroughAll];
  warnIneffective(context, settings, rows, `in ${shown(settings)}, for no other server is asked`);
}

/** Only an upstream RADIUS server can be passed attributes. */
export function checkPassThrough(context: Context, settings: Settings, client: Settings): void {
  if (client.table.asks === "radius") return;
  const names = settingOf(settings, passThroughNames);
  if (names !== undefined) {
    context.findings.error(
      "client-unsuitable",
      optionPlace(settings.section, names.entry),
      `pass_through_attr_names needs a radius_client, and ${shown(client)} is none`,
      "Remove it, or use a [radius_client]",
    );
  }
  if (valueOf(settings, passThroughAll) === true) {
    warnIneffective(context, settings, [passThroughAll], `with ${shown(client)}, which asks no RADIUS server`);
  }
}
