/**
 * `[ad_client]`: checks the password against a directory.
 *
 * @module
 */

import { parseAddress } from "../../net/network.ts";
import type { OptionRow } from "../row.ts";
import { numbered, optional, preset, required } from "../rows.ts";
import type { Context, SectionTable, Settings } from "../section.ts";
import { headerPlace, optionPlace, settingOf, settingsOf, shown, valueOf, valuePlace } from "../settings.ts";
import { host as hostName } from "../values/addresses.ts";
import { boolean, choice, file, integer, port, seconds, text } from "../values/words.ts";
import { accountName, accountSecret } from "./shared/account.ts";
import { generalRows } from "./shared/general.ts";
import { warnIneffective } from "./shared/ineffective.ts";

const host = numbered(
  required("host", hostName, "Directory server. host_1, host_2, ... are asked in this order when it fails."),
  "also",
);
const username = accountName("Account that looks users up. Required.");
const password = accountSecret("Password of that account. Required.");
const transport = preset(
  "transport",
  choice(["clear", "ldaps", "starttls"]),
  "clear",
  "How the connection is protected.",
);
const caCertsFile = optional(
  "ssl_ca_certs_file",
  file("certificates"),
  "PEM file with the authorities that the servers' certificates come from. Required with TLS while ssl_verify_hostname is true. Relative to the configuration file.",
);
const verifyHostname = preset(
  "ssl_verify_hostname",
  boolean,
  "true",
  "Whether the certificate must carry the name in host, which then can't be an address.",
);
const verifyDepth = preset("ssl_verify_depth", integer(0), "9", "Longest chain of certificates that is accepted.");
const authType = preset(
  "auth_type",
  choice(["ntlm2", "ntlm1", "plain", "sspi"]),
  "ntlm2",
  "How the service account and the users bind. OpenLDAP needs plain; sspi exists on Windows only and can't be honoured.",
);
const bindDn = optional(
  "bind_dn",
  text,
  "DN of the service account. Required with auth_type=plain, and used only there.",
);
const ntlmDomain = optional("ntlm_domain", text, "Domain for NTLM.");
const ntlmWorkstation = optional("ntlm_workstation", text, "Workstation name for NTLM.");

/** `[ad_client]`. */
export const adClient: SectionTable = {
  type: "ad_client",
  kind: "client",
  fate: "not-served",
  reason: "directories can't be asked yet",
  doc: "Checks the password against Active Directory or OpenLDAP.",
  asks: "directory",
  rows: [
    host,
    optional("port", port, "Port of the directory servers. Without it, 389, or 636 with transport=ldaps."),
    username,
    ...password.rows,
    required("search_dn", text, "Where users are searched, with everything below it."),
    optional("security_group_dn", text, "Group that users must be direct members of, or have as primary group."),
    optional("ldap_filter", text, "LDAP filter that users must match as well."),
    preset("timeout", seconds(1), "10", "Time for one server: connecting, binding and searching together."),
    transport,
    caCertsFile,
    verifyHostname,
    verifyDepth,
    authType,
    bindDn,
    ntlmDomain,
    ntlmWorkstation,
    preset("username_attribute", text, "sAMAccountName", "Attribute that holds the login name."),
    preset(
      "at_attribute",
      text,
      "userPrincipalName",
      "Attribute that is searched when the login name contains @.",
    ),
    optional("domain_discovery", text, "Accepted; the old proxy dropped it in 5.0.", {
      deprecated: "It has had no effect since version 5.0 of the old proxy: remove the line",
      effect: "none",
    }),
    ...generalRows,
  ],
  check,
};

function check(context: Context, settings: Settings): void {
  checkBinding(context, settings);
  checkTransport(context, settings);
}

/** How the service account binds, and what it needs for that. */
function checkBinding(context: Context, settings: Settings): void {
  const setting = settingOf(settings, authType);
  const type = valueOf(settings, authType);
  if (type === "sspi") {
    if (setting !== undefined) {
      context.findings.error(
        "unsupported-value",
        valuePlace(settings.section, setting.entry),
        "auth_type=sspi can't be honoured, for Windows' own sign-on isn't available here",
        "Use ntlm2, or plain with transport=ldaps or starttls",
      );
    }
  } else {
    requireOne(context, settings, [username], "unless auth_type is sspi");
    requireOne(context, settings, password.rows, "unless auth_type is sspi");
  }
  if (type === "plain") {
    requireOne(context, settings, [bindDn], "with auth_type=plain");
  } else {
    warnIneffective(context, settings, [bindDn], "unless auth_type is plain");
  }
  if (type === "plain" || type === "sspi") {
    warnIneffective(context, settings, [ntlmDomain, ntlmWorkstation], `with auth_type=${type}`);
  }
}

/** What protects the connection. */
function checkTransport(context: Context, settings: Settings): void {
  const { findings } = context;
  const { section } = settings;
  const way = valueOf(settings, transport);
  if (way === "clear") {
    warnIneffective(context, settings, [caCertsFile, verifyHostname, verifyDepth], "with transport=clear");
    const entry = settingOf(settings, transport)?.entry;
    findings.warning(
      "clear-text-ldap",
      entry === undefined ? headerPlace(section, transport.name) : valuePlace(section, entry),
      "The directory is asked without TLS, so names and passwords may be read on the way",
      "Set transport=ldaps or transport=starttls",
    );
  } else if (way !== undefined && valueOf(settings, verifyHostname)) {
    requireOne(context, settings, [caCertsFile], `with transport=${way} while ssl_verify_hostname is true`);
    for (const { value, entry } of settingsOf(settings, host)) {
      if (value === undefined || parseAddress(value) === undefined) continue;
      findings.error(
        "conflicting-options",
        valuePlace(section, entry),
        `${entry.name} is an address, but a certificate's name is compared with it`,
        "Give the server's name, or set ssl_verify_hostname=false",
      );
    }
  }
}

/** One of several ways to give an option that is required under a condition. */
function requireOne(
  { findings }: Context,
  settings: Settings,
  ways: readonly OptionRow[],
  condition: string,
): void {
  const { section, set, empty } = settings;
  const [first] = ways;
  if (first === undefined || ways.some(({ name }) => set.has(name))) return;
  const blank = ways.map(({ name }) => empty.get(name)).find((entry) => entry !== undefined);
  const place = blank === undefined ? headerPlace(section, first.name) : optionPlace(section, blank);
  findings.error("missing", place, `${shown(settings)} needs ${first.name} ${condition}`);
}
