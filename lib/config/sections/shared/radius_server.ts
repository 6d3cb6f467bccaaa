/**
 * What the `radius_server_*` sections have in common: their options, the rules about them, and the part of a server that is
 * the same in every mode.
 *
 * @module
 */

import type { UnmatchedTextSetting } from "../../../login/modes/duo_only.ts";
import type { Mode } from "../../../login/modes/mode.ts";
import type { RadiusServerConfig } from "../../config.ts";
import type { OptionRow } from "../../row.ts";
import { numbered, optional, preset } from "../../rows.ts";
import type { Context, Settings, Socket, SoundSection } from "../../section.ts";
import { settingOf, settingsOf, shown, valueOf, valuePlace } from "../../settings.ts";
import { given, givenList } from "../../sound.ts";
import { attribute } from "../../values/attributes.ts";
import { encoding } from "../../values/encodings.ts";
import { choice, integer, port as portNumber, seconds, sectionName, text } from "../../values/words.ts";
import { apiRows, apiVersion, buildDuo, checkFailmode, duoRows, failmode, signature } from "./duo.ts";
import { buildGateways, checkEqualAddresses, checkPairs, gatewayRows, radiusIp } from "./gateways.ts";
import { debug, generalRows, givenAddress, httpProxyRows, listenAddress, listenInterface } from "./general.ts";
import { warnIneffective } from "./ineffective.ts";
import { checkGap } from "./numbers.ts";
import { checkPassThrough, passThroughAll, passThroughNames } from "./pass_through.ts";
import { checkForced, checkUnsignedExempt, forceMessageAuthenticator, limitProxyState } from "./unsigned_requests.ts";

const port = preset("port", portNumber, "1812", "UDP port to listen on.");

const passwordCodec = preset("pw_codec", encoding, "utf-8", "Encoding of the password that users type.");

const clientIpAttribute = preset(
  "client_ip_attr",
  attribute,
  "Calling-Station-Id",
  "Attribute that carries the end user's address; paloalto stands for PaloAlto-Client-Source-IP, default for Calling-Station-Id.",
);

const loginTimeout = preset(
  "login_timeout",
  seconds(5, 300),
  "58",
  "Time for a login from its first datagram; keep it below the gateway's timeout.",
  { since: "duoproxy" },
);

const joinRepeats = preset(
  "join_repeats",
  choice(["strict", "off"]),
  "strict",
  "Whether a gateway's repetition under a new identifier joins the login that is waiting (strict) or is a new login (off).",
  { since: "duoproxy" },
);

const maxPending = preset(
  "max_pending",
  integer(1, 100_000, "logins"),
  "1000",
  "Logins that may wait at one time.",
  { since: "duoproxy" },
);

/** What becomes of text that is no factor, where no password is expected. */
export const unmatchedText = preset(
  "unmatched_text",
  choice<UnmatchedTextSetting>(["browser", "auto", "reject"]),
  "browser",
  "Text that is neither a factor nor a passcode: browser sends an automatic push or call if the gateway says that the login comes from a browser, auto always, reject never. The text itself goes nowhere.",
  { since: "duoproxy" },
);

/** How often a phone may be bothered. */
export const pushLimit = preset(
  "push_limit",
  integer(0, 1_000, "pushes"),
  "3",
  "Pushes and calls of one device that may be pending or have ended unapproved within 5 minutes; 0 = no limit.",
  { since: "duoproxy" },
);

const accounting = preset(
  "accounting",
  choice(["off", "acknowledge"]),
  "off",
  "Whether Accounting-Requests of the gateways are answered, for gateways that fail logins without it. Nothing else is done with them.",
  { since: "duoproxy" },
);

const accountingPort = preset("accounting_port", portNumber, "1813", "UDP port for accounting=acknowledge.", {
  since: "duoproxy",
});

/** Options of every `radius_server_*` section, the eap mode among them. */
export const radiusServerRows: readonly OptionRow[] = [
  ...duoRows,
  failmode,
  port,
  listenInterface,
  ...gatewayRows,
  forceMessageAuthenticator,
  limitProxyState,
  passThroughNames,
  passThroughAll,
  passwordCodec,
  clientIpAttribute,
  ...httpProxyRows,
  apiVersion,
  signature,
  loginTimeout,
  joinRepeats,
  maxPending,
  unmatchedText,
  pushLimit,
  accounting,
  accountingPort,
  ...generalRows,
];

/** The section that checks the password. */
export const client = optional(
  "client",
  sectionName,
  "Section that checks the password. Without it, the one of [main], else the only client of the file.",
);

/** Who needs no second factor. */
const exemptUsername = numbered(
  optional(
    "exempt_username",
    text,
    "User who needs no second factor, in upper and lower case as written. Where nobody checks a password such a user gets in by the name alone.",
    { decisive: true },
  ),
);

/** Options of every mode but eap. */
export const commonRows: readonly OptionRow[] = [...radiusServerRows, client, ...apiRows, exemptUsername];

/** The rules that every mode has. */
export function checkRadiusServer(context: Context, settings: Settings): void {
  checkPairs(context, settings);
  const exempt = settingsOf(settings, exemptUsername);
  checkGap(context, settings, exempt, "the old proxy stopped at the gap; here this user needs no second factor");
  if (valueOf(settings, accounting) !== "acknowledge") {
    warnIneffective(context, settings, [accountingPort], "without accounting=acknowledge");
  }
  checkFailmode(context, settings);
  checkForced(context, settings);
  checkUnsignedExempt(context, settings, exemptUsername);
}

/** What is the same in every section whose field holds a password that some client checks. */
export const passwordServer = {
  kind: "server",
  check: checkPasswordServer,
  checkSecrets: checkEqualAddresses,
  firstFactor: { row: client, client: "any", check: checkClient },
  sockets: radiusSockets,
} as const;

/** The rules about such a section. */
export function checkPasswordServer(context: Context, settings: Settings): void {
  checkRadiusServer(context, settings);
  warnIneffective(context, settings, [unmatchedText], `in ${shown(settings)}, where such text is a password`);
}

function checkClient(context: Context, settings: Settings, client: Settings | undefined): void {
  if (client === undefined) return;
  checkPassThrough(context, settings, client);
  if (client.table.asks === "nobody") checkLooseEncoding(context, settings);
}

/** UTF-8 tells noise from text; under most other encodings what a wrong shared secret leaves of a field is text too. */
export function checkLooseEncoding({ findings }: Context, settings: Settings): void {
  const codec = settingOf(settings, passwordCodec);
  if (codec?.value === undefined || codec.value === "utf-8") return;
  findings.warning(
    "loose-encoding",
    valuePlace(settings.section, codec.entry),
    `With this pw_codec nearly every field is text, and nobody checks a password in ${
      shown(settings)
    }: requests without Message-Authenticator get no automatic push or call`,
    "Use utf-8 if the gateway can, or switch Message-Authenticator on there",
  );
}

/** The sockets of a RADIUS server. */
export function radiusSockets(settings: Settings): readonly Socket[] {
  const logins = valueOf(settings, port);
  const acknowledged = valueOf(settings, accounting) === "acknowledge" ? valueOf(settings, accountingPort) : undefined;
  const place = { protocol: "UDP", interface: listenInterface } as const;
  return [
    ...(logins === undefined ? [] : [{ ...place, port: logins, row: port, gateways: radiusIp }]),
    ...(acknowledged === undefined ? [] : [{ ...place, port: acknowledged, row: accountingPort }]),
  ];
}

/** A server in a few words. */
export function summarizeServer(context: Context, settings: Settings): string {
  const address = listenAddress(context, settings);
  const gateways = settingsOf(settings, radiusIp).length;
  const parts = [
    `UDP port ${valueOf(settings, port) ?? "?"}${address === undefined ? "" : ` on ${address}`}`,
    `${gateways} ${gateways === 1 ? "gateway" : "gateways"}`,
    `failmode ${valueOf(settings, failmode) ?? "?"}`,
  ];
  return parts.join(", ");
}

/** A server in one mode. */
export function buildServer(section: SoundSection, mode: Mode): RadiusServerConfig {
  const { name, line } = section.settings.section;
  return {
    name,
    mode,
    line,
    debug: given(section, debug),
    port: given(section, port),
    interface: givenAddress(section),
    gateways: buildGateways(section),
    primary: { kind: "none" },
    duo: buildDuo(section),
    failmode: given(section, failmode),
    exemptUsernames: new Set(givenList(section, exemptUsername).map(({ value }) => value)),
    passwordEncoding: given(section, passwordCodec),
    clientIpAttribute: given(section, clientIpAttribute),
    loginTimeout: given(section, loginTimeout),
    joinRepeats: given(section, joinRepeats),
    maxPending: given(section, maxPending),
    pushLimit: given(section, pushLimit),
    accountingPort: given(section, accounting) === "acknowledge" ? given(section, accountingPort) : undefined,
    forceMessageAuthenticator: given(section, forceMessageAuthenticator),
    limitProxyState: given(section, limitProxyState),
  };
}
