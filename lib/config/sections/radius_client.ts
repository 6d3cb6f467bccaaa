/**
 * `[radius_client]`: checks the password by asking another RADIUS server.
 *
 * @module
 */

import { numbered, optional, preset, required, secretRows } from "../rows.ts";
import type { Context, SectionTable, Settings } from "../section.ts";
import { isSet, optionPlace, settingOf, settingsOf } from "../settings.ts";
import { address, host as hostName } from "../values/addresses.ts";
import { attributes } from "../values/attributes.ts";
import { encoding } from "../values/encodings.ts";
import { sharedSecret } from "../values/keys.ts";
import { boolean, integer, port, seconds } from "../values/words.ts";
import { debug } from "./shared/general.ts";
import { checkGap } from "./shared/numbers.ts";

const host = numbered(
  required(
    "host",
    hostName,
    "Upstream server, a name or an address; host_2, host_3, ... are asked when it doesn't answer.",
  ),
  "also",
);
const secret = secretRows(
  "secret",
  sharedSecret,
  "Shared secret. secret_2 is for host_2 alone; the old proxy used one secret for all hosts.",
  { required: true, numbered: "also" },
);

/** `[radius_client]`. */
export const radiusClient: SectionTable = {
  type: "radius_client",
  kind: "client",
  fate: "not-served",
  reason: "upstream RADIUS servers can't be asked yet",
  doc: "Checks the password by asking another RADIUS server.",
  asks: "radius",
  rows: [
    host,
    numbered(preset("port", port, "1812", "Port of the server with the same number."), "also"),
    ...secret.rows,
    preset("retries", integer(0), "3", "How often a request is repeated, going round the hosts."),
    preset("retry_wait", seconds(1), "2", "Time to wait for each answer."),
    optional(
      "nas_ip",
      address,
      "NAS-IP-Address that is sent. Without it, the address of this machine that faces outwards.",
    ),
    optional("pass_through_attr_names", attributes, "Attributes of the upstream reply that the gateway gets too."),
    preset("pass_through_all", boolean, "false", "Whether the gateway gets all attributes of the upstream reply."),
    preset("pw_codec", encoding, "utf-8", "Encoding of the password towards the server."),
    debug,
  ],
  check,
};

function check(context: Context, settings: Settings): void {
  checkFirstHost(context, settings);
  checkSecrets(context, settings);
  const hosts = settingsOf(settings, host);
  checkGap(context, settings, hosts, "the old proxy stopped at the gap; here this server is asked too");
}

function checkFirstHost({ findings }: Context, settings: Settings): void {
  const plain = settingOf(settings, host);
  const first = settingOf(settings, host, 1);
  if (plain === undefined || first === undefined) return;
  findings.error(
    "conflicting-options",
    optionPlace(settings.section, first.entry),
    `host_1 and host (line ${plain.entry.line}) are the same server`,
    "Keep one of the two, and number the second server host_2",
  );
}

/** Each host has a secret, and what has a number has a host. */
function checkSecrets({ findings }: Context, settings: Settings): void {
  const { section, set } = settings;
  const hosts = settingsOf(settings, host);
  const hostNumbers = new Set(hosts.map(({ number }) => number ?? 1));
  const secretNumbers = new Set<number>();
  for (const { row, number, entry } of set.values()) {
    if (number === undefined || row === host) continue;
    const isSecret = secret.rows.includes(row);
    if (!hostNumbers.has(number)) {
      findings.error(
        "unpaired",
        optionPlace(section, entry),
        `${entry.name} is set without host_${number}`,
        `Add host_${number} or remove ${entry.name}`,
      );
    } else if (isSecret) {
      findings.warning(
        "secret-per-host",
        optionPlace(section, entry),
        `${entry.name} counts for host_${number}; the old proxy ignored it and used secret for every host`,
      );
    }
    if (isSecret) secretNumbers.add(number);
  }
  const common = secret.rows.some((row) => isSet(settings, row));
  if (common || secretNumbers.size === 0) return;
  for (const { number, entry } of hosts) {
    if (secretNumbers.has(number ?? 1)) continue;
    findings.error(
      "unpaired",
      optionPlace(section, entry),
      `${entry.name} has no secret`,
      `Add secret_${number ?? 1}, or secret for all hosts`,
    );
  }
}
