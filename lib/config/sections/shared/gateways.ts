/**
 * The gateways of a section: their addresses, their secrets, and what each must prove.
 *
 * @module
 */

import { networkKey } from "../../../net/network.ts";
import type { Requirement } from "../../../radius/request.ts";
import type { GatewayConfig } from "../../config.ts";
import type { OptionRow } from "../../row.ts";
import { numbered, preset, required, secretRows } from "../../rows.ts";
import type { Secret } from "../../secrets.ts";
import type { Context, Setting, Settings, SoundSection } from "../../section.ts";
import { keyOf, optionPlace, settingOf, settingsOf } from "../../settings.ts";
import { givenAt, givenList, givenSecret } from "../../sound.ts";
import { network } from "../../values/addresses.ts";
import { sharedSecret } from "../../values/keys.ts";
import { choice } from "../../values/words.ts";

/** What requests must carry; `auto`: once a valid one was seen from that address. */
export const requirement = choice<Requirement>(["true", "false", "auto"]);

/** Their addresses. */
export const radiusIp = numbered(
  required("radius_ip", network, "Gateway that may ask: an address, CIDR, address/netmask or a range a-b."),
);

/** Their secrets. */
const radiusSecret = secretRows(
  "radius_secret",
  sharedSecret,
  "Secret shared with the gateway of the same number.",
  { required: true, numbered: "always", decisive: true },
);

/** Whether their requests must be signed. */
export const requireMessageAuthenticator = numbered(
  preset(
    "radius_require_message_authenticator",
    requirement,
    "auto",
    "Whether requests of the gateway of the same number must carry a Message-Authenticator; auto = from the first valid one on.",
    { since: "duoproxy", decisive: true },
  ),
);

/** Options of the gateways. */
export const gatewayRows: readonly OptionRow[] = [radiusIp, ...radiusSecret.rows, requireMessageAuthenticator];

/** Each gateway has its secret, and each secret its gateway. */
export function checkPairs({ findings }: Context, { section, set }: Settings): void {
  const addresses = new Set<number>();
  const secrets = new Set<number>();
  for (const { row, number } of set.values()) {
    if (number === undefined) continue;
    if (row === radiusIp) addresses.add(number);
    if (radiusSecret.rows.includes(row)) secrets.add(number);
  }
  // With neither addresses nor secrets the required rows have been reported: saying it of each number adds nothing.
  for (const { row, number, entry } of set.values()) {
    if (number === undefined) continue;
    const place = optionPlace(section, entry);
    if (row === radiusIp && !secrets.has(number) && secrets.size > 0) {
      findings.error("unpaired", place, `${entry.name} has no radius_secret_${number}`, "Give each gateway its secret");
    }
    const belongs = radiusSecret.rows.includes(row) || row === requireMessageAuthenticator;
    if (belongs && !addresses.has(number) && addresses.size > 0) {
      findings.error(
        "unpaired",
        place,
        `${entry.name} has no radius_ip_${number}`,
        `Add radius_ip_${number} or remove ${entry.name}`,
      );
    }
  }
}

/** One address twice in a section is accepted if both say the same. */
export function checkEqualAddresses(
  { findings }: Context,
  settings: Settings,
  secrets: ReadonlyMap<string, Secret>,
): void {
  const seen = new Map<string, Setting>();
  for (const setting of settingsOf(settings, radiusIp)) {
    if (setting.value === undefined) continue;
    const key = networkKey(setting.value);
    const before = seen.get(key);
    if (before === undefined) {
      seen.set(key, setting);
      continue;
    }
    const a = secrets.get(keyOf(radiusSecret.plain, before.number));
    const b = secrets.get(keyOf(radiusSecret.plain, setting.number));
    const sameRule = settingOf(settings, requireMessageAuthenticator, before.number)?.value ===
      settingOf(settings, requireMessageAuthenticator, setting.number)?.value;
    if (a === undefined || b === undefined || (a.equals(b) && sameRule)) continue;
    findings.error(
      "conflicting-secrets",
      optionPlace(settings.section, setting.entry),
      `${setting.entry.name} is the same network as ${before.entry.name} on line ${before.entry.line}, with another ${
        a.equals(b) ? "rule for Message-Authenticator" : "secret"
      }`,
      "Remove one of the two",
    );
  }
}

/** Who may ask, each network once. */
export function buildGateways(section: SoundSection): readonly GatewayConfig[] {
  const gateways = new Map<string, GatewayConfig>();
  for (const { number, value: network } of givenList(section, radiusIp)) {
    const key = networkKey(network);
    // Given twice, with the same secret and rule.
    if (gateways.has(key)) continue;
    gateways.set(key, {
      number,
      network,
      secret: givenSecret(section, radiusSecret, number),
      requireMessageAuthenticator: givenAt(section, requireMessageAuthenticator, number),
    });
  }
  return [...gateways.values()];
}
