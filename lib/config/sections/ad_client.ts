/**
 * The options of the primary-authentication clients.
 *
 * @module
 */

import type { OptionRow } from "../options.ts";
import {
  anyInteger,
  boolean,
  certificates,
  debugRow,
  inheritedRows,
  port,
  row,
  seconds,
  secretRows,
  text,
} from "../rows.ts";

/** Rows of `[ad_client]`. */
export const adClientRows: readonly OptionRow[] = [
  row("host", { kind: "host" }, "Directory server. host_1, host_2, ... are asked in this order when it fails.", {
    required: true,
    numbered: "also",
  }),
  row("port", port, "Port of the directory servers. Without it, 389, or 636 with transport=ldaps."),
  row("service_account_username", text, "Account that looks users up. Required."),
  ...secretRows("service_account_password", { kind: "secret" }, "Password of that account. Required."),
  row("search_dn", text, "Where users are searched, with everything below it.", { required: true }),
  row("security_group_dn", text, "Group that users must be direct members of, or have as primary group."),
  row("ldap_filter", text, "LDAP filter that users must match as well."),
  row("timeout", seconds(1), "Time for one server: connecting, binding and searching together.", { default: "10" }),
  row("transport", { kind: "choice", values: ["clear", "ldaps", "starttls"] }, "How the connection is protected.", {
    default: "clear",
  }),
  row(
    "ssl_ca_certs_file",
    certificates,
    "PEM file with the authorities that the servers' certificates come from. Required with TLS while ssl_verify_hostname is true. Relative to the configuration file.",
  ),
  row(
    "ssl_verify_hostname",
    boolean,
    "Whether the certificate must carry the name in host, which then can't be an address.",
    {
      default: "true",
    },
  ),
  row(
    "ssl_verify_depth",
    { kind: "integer", min: 0, max: anyInteger },
    "Longest chain of certificates that is accepted.",
    {
      default: "9",
    },
  ),
  row(
    "auth_type",
    { kind: "choice", values: ["ntlm2", "ntlm1", "plain", "sspi"] },
    "How the service account and the users bind. OpenLDAP needs plain; sspi exists on Windows only and can't be honoured.",
    { default: "ntlm2" },
  ),
  row("bind_dn", text, "DN of the service account. Required with auth_type=plain, and used only there."),
  row("ntlm_domain", text, "Domain for NTLM."),
  row("ntlm_workstation", text, "Workstation name for NTLM."),
  row("username_attribute", text, "Attribute that holds the login name.", { default: "sAMAccountName" }),
  row("at_attribute", text, "Attribute that is searched when the login name contains @.", {
    default: "userPrincipalName",
  }),
  row("domain_discovery", text, "Accepted; the old proxy dropped it in 5.0.", {
    deprecated: "It has had no effect since version 5.0 of the old proxy: remove the line",
    effect: "none",
  }),
  ...inheritedRows,
];

/** Rows of `[radius_client]`. */
export const radiusClientRows: readonly OptionRow[] = [
  row(
    "host",
    { kind: "host" },
    "Upstream server, a name or an address; host_2, host_3, ... are asked when it doesn't answer.",
    {
      required: true,
      numbered: "also",
    },
  ),
  row("port", port, "Port of the server with the same number.", { default: "1812", numbered: "also" }),
  ...secretRows(
    "secret",
    { kind: "secret" },
    "Shared secret. secret_2 is for host_2 alone; the old proxy used one secret for all hosts.",
    { required: true, numbered: "also" },
  ),
  row(
    "retries",
    { kind: "integer", min: 0, max: anyInteger },
    "How often a request is repeated, going round the hosts.",
    {
      default: "3",
    },
  ),
  row("retry_wait", seconds(1), "Time to wait for each answer.", { default: "2" }),
  row(
    "nas_ip",
    { kind: "address" },
    "NAS-IP-Address that is sent. Without it, the address of this machine that faces outwards.",
  ),
  row("pass_through_attr_names", { kind: "attributes" }, "Attributes of the upstream reply that the gateway gets too."),
  row("pass_through_all", boolean, "Whether the gateway gets all attributes of the upstream reply.", {
    default: "false",
  }),
  row("pw_codec", { kind: "encoding" }, "Encoding of the password towards the server.", { default: "utf-8" }),
  debugRow,
];

/** Rows of `[duo_only_client]`. */
export const duoOnlyClientRows: readonly OptionRow[] = inheritedRows;
