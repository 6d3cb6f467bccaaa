/**
 * Whether the service's user can read what root can: who that is, what keeps it out, and the command that helps.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Accounts } from "../../lib/check/accounts.ts";
import type { Outcome } from "../../lib/check/check.ts";
import { canRead } from "../../lib/check/file_rights.ts";
import { systemMachine } from "../../lib/check/machine.ts";
import { runChecks } from "../../lib/check/runner.ts";
import { configurationFiles, serviceFiles } from "../../lib/check/service_files.ts";
import { parseServiceUnit } from "../../lib/check/service_unit.ts";
import { layoutOf } from "../../lib/install/layout.ts";
import { serviceUnit } from "../../lib/install/unit.ts";
import { type FakeEntry, FakeFiles, groups, passwd } from "./fake_files.ts";

const config = "/opt/duoauthproxy/conf/authproxy.cfg";
const unitFile = "/etc/systemd/system/duoauthproxy.service";
const receipt = "duoproxy-receipt\t1\ninstall\tversion\t1.0.0\ninstall\tservice-user\tsvc\n";

/** The unit that `install` writes. */
function unit(more = ""): string {
  const log = {
    directory: "/opt/duoauthproxy/log",
    maxSize: 0,
    maxFiles: 0,
    syslogFacility: undefined,
    toStdout: false,
    drainTimeout: 10,
  };
  const options = {
    installDir: "/opt/duoauthproxy",
    serviceUser: "svc",
    logGroup: "logs",
    createInitScript: true,
    enableSelinux: "auto",
    portCapability: false,
    binary: "/root/duoproxy",
  } as const;
  return serviceUnit(options, layoutOf("/opt/duoauthproxy", log), log) + more;
}

/** A machine with the configuration, readable for svc's group alone, and the unit that serves it. */
function installed(more: Readonly<Record<string, FakeEntry>> = {}): Readonly<Record<string, FakeEntry>> {
  return {
    [unitFile]: { text: unit() },
    "/opt/duoauthproxy/conf": { owner: "0:500", mode: 0o750 },
    "/opt/duoauthproxy/log": { owner: "0:700", mode: 0o2750 },
    [config]: { text: "", owner: "0:500", mode: 0o640 },
    ...more,
  };
}

async function look(
  entries: Readonly<Record<string, FakeEntry>>,
  read: readonly string[] = [],
  serviceUser?: string,
): Promise<readonly Outcome[]> {
  return await runChecks({
    findings: [],
    sections: [],
    servers: [],
    configuration: configurationFiles(config, read, serviceUser),
  }, { machine: { ...systemMachine, files: new FakeFiles(entries) }, checks: [serviceFiles], timeout: 60_000 });
}

/** Status, message and remedy of the one outcome. */
async function told(
  entries: Readonly<Record<string, FakeEntry>>,
  read: readonly string[] = [],
  serviceUser?: string,
): Promise<string> {
  const outcomes = await look(entries, read, serviceUser);
  assertEquals(outcomes.length, 1, JSON.stringify(outcomes));
  const [{ status = "", message = "", remedy = "" } = {}] = outcomes;
  return `${status}: ${message}${remedy === null ? "" : `. ${remedy}`}`;
}

Deno.test("an installation as install leaves it is in order", async () => {
  assertEquals(await told(installed()), "ok: svc, who runs the service, can read the configuration");
  const more = { "/opt/duoauthproxy/conf/skey": { text: "", owner: "500:500", mode: 0o400 } } as const;
  assertEquals(
    await told(installed(more), ["/opt/duoauthproxy/conf/skey", "/etc/passwd"]),
    "ok: svc, who runs the service, can read the configuration and the 2 files that it names",
  );
});

const denials: readonly {
  readonly what: string;
  readonly entries: Readonly<Record<string, FakeEntry>>;
  readonly read?: readonly string[];
  readonly told: string;
}[] = [
  {
    what: "a configuration for root alone",
    entries: { [config]: { text: "", mode: 0o600 } },
    told: `svc, who runs the service, can't read ${config}: it belongs to root:root and has the mode 0600. ` +
      `Run: chgrp svc ${config} && chmod g+r ${config}`,
  },
  {
    what: "a secret's file that belongs to the service's user, who may not read it",
    entries: { "/srv/skey": { text: "", owner: "500:0", mode: 0o044 } },
    read: ["/srv/skey"],
    told: "svc, who runs the service, can't read /srv/skey: it belongs to svc:root and has the mode 0044. " +
      "Run: chmod u+r /srv/skey",
  },
  {
    what: "a file of a supplementary group that may not read it, though others may",
    entries: { "/srv/ca pem": { text: "", owner: "0:600", mode: 0o604 } },
    read: ["/srv/ca pem"],
    told: "svc, who runs the service, can't read /srv/ca pem: it belongs to root:ssl-cert and has the mode 0604. " +
      "Run: chmod g+r '/srv/ca pem'",
  },
  {
    what: "a file of a group of which the service's user is no member",
    entries: { "/srv/ca.pem": { text: "", owner: "0:700", mode: 0o640 } },
    read: ["/srv/ca.pem"],
    told: "svc, who runs the service, can't read /srv/ca.pem: it belongs to root:tls and has the mode 0640. " +
      "An access control list, which can't be seen from here, may let it in all the same. " +
      "Run: usermod -a -G tls svc, and restart the service",
  },
  {
    what: "a directory on the way that only its owner may pass, told once for all files behind it",
    entries: {
      "/srv/alice": { owner: "1000:1000", mode: 0o700 },
      "/srv/alice/deep/a.pem": { text: "" },
      "/srv/alice/b.pem": { text: "" },
    },
    read: ["/srv/alice/deep/a.pem", "/srv/alice/b.pem"],
    told: "svc, who runs the service, can't read /srv/alice/deep/a.pem and /srv/alice/b.pem: " +
      "the directory /srv/alice belongs to alice:alice and has the mode 0700. Run: chmod o+x /srv/alice",
  },
  {
    what: "a directory behind a link",
    entries: {
      "/opt/duoauthproxy/conf/ca.pem": { link: "../../../srv/tls/ca.pem" },
      "/srv/tls": { owner: "0:600", mode: 0o760 },
      "/srv/tls/ca.pem": { text: "" },
    },
    read: ["/opt/duoauthproxy/conf/ca.pem"],
    told: "svc, who runs the service, can't read /opt/duoauthproxy/conf/ca.pem: " +
      "the directory /srv/tls belongs to root:ssl-cert and has the mode 0760. Run: chmod g+x /srv/tls",
  },
];

for (const { what, entries, read, told: wanted } of denials) {
  Deno.test(`keeps the service's user out: ${what}`, async () => {
    assertEquals(await told(installed(entries), read), `failed: ${wanted}`);
  });
}

Deno.test("a supplementary group of /etc/group, and those of the unit, count", async () => {
  const file = { "/srv/ca.pem": { text: "", owner: "0:600", mode: 0o640 } } as const;
  assertMatch(await told(installed(file), ["/srv/ca.pem"]), /^ok:/);
  const other = { "/srv/ca.pem": { text: "", owner: "0:700", mode: 0o640 } } as const;
  const dropIn = { [`${unitFile}.d/groups.conf`]: { text: "[Service]\nSupplementaryGroups=tls\n" } } as const;
  assertMatch(await told(installed(other), ["/srv/ca.pem"]), /^failed:/);
  assertMatch(await told(installed({ ...other, ...dropIn }), ["/srv/ca.pem"]), /^ok:/);
});

Deno.test("the user is that of the option, else of the unit with its drop-ins, else of the receipt", async () => {
  const open = installed({ [config]: { text: "", mode: 0o644 }, "/opt/duoauthproxy/conf": {} });
  assertMatch(await told(open, [], "alice"), /^ok: alice/);
  assertMatch(await told(open), /^ok: svc/);
  const dropIn = { [`${unitFile}.d/user.conf`]: { text: "[Service]\nUser=\nUser=alice\n" } } as const;
  assertMatch(await told({ ...open, ...dropIn }), /^ok: alice/);
  const without = { [config]: open[config] ?? {}, "/opt/duoauthproxy/install.receipt": { text: receipt } };
  assertMatch(await told(without), /^ok: svc/);
});

Deno.test("without an installed service, and for a configuration that it doesn't serve, nothing is said", async () => {
  assertEquals(await look({ [config]: { text: "", mode: 0o600 } }), []);
  for (const served of ["/etc/other.cfg", `${config}.new`, `/srv${config}`]) {
    const other = { [unitFile]: { text: `[Service]\nExecStart=/usr/bin/other --config ${served}\nUser=svc\n` } };
    assertEquals(await look({ [config]: { text: "", mode: 0o600 }, ...other }), []);
  }
});

Deno.test("a user of a directory service is not claimed to be kept out", async () => {
  const text = await told(installed(), [], "CORP\\svc");
  assertMatch(text, /^warning: .* is not in \/etc\/passwd, so whether it can read its files is not known/);
  assertStringIncludes(text, "id 'CORP\\svc'");
});

Deno.test("files that the unit's sandbox hides are told, unless the unit shows them", async () => {
  const file = { "/home/alice/ca.pem": { text: "" } } as const;
  const text = await told(installed(file), ["/home/alice/ca.pem"]);
  assertMatch(text, /^failed: The service does not see \/home\/alice\/ca\.pem: its unit hides \/home from it/);
  const shown = { [unitFile]: { text: unit('\n[Service]\nBindReadOnlyPaths="/home/alice"\n') } };
  assertMatch(await told(installed({ ...file, ...shown }), ["/home/alice/ca.pem"]), /^ok:/);
});

Deno.test("a directory for the logs that isn't there is told, for the service can't start without", async () => {
  const { "/opt/duoauthproxy/log": _, ...entries } = installed();
  assertMatch(await told(entries), /^failed: The directory \/opt\/duoauthproxy\/log, .* does not exist/);
});

Deno.test("what can't be looked at is not judged", async () => {
  assertMatch(await told(installed(), ["/srv/absent"]), /^skipped: \/srv can't be looked at .*run it as root/);
});

Deno.test("links that lead in a circle end", async () => {
  const files = new FakeFiles({ "/a": { link: "/b" }, "/b": { link: "a" } });
  const user = new Accounts(passwd, groups).user("svc");
  assertEquals((user && await canRead(files, user, "/a"))?.kind, "unknown");
});

Deno.test("root is kept out by nothing", async () => {
  const root = new Accounts(passwd, groups).user("root");
  const files = new FakeFiles({ "/a": { mode: 0 }, "/a/b": { text: "", mode: 0 } });
  assertEquals(root && await canRead(files, root, "/a/../a/./b"), { kind: "allowed", real: "/a/b" });
});

Deno.test("a unit's quotes, escapes, continued lines and remarks are read as systemd does", () => {
  const parsed = parseServiceUnit(
    [
      "[Unit]",
      "User=nobody",
      "[Service]",
      "#User=alice",
      "User = svc",
      'ExecStart="/opt/a b/bin/duoproxy" serve \\',
      '    --config "/opt/a b/100%%/$$x.cfg"',
      "StandardOutput=append:/var/log/100%%/out.log",
      "StandardError=journal",
      "ProtectHome=read-only",
      "PrivateTmp=yes",
      'BindReadOnlyPaths="/tmp/a b:/tmp/c\\\\:d" -/tmp/e',
    ].join("\n"),
  );
  assertEquals(parsed.user, "svc");
  assertEquals(parsed.command, ["/opt/a b/bin/duoproxy", "serve", "--config", "/opt/a b/100%/$x.cfg"]);
  assertEquals(parsed.logs, ["/var/log/100%/out.log"]);
  assertEquals([parsed.hidden, parsed.shown], [["/tmp", "/var/tmp"], ["/tmp/c:d", "/tmp/e"]]);
});
