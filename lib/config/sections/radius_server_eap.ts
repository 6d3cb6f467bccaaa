/**
 * `[radius_server_eap]`: PEAP with EAP-GTC.
 *
 * @module
 */

import { preset, required } from "../rows.ts";
import type { Context, SectionTable, Settings } from "../section.ts";
import { valueOf } from "../settings.ts";
import { file, text } from "../values/words.ts";
import { apiTimeout } from "./shared/duo.ts";
import { checkPasswordServer, client, passwordServer, pushLimit, radiusServerRows } from "./shared/radius_server.ts";
import { allowConcatRow, checkUnsplit, factors, splittingRows } from "./shared/splitting.ts";
import { tlsServerRows } from "./shared/tls_server.ts";

const allowConcat = allowConcatRow("false");

/** `[radius_server_eap]`. */
export const radiusServerEap: SectionTable = {
  ...passwordServer,
  type: "radius_server_eap",
  fate: "not-served",
  reason: "PEAP isn't built yet",
  doc: "RADIUS server for PEAP with EAP-GTC, as NetMotion Mobility uses it.",
  rows: [
    ...radiusServerRows,
    client,
    apiTimeout,
    required("certs", file("certificates"), "PEM file with the server's certificate and its chain."),
    required("pkey", file("private-key"), "PEM file with the certificate's key, not encrypted."),
    factors,
    ...splittingRows,
    allowConcat,
    preset(
      "prompt",
      text,
      "Enter your password: ",
      "First question in the tunnel. Without it, the old proxy's words.",
    ),
    ...tlsServerRows,
  ],
  check,
};

function check(context: Context, settings: Settings): void {
  checkPasswordServer(context, settings);
  if (valueOf(settings, allowConcat) === false) checkUnsplit(context, settings, pushLimit);
}
