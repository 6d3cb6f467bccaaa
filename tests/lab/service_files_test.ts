/**
 * What connectivity-check says of the service's user, against what the kernel says to it.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { systemFiles } from "../../lib/check/file_view.ts";
import { canRead } from "../../lib/check/file_rights.ts";
import { findProgram, labPrograms } from "../../scripts/lab/programs.ts";
import { TempDir } from "../kit/program.ts";
import { runWithInput } from "../kit/programs.ts";
import { labTest, type Program } from "./support/lab.ts";

/** A user and groups that no machine has, which is all the same to the kernel. */
const user = { name: "svc", uid: 47_001, group: "svc", gids: new Set([47_001, 47_002]) };
const setpriv = ["--reuid=47001", "--regid=47001", "--groups=47002", "--inh-caps=-all", "--bounding-set=-all"];

const reason = Deno.uid() !== 0
  ? "not root"
  : findProgram(labPrograms.setpriv) === undefined
  ? "setpriv missing"
  : undefined;

/** Defines a test that needs root, which its name says where it isn't. */
function rootTest(name: string, fn: (program: Program) => Promise<void>): void {
  if (reason === undefined) labTest([], name, fn);
  else Deno.test({ name: `${name} (skipped: ${reason})`, ignore: true, fn: () => {} });
}

const kernelTest = "the judgement on 400 files of any owner, group and mode is the kernel's";
Deno.test(
  kernelTest + (reason === undefined ? "" : ` (skipped: ${reason})`),
  { ignore: reason !== undefined },
  async () => {
    using dir = new TempDir();
    Deno.chmodSync(dir.path, 0o755);
    const owners = [0, 47_001, 47_003];
    const groups = [0, 47_001, 47_002, 47_003];
    const pick = (choices: readonly number[]): number => choices[Math.floor(Math.random() * choices.length)] ?? 0;
    const put = (path: string): void => {
      Deno.chownSync(path, pick(owners), pick(groups));
      Deno.chmodSync(path, pick([0, 0o777]) & Math.floor(Math.random() * 0o1000) | pick([0, 0o111, 0o444, 0o555]));
    };
    const paths: string[] = [];
    for (let index = 0; index < 400; index++) {
      const inner = `${dir.path}/${index}/inner`;
      Deno.mkdirSync(inner, { recursive: true });
      Deno.writeTextFileSync(`${inner}/file`, "");
      Deno.symlinkSync(`../../${index}/inner/file`, `${inner}/link`);
      for (const path of [`${inner}/file`, inner, `${dir.path}/${index}`]) put(path);
      paths.push(`${inner}/${index % 2 === 0 ? "file" : "link"}`);
    }
    const script = 'while read -r path; do if [ -r "$path" ]; then echo allowed; else echo denied; fi; done';
    const kernel = await runWithInput("setpriv", [...setpriv, "sh", "-c", script], `${paths.join("\n")}\n`);
    assertEquals(kernel.stderr, "");
    const judged = await Promise.all(paths.map(async (path) => (await canRead(systemFiles, user, path)).kind));
    const said = kernel.stdout.trim().split("\n");
    assertEquals(new Set(said), new Set(["allowed", "denied"]));
    assertEquals(
      judged.map((kind, index) => `${paths[index]}: ${kind}`),
      said.map((kind, i) => `${paths[i]}: ${kind}`),
    );
  },
);

rootTest("the command that connectivity-check prints lets the user in", async (program) => {
  using dir = new TempDir();
  const skey = dir.write("skey", "k".repeat(40));
  const lines = [
    "[radius_server_duo_only]",
    "ikey=DI9876543210ABCDEFGH",
    "skey_file=skey",
    "api_host=api-1.duosecurity.test",
    "failmode=secure",
    "radius_ip_1=192.0.2.1",
    "radius_secret_1=a secret of many letters",
  ];
  const file = dir.write("authproxy.cfg", lines.join("\n"));
  const asUser = async (): Promise<number> => {
    const { code } = await runWithInput(
      "setpriv",
      ["--reuid=nobody", "--regid=nogroup", "--init-groups", "cat", skey, file],
      "",
    );
    return code;
  };
  const [command = "", ...args] = program.line(
    ...["connectivity-check", "--only", "service-files", "--service-user", "nobody", "--format", "json"],
    ...["--config", file],
  );
  // The directory, then each of the two files behind it.
  for (const place of [[dir.path], [file, skey]]) {
    assertEquals(await asUser(), 1);
    const { code, stdout } = await runWithInput(command, args, "");
    assertEquals(code, 1);
    const { checks } = JSON.parse(stdout);
    assertEquals(checks.map(({ facts }: { facts: { path: string } }) => facts.path).sort(), place);
    for (const { message, remedy } of checks) {
      assertStringIncludes(message, "nobody, who runs the service, can't read");
      assertEquals((await runWithInput("sh", ["-ec", remedy.replace(/^Run: /, "")], "")).code, 0);
    }
  }
  assertEquals(await asUser(), 0);
  assertEquals((await runWithInput(command, args, "")).code, 0);
});
