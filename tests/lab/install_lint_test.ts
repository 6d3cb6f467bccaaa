/**
 * The scripts and the unit under shellcheck, other shells and systemd's own checks.
 *
 * @module
 */

import { command, installScript } from "./support/installation.ts";
import { has, run } from "./support/isolated_root.ts";
import { layoutOf } from "../../lib/install/layout.ts";
import { defaultLogSettings } from "../../lib/install/log_settings.ts";
import type { InstallOptions } from "../../lib/install/options.ts";
import { controlScript } from "../../lib/install/control.ts";
import { oldCommandScript } from "../../lib/install/old_commands.ts";
import { planScript } from "../../lib/install/script.ts";
import { uninstallPlan } from "../../lib/install/uninstall_plan.ts";
import { serviceUnit } from "../../lib/install/unit.ts";
import { assert, assertEquals, assertStringIncludes } from "../kit/assert.ts";

/** Directories that each language of the scripts has to quote. */
const directories = [
  "/opt/duoauthproxy",
  "/srv/duo auth; (new) & #1",
  "/srv/über größe",
  "/home/duo/proxy",
  "/tmp/x/y",
];

function options(installDir: string, portCapability = false): InstallOptions {
  return {
    installDir,
    serviceUser: "duo_authproxy_svc",
    logGroup: "duo_authproxy_grp",
    createInitScript: true,
    enableSelinux: "auto",
    portCapability,
    binary: '/root/it\'s "the" $(program)',
  };
}

async function toolTest(tool: string, name: string, test: () => Promise<void>): Promise<void> {
  const there = await has(tool);
  Deno.test({ name: there ? name : `${name} (skipped: ${tool} is missing)`, ignore: !there, fn: test });
}

async function scripts(): Promise<readonly (readonly [string, string])[]> {
  const receipt = ["file", "link", "saved", "config", "key", "log", "user", "group", "directory", "enabled", "selinux"]
    .map((kind) => ({ kind, item: `/srv/it's "${kind}" $(x)`, value: "systemd" }))
    .concat({ kind: "attributes", item: "/srv/it's", value: "root:root 644" });
  const all: [string, string][] = [[
    "failing",
    (await command("install", { script: true, "install-dir": "/" })).stdout,
  ]];
  for (const dir of directories) {
    const one = options(dir);
    all.push([`install in ${dir}`, await installScript({ "install-dir": dir, "enable-selinux": "yes" })]);
    all.push([`uninstall in ${dir}`, planScript(uninstallPlan({ installDir: dir, purge: true }, receipt))]);
    const log = defaultLogSettings(dir);
    all.push([`authproxyctl in ${dir}`, controlScript(one, layoutOf(dir, log), log)]);
    all.push([`the old commands in ${dir}`, oldCommandScript(layoutOf(dir, log))]);
  }
  return all;
}

await toolTest("shellcheck", "every script is clean for shellcheck", async () => {
  for (const [name, script] of await scripts()) {
    const { code, stdout } = await run("shellcheck", ["--shell=sh", "-"], script);
    assertEquals(code, 0, `${name}:\n${stdout}`);
  }
});

for (const shell of ["dash", "busybox sh", "bash --posix"]) {
  await toolTest(shell.split(" ")[0] ?? "", `every script can be parsed by ${shell}`, async () => {
    for (const [name, script] of await scripts()) {
      const [program = "", ...args] = shell.split(" ");
      const { code, stderr } = await run(program, [...args, "-n"], script);
      assertEquals([code, stderr], [0, ""], name);
    }
  });
}

await toolTest(
  "systemd-analyze",
  "systemd finds nothing wrong with the unit, and an exposure of at most 1.5",
  async () => {
    const directory = await Deno.makeTempDir();
    try {
      for (const installDir of directories) {
        for (const capability of [false, true]) {
          const log = defaultLogSettings(installDir);
          const one = options(installDir, capability);
          // `verify` looks whether the program is there, which needs another place than the unit's.
          const here = `${directory}${installDir}`;
          await Deno.mkdir(`${here}/bin`, { recursive: true });
          await Deno.writeTextFile(`${here}/bin/duoproxy`, "#!/bin/sh\n", { mode: 0o755 });
          const unit = `${directory}/duoauthproxy.service`;
          await Deno.writeTextFile(unit, serviceUnit({ ...one, installDir: here }, layoutOf(here, log), log));
          const verified = await run("systemd-analyze", ["verify", "--man=no", unit]);
          const ours = verified.stderr.split("\n").filter((line) => line.includes("duoauthproxy"));
          assertEquals(ours, [], verified.stderr);
          await Deno.writeTextFile(unit, serviceUnit(one, layoutOf(installDir, log), log));
          const scored = await run("systemd-analyze", [
            "security",
            "--offline=true",
            "--threshold=15",
            "--no-pager",
            unit,
          ]);
          assertEquals(scored.code, 0, scored.stdout);
        }
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

await toolTest("systemd-analyze", "the unit explains every directive that the analysis misses", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const unit = `${directory}/duoauthproxy.service`;
    const log = defaultLogSettings("/opt/duoauthproxy");
    const text = serviceUnit(options("/opt/duoauthproxy"), layoutOf("/opt/duoauthproxy", log), log);
    await Deno.writeTextFile(unit, text);
    const { stdout } = await run("systemd-analyze", ["security", "--offline=true", "--no-pager", unit]);
    const missed = stdout.split("\n").filter((line) => line.startsWith("✗")).map((line) => line.split(/\s+/)[1] ?? "");
    assert(missed.length > 0, stdout);
    for (const name of missed) {
      if (name.startsWith("RestrictAddressFamilies")) assertStringIncludes(text, "AF_UNIX is needed");
      else if (name === "DeviceAllow=") assertStringIncludes(text, "the clock's device");
      else if (name.startsWith("User=")) assertStringIncludes(text, "# DynamicUser=");
      else assertStringIncludes(text, `# ${name.split("/")[0]}`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
