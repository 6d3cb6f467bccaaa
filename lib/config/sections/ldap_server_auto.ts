/**
 * `[ldap_server_auto]`: passes everything on to a directory and adds Duo to binds.
 *
 * @module
 */

import { numbered, optional, preset } from "../rows.ts";
import type { Context, SectionTable, Settings, Socket } from "../section.ts";
import { headerPlace, isSet, optionPlace, settingOf, valueOf, valuePlace } from "../settings.ts";
import { boolean, file, port as portNumber, seconds, sectionName, text } from "../values/words.ts";
import { apiRows, checkFailmode, duoRows, failmode } from "./shared/duo.ts";
import { generalRows, httpProxyRows, listenInterface } from "./shared/general.ts";
import { allowConcatRow, factors, splittingRows } from "./shared/splitting.ts";
import { tlsServerRows } from "./shared/tls_server.ts";

const client = optional("client", sectionName, "The ad_client section whose directory is behind this server.");
const port = preset("port", portNumber, "389", "TCP port for clear text and STARTTLS.");
const sslPort = preset(
  "ssl_port",
  portNumber,
  "636",
  "TCP port for LDAPS. It opens only if a key and a certificate are given.",
);
const sslKeyPath = optional(
  "ssl_key_path",
  file("private-key"),
  "PEM file with the server's key. Allows STARTTLS on port as well. Relative to the configuration file.",
);
const sslCertPath = optional(
  "ssl_cert_path",
  file("certificates"),
  "PEM file with the server's certificate and its chain. Relative to the configuration file.",
);
const exemptPrimaryBind = preset(
  "exempt_primary_bind",
  boolean,
  "true",
  "Whether the first bind of a connection, the service account's, skips Duo.",
);
const allowUnlimitedBinds = preset(
  "allow_unlimited_binds",
  boolean,
  "false",
  "Whether one connection may bind several users.",
);

/** `[ldap_server_auto]`. */
export const ldapServerAuto: SectionTable = {
  type: "ldap_server_auto",
  kind: "server",
  fate: "not-served",
  reason: "the LDAP server isn't built yet",
  doc: "LDAP server that passes everything on to a directory and adds Duo to binds.",
  rows: [
    ...duoRows,
    ...apiRows,
    failmode,
    client,
    listenInterface,
    port,
    sslPort,
    sslKeyPath,
    sslCertPath,
    ...tlsServerRows,
    factors,
    ...splittingRows,
    allowConcatRow("true"),
    exemptPrimaryBind,
    numbered(optional("exempt_ou", text, "DN; whoever binds as it or as something below it skips Duo.")),
    preset(
      "allow_searches_after_bind",
      boolean,
      "true",
      "Whether a connection stays open after a bind that Duo has approved.",
    ),
    allowUnlimitedBinds,
    preset("network_timeout", seconds(1), "600", "Time after which a silent peer is given up."),
    preset("idle_timeout", seconds(1), "3600", "Time after which an idle connection is closed."),
    ...httpProxyRows,
    ...generalRows,
  ],
  check,
  firstFactor: { row: client, client: "directory" },
  sockets,
};

function sockets(settings: Settings): readonly Socket[] {
  const clear = valueOf(settings, port);
  const tls = isSet(settings, sslKeyPath) ? valueOf(settings, sslPort) : undefined;
  const place = { protocol: "TCP", interface: listenInterface } as const;
  return [
    ...(clear === undefined ? [] : [{ ...place, port: clear, row: port }]),
    ...(tls === undefined || tls === clear ? [] : [{ ...place, port: tls, row: sslPort }]),
  ];
}

function check(context: Context, settings: Settings): void {
  checkTls(context, settings);
  checkPorts(context, settings);
  checkBinds(context, settings);
  checkFailmode(context, settings);
}

function checkTls({ findings }: Context, settings: Settings): void {
  const key = settingOf(settings, sslKeyPath);
  const certificate = settingOf(settings, sslCertPath);
  const lonely = key === undefined ? certificate : certificate === undefined ? key : undefined;
  if (lonely !== undefined) {
    findings.error(
      "unpaired",
      optionPlace(settings.section, lonely.entry),
      "ssl_key_path and ssl_cert_path must be set together",
      `Add ${lonely === key ? "ssl_cert_path" : "ssl_key_path"}`,
    );
  }
  const tlsPort = settingOf(settings, sslPort);
  if (tlsPort !== undefined && key === undefined && certificate === undefined) {
    findings.warning(
      "ineffective",
      optionPlace(settings.section, tlsPort.entry),
      "ssl_port isn't opened without ssl_key_path and ssl_cert_path",
    );
  }
}

function checkPorts({ findings }: Context, settings: Settings): void {
  const clear = valueOf(settings, port);
  if (clear === undefined || clear !== valueOf(settings, sslPort) || !isSet(settings, sslKeyPath)) return;
  const entry = (settingOf(settings, sslPort) ?? settingOf(settings, port))?.entry;
  findings.error(
    "port-collision",
    entry === undefined ? headerPlace(settings.section) : valuePlace(settings.section, entry),
    `port and ssl_port are both ${clear}`,
    "Give them different ports",
  );
}

function checkBinds({ findings }: Context, settings: Settings): void {
  const unlimited = settingOf(settings, allowUnlimitedBinds);
  if (unlimited?.value !== true || !valueOf(settings, exemptPrimaryBind)) return;
  findings.error(
    "conflicting-options",
    optionPlace(settings.section, unlimited.entry),
    "allow_unlimited_binds=true needs exempt_primary_bind=false",
    "Set exempt_primary_bind=false, or remove allow_unlimited_binds",
  );
}
