/**
 * The commands install and uninstall up to the script that they print.
 *
 * @module
 */

import type { ExitCode, Invocation } from "../../../lib/cli/command.ts";
import { command as install } from "../../../lib/cli/commands/install.ts";
import { command as uninstall } from "../../../lib/cli/commands/uninstall.ts";
import { assert, assertEquals, assertStringIncludes } from "../../kit/assert.ts";
import { FakeTerminal } from "../../kit/fake_terminal.ts";

interface Printed {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(command: typeof install, options: Invocation["options"]): Promise<Printed> {
  const terminal = new FakeTerminal();
  const code = await command.run({ options, positionals: [], terminal });
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

/** Runs a script by the system's own sh. */
async function pipe(script: string): Promise<{ readonly code: number; readonly stderr: string }> {
  const child = new Deno.Command("sh", { stdin: "piped", stdout: "null", stderr: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { code, stderr } = await child.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

/** A directory to install into that exists nowhere, and a file that may be a program. */
async function withPlace(test: (dir: string, binary: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/program`, "");
    await test(`${directory}/place`, `${directory}/program`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("install without a terminal prints the line to use on stderr, nothing on stdout, and ends with 77", async () => {
  await withPlace(async (dir, binary) => {
    const printed = await run(install, { "install-dir": dir, binary, "service-user": "duo", "port-capability": true });
    assertEquals(printed.code, 77);
    assertEquals(printed.stdout, "");
    assertStringIncludes(
      printed.stderr,
      `install --script --install-dir ${dir} --binary ${binary} --service-user duo --port-capability | sudo sh`,
    );
  });
});

Deno.test("install --script prints the script, and --dry-run the plan", async () => {
  await withPlace(async (dir, binary) => {
    const script = await run(install, { "install-dir": dir, binary, script: true });
    assertEquals([script.code, script.stderr], [0, ""]);
    assert(script.stdout.startsWith("#!/bin/sh\n"));
    assertStringIncludes(script.stdout, `install_dir=${dir}\n`);
    const plan = await run(install, { "install-dir": dir, binary, "dry-run": true });
    assertEquals([plan.code, plan.stderr], [0, ""]);
    assertStringIncludes(plan.stdout, `Make the directory ${dir}`);
  });
});

Deno.test("with --script every failure is a script that fails with the same code", async () => {
  await withPlace(async (dir, binary) => {
    await Deno.writeTextFile(`${binary}.cfg`, "[main]\nlog_max_size=big\n");
    const rows: readonly (readonly [Invocation["options"], number, string])[] = [
      [{ "install-dir": "/etc" }, 64, "--install-dir"],
      [{ "service-user": "root" }, 64, "--service-user"],
      [{ "install-dir": `${dir}/../x` }, 64, "--install-dir"],
      [{ binary: "-x" }, 64, "--binary"],
      [{ binary: `${dir}/nothing` }, 66, "no program"],
      [{ config: `${dir}/nothing.cfg` }, 66, "isn't there"],
      [{ config: dir.slice(0, dir.lastIndexOf("/")) }, 66, "can't be read"],
      [{ config: `${binary}.cfg` }, 78, "log_max_size"],
      [{ "dry-run": true }, 64, "exclude"],
    ];
    for (const [options, code, says] of rows) {
      const printed = await run(install, { "install-dir": dir, binary, script: true, ...options });
      assertEquals(printed.code, code, printed.stderr);
      assertStringIncludes(printed.stderr, says);
      const outcome = await pipe(printed.stdout);
      assertEquals(outcome.code, code);
      assertStringIncludes(outcome.stderr, says);
    }
    const removal = await run(uninstall, { "install-dir": dir, script: true });
    assertEquals(removal.code, 66);
    assertEquals((await pipe(removal.stdout)).code, 66);
  });
});

Deno.test("install takes the log options of the installed configuration, and of --config before it", async () => {
  await withPlace(async (dir, binary) => {
    await Deno.mkdir(`${dir}/conf`, { recursive: true });
    await Deno.writeTextFile(`${dir}/conf/authproxy.cfg`, "[main]\nlog_max_files=11\n");
    const installed = await run(install, { "install-dir": dir, binary, script: true });
    assertStringIncludes(installed.stdout, "    rotate 11\n");
    await Deno.writeTextFile(`${binary}.cfg`, "[main]\nlog_max_files=12\n");
    const named = await run(install, { "install-dir": dir, binary, script: true, config: `${binary}.cfg` });
    assertStringIncludes(named.stdout, "    rotate 12\n");
  });
});

Deno.test("uninstall follows the receipt", async () => {
  await withPlace(async (dir) => {
    await Deno.mkdir(dir);
    await Deno.writeTextFile(`${dir}/install.receipt`, `duoproxy-receipt\t1\nfile\t${dir}/bin/duoproxy\tabc\n`);
    const printed = await run(uninstall, { "install-dir": dir, script: true });
    assertEquals(printed.code, 0);
    assertStringIncludes(printed.stdout, `  remove_file ${dir}/bin/duoproxy abc\n`);
    await Deno.writeTextFile(`${dir}/install.receipt`, "something else\n");
    assertEquals((await run(uninstall, { "install-dir": dir })).code, 66);
  });
});

Deno.test("for Windows the plan is PowerShell, and never run here", async () => {
  await withPlace(async (_dir, binary) => {
    const printed = await run(install, { platform: "windows", binary, script: true });
    assertEquals(printed.code, 0);
    assertStringIncludes(printed.stdout, "function Install-Duoproxy");
    const refused = await run(install, { platform: "windows", binary, "install-dir": "C:\\Windows", script: true });
    assertEquals(refused.code, 64);
    assertStringIncludes(refused.stdout, "exit 64");
    assertEquals((await run(install, { platform: "windows", binary })).code, 77);
  });
});
