/**
 * The options of the `radius_server_*` sections: those of every mode, and what each mode adds.
 *
 * @module
 */

import type { OptionRow } from "../../options.ts";
import {
  boolean,
  factorsRow,
  httpProxyClientRows,
  inheritedRows,
  port,
  requirement,
  row,
  seconds,
  secretRows,
  splittingRows,
  text,
  tlsServerRows,
} from "../../rows.ts";

/** The Duo application that a section stands for. */
export const duoRows: readonly OptionRow[] = [
  row("ikey", { kind: "integration-key", prefix: "DI" }, "Integration key of the application in the Duo Admin Panel.", {
    required: true,
  }),
  ...secretRows("skey", { kind: "secret-key" }, "Secret key of that application.", { required: true }),
  row("api_host", { kind: "api-host" }, "API host name of that application, such as api-1234abcd.duosecurity.com.", {
    required: true,
  }),
];

/** Port and time limit of Duo's API. */
export const apiRows: readonly OptionRow[] = [
  row("api_port", port, "Port of Duo's API.", { default: "443" }),
  row("api_timeout", seconds(0), "Limit for a question to Duo; 0 = only login_timeout.", { default: "0" }),
];

/** What happens while Duo can't be reached. */
export const failmodeRow: OptionRow = row(
  "failmode",
  { kind: "choice", values: ["safe", "secure"] },
  "While Duo can't be reached: safe lets users in without a second factor, secure keeps them out.",
  { default: "safe", decisive: true },
);

/** Options of every `radius_server_*` section, the eap mode among them. */
const sharedRows: readonly OptionRow[] = [
  ...duoRows,
  failmodeRow,
  row("port", port, "UDP port to listen on.", { default: "1812" }),
  row("interface", { kind: "interface" }, "Address to listen on. Without it, that of [main], else all addresses.", {
    inherited: true,
  }),
  row("radius_ip", { kind: "network" }, "Gateway that may ask: an address, CIDR, address/netmask or a range a-b.", {
    required: true,
    numbered: "always",
  }),
  ...secretRows("radius_secret", { kind: "secret" }, "Secret shared with the gateway of the same number.", {
    required: true,
    numbered: "always",
    decisive: true,
  }),
  row(
    "radius_require_message_authenticator",
    requirement,
    "Whether requests of the gateway of the same number must carry a Message-Authenticator; auto = from the first valid one on.",
    { default: "auto", numbered: "always", since: "duoproxy", decisive: true },
  ),
  row("force_message_authenticator", boolean, "Whether every request must carry a Message-Authenticator.", {
    default: "false",
    decisive: true,
    since: "after 5.0",
  }),
  row(
    "limit_proxy_state",
    requirement,
    "Whether requests with Proxy-State but without Message-Authenticator are dropped; auto = once a gateway has shown that it sends the latter.",
    { default: "auto", since: "duoproxy" },
  ),
  row(
    "pass_through_attr_names",
    { kind: "attributes" },
    "Attributes of the request that the upstream RADIUS server gets too.",
  ),
  row("pass_through_all", boolean, "Whether the upstream RADIUS server gets all attributes of the request.", {
    default: "false",
  }),
  row("pw_codec", { kind: "encoding" }, "Encoding of the password that users type.", { default: "utf-8" }),
  row(
    "client_ip_attr",
    { kind: "attribute" },
    "Attribute that carries the end user's address; paloalto stands for PaloAlto-Client-Source-IP, default for Calling-Station-Id.",
    { default: "Calling-Station-Id" },
  ),
  ...httpProxyClientRows,
  row("api_version", { kind: "choice", values: ["auto", "1", "2"] }, "Version of Duo's API; auto tries 2 first.", {
    default: "auto",
    since: "duoproxy",
  }),
  row("signature", { kind: "choice", values: ["hmac-sha1", "hmac-sha512"] }, "How requests to Duo are signed.", {
    default: "hmac-sha1",
    since: "duoproxy",
  }),
  row(
    "login_timeout",
    seconds(5, 300),
    "Time for a login from its first datagram; keep it below the gateway's timeout.",
    {
      default: "58",
      since: "duoproxy",
    },
  ),
  row(
    "join_repeats",
    { kind: "choice", values: ["strict", "off"] },
    "Whether a gateway's repetition under a new identifier joins the login that is waiting (strict) or is a new login (off).",
    { default: "strict", since: "duoproxy" },
  ),
  row("max_pending", { kind: "integer", min: 1, max: 100_000, unit: "logins" }, "Logins that may wait at one time.", {
    default: "1000",
    since: "duoproxy",
  }),
  row(
    "unmatched_text",
    { kind: "choice", values: ["browser", "auto", "reject"] },
    "Text that is neither a factor nor a passcode: browser sends an automatic push or call if the gateway says that the login comes from a browser, auto always, reject never. The text itself goes nowhere.",
    { default: "browser", since: "duoproxy" },
  ),
  row(
    "push_limit",
    { kind: "integer", min: 0, max: 1_000, unit: "pushes" },
    "Pushes and calls of one device that may be pending or have ended unapproved within 5 minutes; 0 = no limit.",
    { default: "3", since: "duoproxy" },
  ),
  row(
    "accounting",
    { kind: "choice", values: ["off", "acknowledge"] },
    "Whether Accounting-Requests of the gateways are answered, for gateways that fail logins without it. Nothing else is done with them.",
    { default: "off", since: "duoproxy" },
  ),
  row("accounting_port", port, "UDP port for accounting=acknowledge.", { default: "1813", since: "duoproxy" }),
  ...inheritedRows,
];

const clientRow: OptionRow = row(
  "client",
  { kind: "section" },
  "Section that checks the password. Without it, the one of [main], else the only client of the file.",
);

const exemptRow: OptionRow = row(
  "exempt_username",
  text,
  "User who needs no second factor, in upper and lower case as written. Where nobody checks a password such a user gets in by the name alone.",
  { numbered: "always", decisive: true },
);

/** Of every mode but eap. */
const commonRows: readonly OptionRow[] = [...sharedRows, clientRow, ...apiRows, exemptRow];

/** Rows of `[radius_server_auto]`. */
export const autoRows: readonly OptionRow[] = [
  ...commonRows,
  factorsRow,
  ...splittingRows,
  row("allow_concat", boolean, "Whether a factor may follow the password in one field.", { default: "true" }),
  row("concat_mode", boolean, "Old name of allow_concat.", {
    variantOf: "allow_concat",
    deprecated: "Write allow_concat instead",
  }),
];

/** Rows of `[radius_server_challenge]`. */
export const challengeRows: readonly OptionRow[] = [
  ...commonRows,
  row("prompt_format", { kind: "choice", values: ["console", "html", "short"] }, "Form of the menu in the challenge.", {
    default: "console",
  }),
  row("enroll_challenge", boolean, "Whether the text for users without a device is a challenge (true) or a reject.", {
    default: "true",
  }),
];

/** Rows of `[radius_server_concat]`. */
export const concatRows: readonly OptionRow[] = [
  ...commonRows,
  ...splittingRows,
  row("delimeter", text, "Misspelt form of delimiter that the old proxy accepted.", {
    variantOf: "delimiter",
    deprecated: "Write delimiter instead",
  }),
];

/** Rows of `[radius_server_duo_only]`. */
export const duoOnlyRows: readonly OptionRow[] = commonRows.map((one) =>
  one.name === "client"
    ? { ...one, doc: "Accepted, as in files of the old proxy: there is no password to check in this mode." }
    : one
);

/** Rows of `[radius_server_iframe]`. */
export const iframeRows: readonly OptionRow[] = [
  ...commonRows,
  row(
    "type",
    {
      kind: "choice",
      values: [
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
      ],
    },
    "Which gateway's page the script was for.",
    { required: true },
  ),
  row("iframe_script_uri", text, "Address of the script, in place of the type's own."),
  row("script_inject", text, "Script to insert, in place of the type's own."),
];

/** Rows of `[radius_server_eap]`. */
export const eapRows: readonly OptionRow[] = [
  ...sharedRows,
  clientRow,
  row("api_timeout", seconds(0), "Limit for a question to Duo; 0 = only login_timeout.", { default: "0" }),
  row("certs", { kind: "file", content: "certificates" }, "PEM file with the server's certificate and its chain.", {
    required: true,
  }),
  row("pkey", { kind: "file", content: "private-key" }, "PEM file with the certificate's key, not encrypted.", {
    required: true,
  }),
  factorsRow,
  ...splittingRows,
  row("allow_concat", boolean, "Whether a factor may follow the password in one field.", { default: "false" }),
  row("prompt", text, "First question in the tunnel. Without it, the old proxy's words.", {
    default: "Enter your password: ",
  }),
  ...tlsServerRows,
];
