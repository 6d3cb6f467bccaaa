/**
 * What a server section does with requests that anybody on the way could have made or changed: those that carry no
 * Message-Authenticator.
 *
 * @module
 */

import type { OptionRow } from "../../row.ts";
import { preset } from "../../rows.ts";
import type { Context, Settings } from "../../section.ts";
import { optionPlace, settingOf, settingsOf, shown, valueOf } from "../../settings.ts";
import { boolean } from "../../values/words.ts";
import { radiusIp, requirement, requireMessageAuthenticator } from "./gateways.ts";

/** Whether the requests of all gateways must be signed. */
export const forceMessageAuthenticator = preset(
  "force_message_authenticator",
  boolean,
  "false",
  "Whether every request must carry a Message-Authenticator.",
  { decisive: true, since: "after 5.0" },
);

/** What becomes of unsigned requests that a proxy may have changed. */
export const limitProxyState = preset(
  "limit_proxy_state",
  requirement,
  "auto",
  "Whether requests with Proxy-State but without Message-Authenticator are dropped; auto = once a gateway has shown that it sends the latter.",
  { since: "duoproxy" },
);

/** Rules that `force_message_authenticator=true` leaves nothing to decide. */
export function checkForced({ findings }: Context, settings: Settings): void {
  if (settingOf(settings, forceMessageAuthenticator)?.value !== true) return;
  for (const { row, entry, value } of settings.set.values()) {
    const idle = (row === requireMessageAuthenticator && value !== "true") || row === limitProxyState;
    if (!idle || value === undefined) continue;
    findings.warning(
      "ineffective",
      optionPlace(settings.section, entry),
      `${entry.name} has no effect, for force_message_authenticator=true asks a Message-Authenticator of every request`,
    );
  }
}

/** Who needs no second factor, and in some sections no password, should be named by the gateway alone. */
export function checkUnsignedExempt({ findings }: Context, settings: Settings, exemptUsername: OptionRow): void {
  const [exempt] = settingsOf(settings, exemptUsername);
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

/** The number of a gateway whose requests need not be signed; undefined if all must be. */
function unsignedGateway(settings: Settings): number | undefined {
  if (valueOf(settings, forceMessageAuthenticator) !== false) return undefined;
  return settingsOf(settings, radiusIp).find(({ number }) =>
    valueOf(settings, requireMessageAuthenticator, number) !== "true"
  )?.number;
}
