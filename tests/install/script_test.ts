import { defaultLogSettings, type LogSettings } from "../../lib/install/log_settings.ts";
import type { InstallOptions } from "../../lib/install/options.ts";
import { installPlan, type Plan } from "../../lib/install/plan.ts";
import { shellWord, unitWord } from "../../lib/install/quoting.ts";
import { readReceipt } from "../../lib/install/receipt.ts";
import { failingScript, planScript } from "../../lib/install/script.ts";
import { fillTemplate } from "../../lib/install/template.ts";
import { uninstallPlan } from "../../lib/install/uninstall_plan.ts";
import { describePlan } from "../../lib/install/describe.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "../kit/assert.ts";

const options: InstallOptions = {
  installDir: "/srv/duo auth",
  serviceUser: "duo_svc",
  logGroup: "duo_logs",
  createInitScript: true,
  enableSelinux: "auto",
  portCapability: false,
  binary: "/root/it's here",
};

function plan(changes: Partial<InstallOptions> = {}, log: Partial<LogSettings> = {}): Plan {
  const complete = { ...options, ...changes };
  return installPlan(complete, { ...defaultLogSettings(complete.installDir), ...log }, "[main]\nstarter=1\n");
}

/** The text of one of the plan's files. */
function content(one: Plan, name: string): string {
  const text = one.contents[name];
  assert(text !== undefined, `the plan has no ${name}`);
  return text;
}

Deno.test("planScript() is functions only, and its last line calls one", () => {
  const script = planScript(plan());
  const lines = script.trimEnd().split("\n");
  assertEquals(lines[0], "#!/bin/sh");
  assertEquals(lines.at(-1), "duoproxy_main </dev/null");
  assertEquals(lines.filter((line) => line.startsWith("duoproxy_main")).length, 2);
});

Deno.test("planScript() looks at everything before its first change", () => {
  const steps = plan().steps;
  const firstChange = steps.findIndex((step) => step.looks !== true);
  assert(firstChange >= 8);
  assertEquals(steps.slice(firstChange).filter((step) => step.looks === true), []);
});

Deno.test("every step's function is in the script, of install and of uninstall", () => {
  const receipt = readReceipt(
    "duoproxy-receipt\t1\n" +
      [
        "file",
        "link",
        "saved",
        "config",
        "key",
        "log",
        "user",
        "group",
        "directory",
        "enabled",
        "selinux",
        "attributes",
      ]
        .map((kind) => `${kind}\t/x/${kind}\ta:b 644\n`).join(""),
  );
  assert(receipt !== undefined);
  for (const one of [plan(), uninstallPlan({ installDir: "/x", purge: true }, receipt)]) {
    const script = planScript(one);
    for (const step of one.steps) assertStringIncludes(script, `\n${step.call[0]}() {\n`);
    for (const step of one.steps) {
      const argument = step.call[1];
      if (step.call[0] !== "put_file" || typeof argument !== "string") continue;
      assertStringIncludes(script, `\n${argument}() {\n`);
    }
  }
});

Deno.test("planScript() holds a text whatever is in it", () => {
  const text = "END_OF_CONFIGURATION\n'\"$(id)`id`\\\n@VERSION@\n";
  const script = planScript(installPlan(options, defaultLogSettings(options.installDir), text));
  assertStringIncludes(script, `cat <<'END_OF_CONFIGURATION_'\n${text}END_OF_CONFIGURATION_\n}`);
});

Deno.test("failingScript() only says why and ends with the code", () => {
  const script = failingScript("--install-dir it's\n$(id)", 64);
  assertEquals(
    script,
    "#!/bin/sh\nduoproxy_main() {\n  printf '%s\\n' 'duoproxy: --install-dir it'\\''s' >&2\n" +
      "  printf '%s\\n' 'duoproxy: $(id)' >&2\n  exit 64\n}\nduoproxy_main\n",
  );
});

Deno.test("the unit has what the design asks of it", () => {
  const unit = content(plan(), "unit");
  const lines = unit.split("\n");
  for (
    const line of [
      "Type=exec",
      "User=duo_svc",
      'ExecStart="/srv/duo auth/bin/duoproxy" serve --config "/srv/duo auth/conf/authproxy.cfg"',
      "LimitNOFILE=65536",
      "MemoryMax=2G",
      "TasksMax=64",
      "UnsetEnvironment=SSLKEYLOGFILE",
      "UnsetEnvironment=DENO_CERT DENO_TLS_CA_STORE SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS",
      "Restart=on-failure",
      "RestartPreventExitStatus=64 66 77 78",
      "TimeoutStopSec=20",
      "StandardOutput=append:/srv/duo auth/log/authevents.log",
      "StandardError=append:/srv/duo auth/log/authproxy.log",
      "CapabilityBoundingSet=",
      "NoNewPrivileges=yes",
      "SystemCallErrorNumber=EPERM",
      "WantedBy=multi-user.target",
    ]
  ) assert(lines.includes(line), line);
  // The check comes before the signal.
  const reloads = lines.filter((line) => line.startsWith("ExecReload="));
  assertEquals(reloads.length, 2);
  assertMatch(reloads[0] ?? "", / check --config /);
  assertMatch(reloads[1] ?? "", /kill -HUP \$MAINPID/);
  // V8 writes machine code.
  assert(!lines.some((line) => line.startsWith("MemoryDenyWriteExecute=")));
  assert(!/@[A-Z]+@/.test(unit));
});

Deno.test("--port-capability gives one capability and no other", () => {
  const lines = content(plan({ portCapability: true }), "unit").split("\n");
  assert(lines.includes("CapabilityBoundingSet=CAP_NET_BIND_SERVICE"));
  assert(lines.includes("AmbientCapabilities=CAP_NET_BIND_SERVICE"));
  assertStringIncludes(content(plan({ portCapability: true }), "control"), "port_capability=yes");
});

Deno.test("the unit shows an installation in a home or in /tmp to the service", () => {
  assertStringIncludes(content(plan({ installDir: "/home/duo/x" }), "unit"), 'BindReadOnlyPaths="/home/duo/x"');
  assertStringIncludes(content(plan({ installDir: "/home/duo/x" }), "unit"), "ProtectHome=tmpfs");
  assertStringIncludes(content(plan({ installDir: "/tmp/x/y" }), "unit"), 'BindReadOnlyPaths="/tmp/x/y"');
  assert(!content(plan(), "unit").includes("BindReadOnlyPaths"));
});

Deno.test("the stop takes longer than the logins get", () => {
  assertStringIncludes(content(plan({}, { drainTimeout: 120 }), "unit"), "TimeoutStopSec=130");
  assertStringIncludes(content(plan({}, { drainTimeout: 120 }), "control"), "stop_timeout=130");
});

Deno.test("the rotation follows log_max_size and log_max_files, and 0 of either", () => {
  const rotation = content(plan({}, { maxSize: 1000, maxFiles: 3 }), "logrotate");
  assertMatch(rotation, /^ {4}copytruncate$/m);
  assertMatch(rotation, /^ {4}size 1000$/m);
  assertMatch(rotation, /^ {4}rotate 3$/m);
  assertStringIncludes(rotation, '"/srv/duo auth/log/authproxy.log"\n"/srv/duo auth/log/authevents.log"\n{');
  assertMatch(content(plan({}, { maxFiles: 0 }), "logrotate"), /^ {4}rotate 9999$/m);
  const never = content(plan({}, { maxSize: 0 }), "logrotate");
  assertEquals(never.split("\n").filter((line) => line !== "" && !line.startsWith("#")), []);
});

Deno.test("log_syslog sends the operational log to the journal, with its facility", () => {
  const one = plan({}, { syslogFacility: "local3" });
  const unit = content(one, "unit");
  assertMatch(unit, /^StandardError=journal$/m);
  assertMatch(unit, /^SyslogFacility=local3$/m);
  assertMatch(unit, /^StandardOutput=append:/m);
  assert(!content(one, "logrotate").includes('authproxy.log"'));
});

Deno.test("--create-init-script no leaves out unit and start with the machine", () => {
  const one = plan({ createInitScript: false });
  assertEquals(one.contents["unit"], undefined);
  assertEquals(one.steps.filter((step) => /unit|enable/.test(step.call[0])), []);
});

Deno.test("describePlan() tells every step and every note", () => {
  const one = plan({}, { toStdout: true, maxSize: 0 });
  const text = describePlan(one);
  for (const step of one.steps) assertStringIncludes(text, step.what);
  for (const note of one.notes) assertStringIncludes(text, note);
  assertEquals(one.notes.length, 2);
});

Deno.test("uninstallPlan() touches nothing that isn't on the receipt, and keeps data unless it purges", () => {
  const receipt = [
    { kind: "file", item: "/x/bin/duoproxy", value: "abc" },
    { kind: "config", item: "/x/conf/authproxy.cfg", value: "created" },
    { kind: "key", item: "/x/conf/duoproxy.key", value: "created" },
    { kind: "log", item: "/x/log/authproxy.log", value: "created" },
    { kind: "user", item: "duo", value: "created" },
    { kind: "edited", item: "/x/saved/unit", value: "/etc/unit" },
  ];
  const paths = (purge: boolean): readonly string[] =>
    uninstallPlan({ installDir: "/x", purge }, receipt).steps.flatMap((step) =>
      step.call[0] === "require_tools" ? [] : step.call.slice(1).filter((word) => typeof word === "string")
    );
  assertEquals(paths(false), ["/x/bin/duoproxy", "abc"]);
  const purged = paths(true);
  for (const line of receipt.slice(1, 5)) assert(purged.includes(line.item), line.item);
  // The directory was there before, so what was rotated in it may be somebody else's.
  assert(!planScript(uninstallPlan({ installDir: "/x", purge: true }, receipt)).includes("  purge_rotated /x"));
});

Deno.test("readReceipt() refuses what isn't one, or is cut off", () => {
  assertEquals(readReceipt(""), undefined);
  assertEquals(readReceipt("duoproxy-receipt\t2\n"), undefined);
  assertEquals(readReceipt("duoproxy-receipt\t1\nfile\t/x"), undefined);
  assertEquals(readReceipt("duoproxy-receipt\t1\nfile\t/x\n"), undefined);
  assertEquals(readReceipt("duoproxy-receipt\t1\n"), []);
});

Deno.test("fillTemplate() throws on names that template and values don't share", () => {
  assertEquals(fillTemplate("a @B@ @system-service @C@", { B: "@C@", C: "$&" }), "a @C@ @system-service $&");
  assertThrows(() => fillTemplate("@B@", {}), Error, "B has no value");
  assertThrows(() => fillTemplate("", { B: "" }), Error, "no place for B");
});

Deno.test("words are quoted for the shell and for systemd", () => {
  assertEquals(shellWord("/opt/duo-auth_1.cfg"), "/opt/duo-auth_1.cfg");
  assertEquals(shellWord(""), "''");
  assertEquals(shellWord("~/a"), "'~/a'");
  assertEquals(shellWord("a b'c"), "'a b'\\''c'");
  assertEquals(unitWord('a"b\\c$d%e'), '"a\\"b\\\\c$$d%%e"');
});
