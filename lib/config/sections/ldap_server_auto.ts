/**
 * The options of the sections that are neither RADIUS servers nor clients.
 *
 * @module
 */

import type { OptionRow } from "../options.ts";
import { apiRows, duoRows, failmodeRow } from "./shared/radius_server.ts";
import {
  boolean,
  factorsRow,
  httpProxyClientRows,
  inheritedRows,
  port,
  row,
  seconds,
  secretRows,
  splittingRows,
  text,
  tlsServerRows,
} from "../rows.ts";

const interfaceRow: OptionRow = row(
  "interface",
  { kind: "interface" },
  "Address to listen on. Without it, that of [main], else all addresses.",
  { inherited: true },
);

/** Rows of `[ldap_server_auto]`. */
export const ldapServerRows: readonly OptionRow[] = [
  ...duoRows,
  ...apiRows,
  failmodeRow,
  row("client", { kind: "section" }, "The ad_client section whose directory is behind this server."),
  interfaceRow,
  row("port", port, "TCP port for clear text and STARTTLS.", { default: "389" }),
  row("ssl_port", port, "TCP port for LDAPS. It opens only if a key and a certificate are given.", { default: "636" }),
  row(
    "ssl_key_path",
    { kind: "file", content: "private-key" },
    "PEM file with the server's key. Allows STARTTLS on port as well. Relative to the configuration file.",
  ),
  row(
    "ssl_cert_path",
    { kind: "file", content: "certificates" },
    "PEM file with the server's certificate and its chain. Relative to the configuration file.",
  ),
  ...tlsServerRows,
  factorsRow,
  ...splittingRows,
  row("allow_concat", boolean, "Whether a factor may follow the password in one field.", { default: "true" }),
  row("exempt_primary_bind", boolean, "Whether the first bind of a connection, the service account's, skips Duo.", {
    default: "true",
  }),
  row("exempt_ou", text, "DN; whoever binds as it or as something below it skips Duo.", { numbered: "always" }),
  row("allow_searches_after_bind", boolean, "Whether a connection stays open after a bind that Duo has approved.", {
    default: "true",
  }),
  row("allow_unlimited_binds", boolean, "Whether one connection may bind several users.", { default: "false" }),
  row("network_timeout", seconds(1), "Time after which a silent peer is given up.", { default: "600" }),
  row("idle_timeout", seconds(1), "Time after which an idle connection is closed.", { default: "3600" }),
  ...httpProxyClientRows,
  ...inheritedRows,
];

/** Rows of `[http_proxy]`. */
export const httpProxyRows: readonly OptionRow[] = [
  row("api_host", { kind: "api-host" }, "The only host that clients may connect to.", { required: true }),
  row("port", port, "TCP port to listen on.", { default: "80" }),
  row(
    "client_ip",
    { kind: "networks" },
    "Addresses of the clients, separated by commas: addresses, CIDR, netmasks, ranges.",
  ),
  interfaceRow,
  ...inheritedRows,
];

/** Rows of `[cloud]`. */
export const cloudRows: readonly OptionRow[] = [
  ...duoRows,
  row("service_account_username", text, "Account that reads the directory."),
  ...secretRows("service_account_password", { kind: "secret" }, "Password of that account."),
  ...httpProxyClientRows,
  ...inheritedRows,
];

/** Rows of `[sso]`. */
export const ssoRows: readonly OptionRow[] = [
  row("rikey", { kind: "integration-key", prefix: "RI" }, "Key that names the agent.", { required: true }),
  row("service_account_username", text, "Account that looks users up."),
  ...secretRows("service_account_password", { kind: "secret" }, "Password of that account."),
  ...httpProxyClientRows,
  ...inheritedRows,
];
