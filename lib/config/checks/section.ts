/**
 * Rules between the options of one section.
 *
 * @module
 */

import { parseAddress } from "../../net/network.ts";
import { isPlaceholder } from "../placeholders.ts";
import {
  booleanOf,
  defaultOf,
  headerPlace,
  listOf,
  numbered,
  numberOf,
  optionPlace,
  type Setting,
  type Settings,
  textOf,
  valuePlace,
} from "../read_settings.ts";
import { type Context, effectiveSetting, shown } from "./context.ts";

/** Checks what one section says about itself. */
export function checkSection(context: Context, settings: Settings): void {
  checkVariants(context, settings);
  checkOutboundProxy(context, settings);
  checkInstallOnly(context, settings);
  checkPlaceholders(context, settings);
  const { type } = settings.table;
  if (type === "main") checkMain(context, settings);
  if (type === "ad_client") checkDirectoryClient(context, settings);
  if (type === "radius_client") checkRadiusClient(context, settings);
  if (type === "ldap_server_auto") checkLdapServer(context, settings);
  if (type.startsWith("radius_server_")) checkRadiusServer(context, settings);
  if (settings.table.kind === "server") checkFailmode(context, settings);
}

/** Options that are several ways to give one thing: at most one of them. */
function checkVariants({ findings }: Context, { section, set }: Settings): void {
  const given = new Map<string, Setting>();
  for (const setting of set.values()) {
    const base = setting.row.variantOf ?? setting.row.name;
    const key = setting.number === undefined ? base : `${base}_${setting.number}`;
    const other = given.get(key);
    if (other !== undefined) {
      findings.error(
        "conflicting-options",
        optionPlace(section, setting.entry),
        `${setting.entry.name} and ${other.entry.name} (line ${other.entry.line}) exclude each other`,
        "Keep one of the two",
      );
    }
    given.set(key, setting);
  }
}

function checkOutboundProxy(context: Context, settings: Settings): void {
  const port = settings.set.get("http_proxy_port");
  if (port === undefined || effectiveSetting(context, settings, "http_proxy_host") !== undefined) return;
  context.findings.error(
    "unpaired",
    optionPlace(settings.section, port.entry),
    "http_proxy_port is set without http_proxy_host",
    "Add http_proxy_host or remove the port",
  );
}

/** Options that only the installer reads, where they differ from what it does anyway. */
function checkInstallOnly({ findings }: Context, settings: Settings): void {
  for (const { row, entry, value } of settings.set.values()) {
    if (row.effect !== "install" || value === undefined || value === defaultOf(row)) continue;
    const place = optionPlace(settings.section, entry);
    if (row.name === "syslog_facility" && booleanOf(settings, "log_syslog") === false) {
      findings.warning("ineffective", place, "syslog_facility has no effect, for log_syslog is not true");
    } else {
      findings.warning(
        "next-install",
        place,
        `${row.name} takes effect at the next install, which shapes the service unit and the log rotation`,
        "Run `duoproxy install` with this file",
      );
    }
  }
}

/** Keys and hosts of the documents. Secrets are looked at where they are opened, wherever they come from. */
function checkPlaceholders({ findings }: Context, { section, set }: Settings): void {
  for (const { row, entry, value } of set.values()) {
    if (row.secret || typeof value !== "string" || !isPlaceholder(row.type, value)) continue;
    findings.error(
      "placeholder",
      valuePlace(section, entry),
      `${entry.name} is the value that the documentation shows in place of yours`,
      "Copy that of your application from the Duo Admin Panel",
    );
  }
}

function checkMain({ findings, sections }: Context, settings: Settings): void {
  const { section, set } = settings;
  const fips = set.get("fips_mode");
  if (fips !== undefined && fips.value === true) {
    findings.error(
      "fips-mode",
      valuePlace(section, fips.entry),
      "FIPS mode can't be offered: RADIUS needs MD5, and the cryptography here isn't validated",
      "Remove fips_mode or set it to false",
    );
    for (const other of sections) {
      const version = other.set.get("minimum_tls_version");
      if (version === undefined) continue;
      findings.warning(
        "ineffective",
        optionPlace(other.section, version.entry),
        "minimum_tls_version is ignored with fips_mode=true",
      );
    }
  }
  const statusInterface = set.get("status_interface");
  if (statusInterface !== undefined && !set.has("status_port")) {
    findings.warning(
      "ineffective",
      optionPlace(section, statusInterface.entry),
      "status_interface has no effect without status_port",
    );
  }
  const outbound = set.get("http_proxy_host");
  const own = sections.find((one) => one.table.type === "http_proxy");
  if (outbound !== undefined && own !== undefined) {
    findings.error(
      "conflicting-options",
      optionPlace(section, outbound.entry),
      `http_proxy_host and the section ${shown(own)} exclude each other`,
      "A proxy that reaches Duo through another one can't be one itself: remove one of the two",
    );
  }
}

function checkDirectoryClient({ findings }: Context, settings: Settings): void {
  const { section, set } = settings;
  const authType = textOf(settings, "auth_type");
  const transport = textOf(settings, "transport");
  if (authType === "sspi") {
    const entry = set.get("auth_type")?.entry;
    if (entry !== undefined) {
      findings.error(
        "unsupported-value",
        valuePlace(section, entry),
        "auth_type=sspi can't be honoured, for Windows' own sign-on isn't available here",
        "Use ntlm2, or plain with transport=ldaps or starttls",
      );
    }
  } else {
    requireOne(settings, ["service_account_username"], "unless auth_type is sspi");
    requireOne(
      settings,
      ["service_account_password", "service_account_password_protected", "service_account_password_file"],
      "unless auth_type is sspi",
    );
  }
  if (authType === "plain") {
    requireOne(settings, ["bind_dn"], "with auth_type=plain");
  } else {
    ineffective(settings, ["bind_dn"], "unless auth_type is plain");
  }
  if (authType === "plain" || authType === "sspi") {
    ineffective(settings, ["ntlm_domain", "ntlm_workstation"], `with auth_type=${authType}`);
  }
  if (transport === "clear") {
    ineffective(settings, ["ssl_ca_certs_file", "ssl_verify_hostname", "ssl_verify_depth"], "with transport=clear");
    const entry = set.get("transport")?.entry;
    findings.warning(
      "clear-text-ldap",
      entry === undefined ? headerPlace(section, "transport") : valuePlace(section, entry),
      "The directory is asked without TLS, so names and passwords may be read on the way",
      "Set transport=ldaps or transport=starttls",
    );
  } else if (transport !== undefined && booleanOf(settings, "ssl_verify_hostname")) {
    requireOne(settings, ["ssl_ca_certs_file"], `with transport=${transport} while ssl_verify_hostname is true`);
    for (const { value, entry } of numbered(settings, "host")) {
      if (typeof value !== "string" || parseAddress(value) === undefined) continue;
      findings.error(
        "conflicting-options",
        valuePlace(section, entry),
        `${entry.name} is an address, but a certificate's name is compared with it`,
        "Give the server's name, or set ssl_verify_hostname=false",
      );
    }
  }

  function requireOne(where: Settings, names: readonly string[], condition: string): void {
    const [first = ""] = names;
    if (names.some((name) => where.set.has(name))) return;
    const blank = names.map((name) => where.empty.get(name)).find((entry) => entry !== undefined);
    const place = blank === undefined ? headerPlace(section, first) : optionPlace(section, blank);
    findings.error("missing", place, `${shown(where)} needs ${first} ${condition}`);
  }

  function ineffective(where: Settings, names: readonly string[], condition: string): void {
    for (const name of names) {
      const entry = where.set.get(name)?.entry;
      if (entry === undefined) continue;
      findings.warning("ineffective", optionPlace(section, entry), `${name} has no effect ${condition}`);
    }
  }
}

function checkRadiusClient(context: Context, settings: Settings): void {
  const { findings } = context;
  const { section, set } = settings;
  const plainHost = set.get("host");
  const firstHost = set.get("host_1");
  if (plainHost !== undefined && firstHost !== undefined) {
    findings.error(
      "conflicting-options",
      optionPlace(section, firstHost.entry),
      `host_1 and host (line ${plainHost.entry.line}) are the same server`,
      "Keep one of the two, and number the second server host_2",
    );
  }
  const hosts = numbered(settings, "host");
  const hostNumbers = new Set(hosts.map((host) => host.number ?? 1));
  const secretNames = ["secret", "secret_protected", "secret_file"];
  const common = secretNames.some((name) => set.has(name));
  const secretNumbers = new Set<number>();
  for (const setting of set.values()) {
    const { row, number, entry } = setting;
    if (number === undefined || row.name === "host") continue;
    if (!hostNumbers.has(number)) {
      findings.error(
        "unpaired",
        optionPlace(section, entry),
        `${entry.name} is set without host_${number}`,
        `Add host_${number} or remove ${entry.name}`,
      );
    } else if (secretNames.includes(row.name)) {
      findings.warning(
        "secret-per-host",
        optionPlace(section, entry),
        `${entry.name} counts for host_${number}; the old proxy ignored it and used secret for every host`,
      );
    }
    if (secretNames.includes(row.name)) secretNumbers.add(number);
  }
  if (!common && secretNumbers.size > 0) {
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
  checkGap(context, settings, hosts, "the old proxy stopped at the gap; here this server is asked too");
}

function checkRadiusServer(context: Context, settings: Settings): void {
  const { findings } = context;
  const { section, set } = settings;
  const secretNames = ["radius_secret", "radius_secret_protected", "radius_secret_file"];
  const addresses = new Set<number>();
  const secrets = new Set<number>();
  for (const { row, number } of set.values()) {
    if (number === undefined) continue;
    if (row.name === "radius_ip") addresses.add(number);
    if (secretNames.includes(row.name)) secrets.add(number);
  }
  // With neither addresses nor secrets the required rows have been reported: saying it of each number adds nothing.
  for (const { row, number, entry } of set.values()) {
    if (number === undefined) continue;
    const place = optionPlace(section, entry);
    if (row.name === "radius_ip" && !secrets.has(number) && secrets.size > 0) {
      findings.error("unpaired", place, `${entry.name} has no radius_secret_${number}`, "Give each gateway its secret");
    }
    const belongs = secretNames.includes(row.name) || row.name === "radius_require_message_authenticator";
    if (belongs && !addresses.has(number) && addresses.size > 0) {
      findings.error(
        "unpaired",
        place,
        `${entry.name} has no radius_ip_${number}`,
        `Add radius_ip_${number} or remove ${entry.name}`,
      );
    }
  }
  const exempt = numbered(settings, "exempt_username");
  checkGap(context, settings, exempt, "the old proxy stopped at the gap; here this user needs no second factor");
  if (!allowsConcat(settings)) {
    for (const name of ["delimiter", "delimited_password_length"]) {
      const entry = set.get(name)?.entry;
      if (entry === undefined) continue;
      findings.warning("ineffective", optionPlace(section, entry), `${name} has no effect with allow_concat=false`);
    }
  }
  checkUnread(context, settings);
  if (settings.table.type === "radius_server_duo_only") {
    for (const name of ["pass_through_attr_names", "pass_through_all"]) {
      const setting = set.get(name);
      if (setting === undefined || setting.value === false) continue;
      findings.warning(
        "ineffective",
        optionPlace(section, setting.entry),
        `${name} has no effect in ${shown(settings)}, for no other server is asked`,
      );
    }
  }
}

/** Options that the mode, or what else is set, leaves without effect. */
function checkUnread({ findings }: Context, settings: Settings): void {
  const { section, set, table } = settings;
  const report = (name: string, why: string): void => {
    const entry = set.get(name)?.entry;
    if (entry !== undefined) {
      findings.warning("ineffective", optionPlace(section, entry), `${name} has no effect ${why}`);
    }
  };
  if (table.type !== "radius_server_duo_only") {
    report("unmatched_text", `in ${shown(settings)}, where such text is a password`);
  }
  if (textOf(settings, "accounting") !== "acknowledge") report("accounting_port", "without accounting=acknowledge");
  // Nobody can name a factor then, and none of those listed rings a phone.
  const listed = listOf(settings, "factors");
  if (listed.length > 0 && listed.every((factor) => factor === "passcode") && !allowsConcat(settings)) {
    report("push_limit", "where passcodes are the only factor");
  }
}

/** Whether a factor may stand behind the password. */
function allowsConcat(settings: Settings): boolean {
  const name = settings.set.has("concat_mode") ? "concat_mode" : "allow_concat";
  return booleanOf(settings, name) !== false;
}

/** Reports the first member of a numbered list behind a gap. */
function checkGap({ findings }: Context, settings: Settings, list: readonly Setting[], consequence: string): void {
  let expected = 1;
  for (const { number, entry } of list) {
    const actual = number ?? 1;
    if (actual > expected) {
      const base = entry.name.slice(0, entry.name.lastIndexOf("_"));
      findings.warning(
        "number-gap",
        optionPlace(settings.section, entry),
        `${entry.name} follows a gap, for ${base}_${expected} is not set: ${consequence}`,
        "Number the list without gaps",
      );
      return;
    }
    expected = actual + 1;
  }
}

function checkLdapServer({ findings }: Context, settings: Settings): void {
  const { section, set } = settings;
  const key = set.get("ssl_key_path");
  const certificate = set.get("ssl_cert_path");
  const lonely = key === undefined ? certificate : certificate === undefined ? key : undefined;
  if (lonely !== undefined) {
    findings.error(
      "unpaired",
      optionPlace(section, lonely.entry),
      "ssl_key_path and ssl_cert_path must be set together",
      `Add ${lonely === key ? "ssl_cert_path" : "ssl_key_path"}`,
    );
  }
  const sslPort = set.get("ssl_port");
  if (sslPort !== undefined && key === undefined && certificate === undefined) {
    findings.warning(
      "ineffective",
      optionPlace(section, sslPort.entry),
      "ssl_port isn't opened without ssl_key_path and ssl_cert_path",
    );
  }
  const port = numberOf(settings, "port");
  if (port !== undefined && port === numberOf(settings, "ssl_port") && key !== undefined) {
    const entry = sslPort?.entry ?? set.get("port")?.entry;
    findings.error(
      "port-collision",
      entry === undefined ? headerPlace(section) : valuePlace(section, entry),
      `port and ssl_port are both ${port}`,
      "Give them different ports",
    );
  }
  const unlimited = set.get("allow_unlimited_binds");
  if (unlimited?.value === true && booleanOf(settings, "exempt_primary_bind")) {
    findings.error(
      "conflicting-options",
      optionPlace(section, unlimited.entry),
      "allow_unlimited_binds=true needs exempt_primary_bind=false",
      "Set exempt_primary_bind=false, or remove allow_unlimited_binds",
    );
  }
}

function checkFailmode({ findings }: Context, { section, set, empty }: Settings): void {
  if (set.has("failmode") || empty.has("failmode")) return;
  findings.warning(
    "failmode-unset",
    headerPlace(section, "failmode"),
    "failmode is not set, so it is safe: users get in without a second factor while Duo can't be reached",
    "Write failmode=safe or failmode=secure, so that it is a decision",
  );
}
