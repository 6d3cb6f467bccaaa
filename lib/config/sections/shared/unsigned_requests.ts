/**
 * What a server section does with requests that anybody on the way could have made or changed: those that carry no
 * Message-Authenticator.
 *
 * @module
 */

import { booleanOf, numbered, optionPlace, type Settings, textOf, valuePlace } from "../../read_settings.ts";
import { type Context, shown } from "../../checks/context.ts";

/**
 * Checks every RADIUS server.
 *
 * @param clients who checks the password, by server section, as `assignClients` found it.
 */
export function checkRequests(context: Context, clients: ReadonlyMap<Settings, Settings>): void {
  for (const settings of context.sections) {
    if (!settings.table.type.startsWith("radius_server_")) continue;
    checkForced(context, settings);
    checkExempt(context, settings);
    checkEncoding(context, settings, clients.get(settings));
  }
}

const rule = "radius_require_message_authenticator";

/** Rules that `force_message_authenticator=true` leaves nothing to decide. */
function checkForced({ findings }: Context, { section, set }: Settings): void {
  const forced = set.get("force_message_authenticator");
  if (forced?.value !== true) return;
  for (const { row, entry, value } of set.values()) {
    const idle = (row.name === rule && value !== "true") || row.name === "limit_proxy_state";
    if (!idle || value === undefined) continue;
    findings.warning(
      "ineffective",
      optionPlace(section, entry),
      `${entry.name} has no effect, for force_message_authenticator=true asks a Message-Authenticator of every request`,
    );
  }
}

/** The number of a gateway whose requests need not be signed; undefined if all must be. */
function unsignedGateway(settings: Settings): number | undefined {
  if (booleanOf(settings, "force_message_authenticator") !== false) return undefined;
  return numbered(settings, "radius_ip").find(({ number }) => textOf(settings, `${rule}_${number}`) !== "true")?.number;
}

/** Who needs no second factor, and in some sections no password, should be named by the gateway alone. */
function checkExempt({ findings }: Context, settings: Settings): void {
  const [exempt] = numbered(settings, "exempt_username");
  const gateway = exempt && unsignedGateway(settings);
  if (exempt === undefined || gateway === undefined) return;
  findings.warning(
    "exempt-unsigned",
    optionPlace(settings.section, exempt.entry),
    `Exempt users skip the second factor in ${
      shown(settings)
    }, but the gateway of radius_ip_${gateway} may ask without Message-Authenticator: whoever can change its requests can put in an exempt name`,
    "Switch Message-Authenticator on at the gateways, then set force_message_authenticator=true",
  );
}

/** UTF-8 tells noise from text; under most other encodings what a wrong shared secret leaves of a field is text too. */
function checkEncoding({ findings }: Context, settings: Settings, client: Settings | undefined): void {
  const { section, set, table } = settings;
  const codec = set.get("pw_codec");
  if (codec?.value === undefined || codec.value === "utf-8") return;
  if (table.type !== "radius_server_duo_only" && client?.table.type !== "duo_only_client") return;
  findings.warning(
    "loose-encoding",
    valuePlace(section, codec.entry),
    `With this pw_codec nearly every field is text, and nobody checks a password in ${
      shown(settings)
    }: requests without Message-Authenticator get no automatic push or call`,
    "Use utf-8 if the gateway can, or switch Message-Authenticator on there",
  );
}
