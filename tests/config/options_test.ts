/**
 * The tables against what operators' files may hold.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  findRow,
  matchOption,
  sectionTables,
  splitNumber,
  tableFor,
  typesWithOption,
} from "../../lib/config/options.ts";
import type { SectionTable } from "../../lib/config/section.ts";
import { defaultOf } from "../../lib/config/settings.ts";

const duo = "ikey skey skey_protected api_host";
const api = "api_port api_timeout";
const proxy = "http_proxy_host http_proxy_port";
const general = "debug http_ca_certs_file";
const radius = `${duo} client failmode port interface radius_ip_1 radius_secret_1 radius_secret_protected_1 ` +
  `pass_through_attr_names pass_through_all pw_codec client_ip_attr ${proxy} ${general} force_message_authenticator`;
const common = `${radius} ${api} exempt_username_1`;
const account = "service_account_username service_account_password service_account_password_protected";

/** Every option of the old proxy, by section type, as its operators write it. */
const oldOptions: Readonly<Record<string, string>> = {
  main: "debug log_dir log_auth_events log_sso_events log_max_files log_max_size log_file log_stdout log_syslog " +
    `syslog_facility http_ca_certs_file interface ${proxy} test_connectivity_on_startup fips_mode client server`,
  ad_client: `host host_1 host_2 port ${account} search_dn security_group_dn ldap_filter timeout transport ` +
    "ssl_ca_certs_file ssl_verify_hostname ssl_verify_depth auth_type bind_dn ntlm_domain ntlm_workstation " +
    `username_attribute at_attribute domain_discovery ${general}`,
  radius_client: "host host_1 host_2 port port_1 port_2 secret secret_protected retries retry_wait nas_ip " +
    "pass_through_attr_names pass_through_all pw_codec debug",
  duo_only_client: general,
  radius_server_auto: `${common} factors delimiter delimited_password_length allow_concat concat_mode`,
  radius_server_challenge: `${common} prompt_format enroll_challenge`,
  radius_server_concat: `${common} delimiter delimeter delimited_password_length`,
  radius_server_duo_only: common,
  radius_server_iframe: `${common} type iframe_script_uri script_inject`,
  radius_server_eap:
    `${radius} api_timeout certs pkey factors delimiter delimited_password_length allow_concat prompt ` +
    "minimum_tls_version cipher_list",
  ldap_server_auto: `${duo} ${api} failmode ${proxy} client interface port ssl_port ssl_key_path ssl_cert_path ` +
    "minimum_tls_version cipher_list factors delimiter delimited_password_length allow_concat exempt_primary_bind " +
    `exempt_ou_1 allow_searches_after_bind allow_unlimited_binds network_timeout idle_timeout ${general}`,
  http_proxy: `api_host port client_ip interface ${general}`,
  cloud: `${duo} ${account} ${proxy} ${general}`,
  sso: `rikey ${account} ${proxy} ${general}`,
};

/** Defaults of the old proxy, and where ours differ, ours. */
const defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  main: {
    debug: false,
    log_dir: "log",
    log_auth_events: true,
    log_max_files: 6,
    log_max_size: 10_485_760,
    log_stdout: false,
    log_syslog: false,
    syslog_facility: "LOG_USER",
    http_proxy_port: 80,
    fips_mode: false,
    drain_timeout: 10,
    status_port: undefined,
    status_interface: "127.0.0.1",
    unknown_options: "error",
  },
  ad_client: {
    timeout: 10,
    transport: "clear",
    ssl_verify_hostname: true,
    auth_type: "ntlm2",
    username_attribute: "sAMAccountName",
    at_attribute: "userPrincipalName",
  },
  radius_client: { port: 1812, retries: 3, retry_wait: 2, pass_through_all: false, pw_codec: "utf-8" },
  radius_server_auto: {
    api_port: 443,
    api_timeout: 0,
    failmode: "safe",
    port: 1812,
    pw_codec: "utf-8",
    client_ip_attr: "Calling-Station-Id",
    factors: ["auto"],
    delimiter: ",",
    delimited_password_length: 0,
    allow_concat: true,
    api_version: "auto",
    signature: "hmac-sha1",
    login_timeout: 58,
    join_repeats: "strict",
    max_pending: 1000,
    unmatched_text: "browser",
    push_limit: 3,
    accounting: "off",
    accounting_port: 1813,
    force_message_authenticator: false,
    radius_require_message_authenticator: "auto",
    limit_proxy_state: "auto",
  },
  radius_server_challenge: { prompt_format: "console", enroll_challenge: true },
  radius_server_eap: { allow_concat: false, minimum_tls_version: "tls1.2", prompt: "Enter your password: " },
  ldap_server_auto: {
    port: 389,
    ssl_port: 636,
    exempt_primary_bind: true,
    allow_searches_after_bind: true,
    allow_unlimited_binds: false,
    network_timeout: 600,
    idle_timeout: 3600,
    failmode: "safe",
  },
  http_proxy: { port: 80 },
};

function table(type: string): SectionTable {
  const found = tableFor(type);
  assert(found !== undefined, type);
  return found;
}

Deno.test("the tables know every section and option of the old proxy", () => {
  for (const [type, names] of Object.entries(oldOptions)) {
    for (const name of names.split(" ")) {
      const match = matchOption(table(type), name);
      assert(match !== undefined && match !== "number-missing", `${type}.${name}`);
    }
  }
});

Deno.test("an option that is neither old nor said to be ours is in no table", () => {
  for (const { type, rows } of sectionTables) {
    const old = new Set((oldOptions[type] ?? "").split(" ").map((name) => splitNumber(name)?.base ?? name));
    for (const row of rows) assertEquals(row.since === "duoproxy", !old.has(row.name), `${type}.${row.name}`);
  }
});

Deno.test("eap has neither api_port nor exempt_username", () => {
  assertEquals(matchOption(table("radius_server_eap"), "api_port"), undefined);
  assertEquals(matchOption(table("radius_server_eap"), "exempt_username_1"), undefined);
});

/** An attribute as its name, everything else as it is. */
function nameOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "name" in value ? value.name : value;
}

Deno.test("defaults are those that operators know", () => {
  for (const [type, expected] of Object.entries(defaults)) {
    for (const [name, value] of Object.entries(expected)) {
      const row = findRow(table(type), name);
      assert(row !== undefined, `${type}.${name}`);
      assertEquals(nameOf(defaultOf(row)), value, `${type}.${name}`);
    }
  }
});

Deno.test("every row is well-formed", () => {
  for (const { type, rows, doc } of sectionTables) {
    assert(/^[A-Z].*\.$/.test(doc), type);
    assertEquals(new Set(rows.map((row) => row.name)).size, rows.length, `${type} has a row twice`);
    for (const row of rows) {
      const where = `${type}.${row.name}`;
      assert(/^[a-z][a-z0-9_]*$/.test(row.name), where);
      assert(/^\S.*\.$/.test(row.doc), `${where}: the doc must be whole sentences`);
      // Throws if a default isn't a value of its own option.
      defaultOf(row);
      assert(row.default === undefined || !row.required, `${where} is required and has a default`);
      const base = row.variantOf;
      assert(base === undefined || rows.some((one) => one.name === base), `${where} is a variant of nothing`);
    }
  }
});

Deno.test("every secret can come from a file or protected, and is never shown", () => {
  for (const { type, rows } of sectionTables) {
    for (const row of rows) {
      const secret = row.type.kind === "secret" || row.type.kind === "secret-key" || row.type.kind === "protected";
      assertEquals(row.secret, secret, `${type}.${row.name}`);
      if (row.type.kind === "protected" || !secret) continue;
      const variants = rows.filter((one) => one.variantOf === row.name);
      assertEquals(variants.map((one) => one.name), [`${row.name}_protected`, `${row.name}_file`]);
      assert(variants.every((one) => one.numbered === row.numbered));
    }
  }
});

Deno.test("each section type has a file of its own name, and each file is in the list", async () => {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(new URL("../../lib/config/sections/", import.meta.url))) {
    if (isFile) names.push(name.replace(/\.ts$/, ""));
  }
  assertEquals(sectionTables.map(({ type }) => type).sort(), names.sort());
});

Deno.test("each server that is not left out says who checks the first factor, and each client whom it asks", () => {
  for (const { type, kind, fate, firstFactor, asks } of sectionTables) {
    assertEquals(firstFactor !== undefined, kind === "server" && fate !== "ignored", type);
    assertEquals(asks !== undefined, kind === "client", type);
  }
});

Deno.test("tableFor() drops a number at the end of the name", () => {
  assertEquals(tableFor("radius_server_auto17")?.type, "radius_server_auto");
  assertEquals(tableFor("radius_server_auto_2"), undefined);
  assertEquals(tableFor("main2"), undefined);
  assertEquals(tableFor("17"), undefined);
  assertEquals(tableFor(""), undefined);
});

Deno.test("matchOption() reads numbers with gaps and leading zeros, and insists on them", () => {
  const auto = table("radius_server_auto");
  const match = matchOption(auto, "radius_ip_007");
  assert(match !== undefined && match !== "number-missing");
  assertEquals([match.row.name, match.number, match.key], ["radius_ip", 7, "radius_ip_7"]);
  assertEquals(matchOption(auto, "radius_ip"), "number-missing");
  for (const name of ["radius_ip_", "radius_ip_x", "radius_ip_1234567890", "failmode_1", "_1", ""]) {
    assertEquals(matchOption(auto, name), undefined, name);
  }
});

Deno.test("typesWithOption() names the sections an option belongs to", () => {
  assertEquals(typesWithOption("search_dn"), ["ad_client"]);
  assertEquals(typesWithOption("exempt_ou_3"), ["ldap_server_auto"]);
  assertEquals(typesWithOption("frobnicate"), []);
});
