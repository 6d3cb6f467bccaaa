/**
 * The way of a stranger who has the README and nothing else: a fresh clone and its demo; a release folder, an empty machine, and
 * the first Accept. Commands, configuration and what is to come of them are read from the README, so that a change of either
 * side is noticed.
 *
 * What a stranger has and this machine has not is played: `cosign` only looks at the files that it is given (nothing is signed
 * here), `sudo` runs what it is given (we are root), Duo is simulated, and the gateway is radclient at the gateway's address.
 *
 * @module
 */

import { assert, assertArrayIncludes, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { writeSums } from "../../scripts/compile/sums.ts";
import { findProgram, labPrograms } from "../../scripts/lab/programs.ts";
import { radclient } from "../../scripts/lab/radclient.ts";
import { pictureColumns, pictureFile, steady } from "../../scripts/picture/demo.ts";
import { plainLine, textOf } from "../../scripts/picture/drawing.ts";
import { type CodeBlock, codeOf, readMarkdown } from "../docs/markdown.ts";
import { exists, readText, root as repository } from "../docs/repository.ts";
import { TempDir } from "../kit/program.ts";
import { run } from "./support/isolated_root.ts";
import { assertEnds, configFile, installDir, type Machine, machineTest } from "./support/machine.ts";

const readme = await readText("README.md");
const { blocks } = readMarkdown(readme);

/** The blocks of one language under a heading, or above the first one. */
function blocksUnder(heading: string | undefined, language: string): readonly CodeBlock[] {
  const lines = readme.split("\n");
  const begin = heading === undefined ? 0 : lines.indexOf(`## ${heading}`);
  assert(begin >= 0, `the README has no heading ${heading}`);
  const next = lines.findIndex((line, index) => index > begin && line.startsWith("## "));
  const end = next < 0 ? lines.length : next;
  const found = blocks.filter((block) => block.language === language && block.line > begin && block.line <= end);
  assertGreater(found.length, 0, `the README has no ${language} under ${heading ?? "its title"}`);
  return found;
}

/** The one block of a language under a heading. */
function blockUnder(heading: string, language: string): string {
  const found = blocksUnder(heading, language);
  assertEquals(found.length, 1, `${language} under ${heading}`);
  return found[0]?.text ?? "";
}

/** Why nothing can be cloned from here. */
async function missingForClones(): Promise<string | undefined> {
  if (!await exists(".git")) return "this is no clone itself";
  return findProgram({ name: "git", package: "git" }) === undefined ? "git missing" : undefined;
}

const unclonable = await missingForClones();

Deno.test({
  name: "in a fresh clone, with nothing in Deno's cache, the README's first command shows what its picture shows" +
    (unclonable === undefined ? "" : ` (skipped: ${unclonable})`),
  ignore: unclonable !== undefined,
  fn: async () => {
    using dir = new TempDir();
    const clone = `${dir.path}/duoproxy`;
    const cloned = await run("git", ["clone", "--quiet", repository.pathname, clone]);
    assertEquals(cloned.code, 0, cloned.stderr);
    const command = blocksUnder(undefined, "sh")[0]?.text.trim() ?? "";
    const { code, stdout, stderr } = await run("env", [
      `--chdir=${clone}`,
      `DENO_DIR=${dir.path}/cache`,
      "sh",
      "-c",
      command,
    ]);
    assertEquals(code, 0, stdout + stderr);
    const shown = textOf(await readText(pictureFile)).map(steady);
    const printed = [`$ ${command}`, ...stdout.split("\n").map((line) => plainLine(line, pictureColumns))].map(steady);
    assertEquals(printed.slice(0, shown.length), shown);
  },
});

/** Where the release's files are downloaded to. */
const downloads = "/root/downloads";
const target = "x86_64-unknown-linux-gnu";

/** Runs the commands of a block of the README where the downloads are, as somebody who may use sudo. */
async function follow(machine: Machine, script: string): Promise<string> {
  const outcome = await machine.root.sh(`set -e; cd ${downloads}\n${script.replaceAll(target, Deno.build.target)}`);
  assertEnds(outcome, 0);
  return outcome.stdout;
}

/** The files of a release, made as the release's workflow makes them, and what a stranger's machine has beside them. */
async function putRelease(machine: Machine): Promise<void> {
  const { root, program } = machine;
  const workflow = await readText(".github/workflows/release.yml");
  for (const text of [`task compile --target "$target"`, Deno.build.target, "dist/SHA256SUMS.sigstore.json"]) {
    assertStringIncludes(workflow, text);
  }
  using release = new TempDir();
  await Deno.writeFile(`${release.path}/duoproxy-${Deno.build.target}`, program);
  // Others of the release, which a stranger doesn't download.
  release.write("duoproxy-aarch64-apple-darwin", "of another system");
  await writeSums(release.path);
  const sums = await Deno.readTextFile(`${release.path}/SHA256SUMS`);
  await root.write(`${downloads}/duoproxy-${Deno.build.target}`, program);
  await root.write(`${downloads}/SHA256SUMS`, sums);
  await root.write(`${downloads}/SHA256SUMS.sigstore.json`, "{}");
  await root.write("/usr/local/bin/sudo", '#!/bin/sh\nexec "$@"\n', "755");
  const looks = '#!/bin/sh\n[ "$1 $3" = "verify-blob --bundle" ] && [ -f "$2" ] && [ -f "$4" ]\n';
  await root.write("/usr/local/bin/cosign", looks, "755");
}

/** The README's configuration with values of somebody's own in place of its placeholders. */
function configuration(duo: readonly string[], secret: string): string {
  const own = new Map(duo.map((line) => [line.split("=")[0] ?? "", line]));
  own.set("radius_secret_1", `radius_secret_1=${secret}`);
  const replaced = new Set<string>();
  const lines = blockUnder("Configure", "ini").trimEnd().split("\n").map((line) => {
    const name = line.split("=")[0] ?? "";
    const mine = own.get(name);
    if (mine === undefined) return line;
    replaced.add(name);
    return mine;
  });
  assertEquals([...replaced], ["ikey", "skey", "api_host", "radius_secret_1"]);
  // Duo itself has another port and a certificate that everybody trusts.
  return [...lines, own.get("api_port"), "http_ca_certs_file=ca.pem", ""].join("\n");
}

/** A line of the log without what differs from one login to the next. */
function steadyLog(line: string): string {
  return line.replace(/^\S+Z /, "TIME ").replace(/ in \d+\.\d+ s,/, " in N s,");
}

machineTest(
  "the README's way from a release to the first Accept: each command, and what it says of its output",
  async (machine) => {
    const { root } = machine;
    await putRelease(machine);
    for (const { text } of blocksUnder("Get the binary", "sh")) {
      assertStringIncludes(await follow(machine, text), `duoproxy-${Deno.build.target}: OK\n`);
    }
    // A download that isn't whole is no download.
    await root.ok(`cp -a ${downloads} /root/torn && truncate -s -1 /root/torn/duoproxy-${Deno.build.target}`);
    assertEnds(await root.sh("cd /root/torn && sha256sum --check --ignore-missing SHA256SUMS"), 1);

    const installed = await follow(machine, blockUnder("Install", "sh"));
    const promised = blockUnder("Install", "text");
    assertEquals(installed.slice(-promised.length), promised);

    const secret = "a secret that only this test's gateway knows";
    const { lines } = await machine.startDuo();
    // As it stands in the README it is refused, by each of its placeholders.
    await machine.edit(blockUnder("Configure", "ini"));
    const refused = await root.sh("duoproxy check");
    assertEnds(refused, 1);
    assertEquals(`${refused.stdout}${refused.stderr}`.match(/placeholder/g)?.length, 4, refused.stdout);
    await machine.edit(configuration(lines, secret));
    await follow(machine, blockUnder("Configure", "sh"));

    const gateway = /^radius_ip_1=(\S+)$/m.exec(blockUnder("Configure", "ini"))?.[1] ?? "";
    const [port = ""] = /(?<=^port=)\d+$/m.exec(blockUnder("Configure", "ini")) ?? [];
    const own = await run("nsenter", [...root.network.slice(1), "ip", "address", "add", `${gateway}/32`, "dev", "lo"]);
    assertEquals(own.code, 0, own.stderr);
    // Who asks an address of this machine's own asks from it.
    const answer = await radclient({
      server: `${gateway}:${port}`,
      secret,
      attributes: ["User-Name=alice", "User-Password=push"],
      within: root.network,
    });
    assertEquals(answer.code, "Access-Accept", answer.output);

    const log = (await root.ok(`cat ${installDir}/log/authproxy.log`)).split("\n").map(steadyLog);
    assertArrayIncludes(log, blockUnder("One login", "log").trimEnd().split("\n").map(steadyLog));
    for (const shows of readme.split("\n").flatMap(codeOf).filter((code) => code.startsWith("duoproxy events"))) {
      assertStringIncludes(await root.ok(shows.replace(" --follow", "")), "alice");
    }
    assertEquals(await root.ok(`grep -c '"username":"alice".*"status":"Allow"' ${installDir}/log/authevents.log`), "1");
    assert((await root.ok(`cat ${configFile}`)).includes(secret));
  },
  [labPrograms.radclient, { name: "ip", package: "iproute2" }],
);
