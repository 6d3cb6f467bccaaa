/**
 * `[radius_server_iframe]`: Duo's old web prompt. Not served.
 *
 * @module
 */

import { optional, required } from "../rows.ts";
import type { SectionTable } from "../section.ts";
import { choice, text } from "../values/words.ts";
import { commonRows } from "./shared/radius_server.ts";

const gateways = [
  "array",
  "barracuda",
  "citrix",
  "citrix_netscaler",
  "citrix_netscaler_rfwebui",
  "f5",
  "f5_bigip",
  "fortinet",
  "juniper",
  "paloalto",
  "sonicwall_sra",
] as const;

/** `[radius_server_iframe]`. */
export const radiusServerIframe: SectionTable = {
  type: "radius_server_iframe",
  kind: "server",
  fate: "ignored",
  reason: "the prompt it put into web pages ended in 2024",
  doc: "RADIUS server for Duo's old web prompt. Not served: that prompt ended in 2024.",
  rows: [
    ...commonRows,
    required("type", choice(gateways), "Which gateway's page the script was for."),
    optional("iframe_script_uri", text, "Address of the script, in place of the type's own."),
    optional("script_inject", text, "Script to insert, in place of the type's own."),
  ],
};
