/**
 * `deno task compile [--target TARGET]`: builds `dist/duoproxy-TARGET` and writes `dist/SHA256SUMS` over all that is
 * there.
 *
 * `DENO` names another `deno` to compile with, and `DENORT_BIN` the runtime that goes into the binary, for machines
 * that can't download it; both must be of one release.
 *
 * `deno compile` embeds every package that the import map names, whole. So it works on a copy of the program in a
 * temporary folder, whose map names only what the program imports, with a copy of the packages that has neither types
 * nor source maps: a third less to carry. Versions and sums stay those of deno.lock.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { complain, print } from "./print.ts";

/** Targets of `deno compile`. */
const targets: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
];

/**
 * The rights that the binary has for good: the network and reading. What is denied can't be asked for either; only
 * the right to run `sh` is neither given nor denied, since `install` asks for it.
 */
const rights: readonly string[] = [
  "--allow-net",
  "--allow-read",
  "--deny-write",
  "--deny-sys",
  "--deny-ffi",
  "--deny-import",
  "--ignore-env",
];

const root = new URL("../", import.meta.url).pathname;

/** What the program is made of besides main.ts; conf is embedded as text. */
const folders: readonly string[] = ["lib", "conf"];

function fail(message: string): never {
  complain(`scripts/compile.ts: ${message}`);
  Deno.exit(1);
}

function readTarget(args: readonly string[]): string {
  const [option, value, ...others] = args.flatMap((arg) => arg.startsWith("--target=") ? arg.split("=") : [arg]);
  if (option === undefined) return Deno.build.target;
  if (option !== "--target" || value === undefined || others.length > 0) {
    fail("usage: deno task compile [--target TARGET]");
  }
  if (!targets.includes(value)) fail(`unknown target ${value}; one of ${targets.join(", ")}`);
  return value;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function megabytes(octets: number): string {
  return `${(octets / 1_000_000).toFixed(1)} MB`;
}

/** Sums over the files of dist, in the format that `sha256sum --check` reads. */
async function writeSums(folder: string): Promise<void> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.startsWith("duoproxy-"));
  const lines: string[] = [];
  for (const name of names.sort()) {
    const hash = createHash("sha256");
    using file = await Deno.open(`${folder}/${name}`);
    for await (const chunk of file.readable) hash.update(chunk);
    lines.push(`${hash.digest("hex")}  ${name}\n`);
  }
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, lines.join(""));
}

/** Runs a `deno`, and ends the script if that fails. */
async function runDeno(
  deno: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<void> {
  const { code } = await new Deno.Command(deno, {
    args: [...args],
    cwd,
    // Releases before 2.9 don't trust the machine's certificate store without being told.
    env: { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system", ...env },
    stdin: "null",
  }).spawn().status;
  // Thrown, so that the temporary folder is removed.
  if (code !== 0) throw new Error(`${deno} ${args[0]} ended with ${code}`);
}

/** All files below a folder, as paths below it. */
function* filesBelow(folder: string, below: string = ""): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(`${folder}/${below}`)) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) yield* filesBelow(folder, path);
    else if (isFile) yield path;
  }
}

async function copyFile(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}

/** Copies the program, with an import map of only what it imports. */
async function stageProgram(stage: string): Promise<void> {
  let sources = "";
  for (const path of ["main.ts", ...folders.flatMap((folder) => [...filesBelow(root, folder)])]) {
    await copyFile(`${root}${path}`, `${stage}/${path}`);
    if (path.endsWith(".ts")) sources += await Deno.readTextFile(`${root}${path}`);
  }
  await copyFile(`${root}deno.lock`, `${stage}/deno.lock`);
  const project = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  const imports = Object.entries(project.imports).filter(([name]) => sources.includes(`"${name}`));
  delete project.tasks;
  await Deno.writeTextFile(`${stage}/deno.json`, JSON.stringify({ ...project, imports: Object.fromEntries(imports) }));
}

/** Copies the packages of deno.lock, which the check has downloaded, without what only compilers and debuggers read. */
async function stagePackages(cache: string): Promise<void> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: root }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  const lock = JSON.parse(await Deno.readTextFile(`${root}deno.lock`));
  for (const { name: host } of Deno.readDirSync(npmCache)) {
    for (const key of Object.keys(lock.npm)) {
      // `name@version`, with the versions of peers behind an underscore.
      const [, name = "", version = ""] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
      const folder = `${host}/${name}/${version}`;
      if (!exists(`${npmCache}/${folder}`)) continue;
      const paths = [...filesBelow(npmCache, folder), `${host}/${name}/registry.json`];
      for (const path of paths.filter((path) => !isDeadWeight(path) && exists(`${npmCache}/${path}`))) {
        await copyFile(`${npmCache}/${path}`, `${cache}/npm/${path}`);
      }
    }
  }
}

function isDeadWeight(path: string): boolean {
  return /\.d\.[cm]?ts$|\.map$/.test(path) || (/\.md$/i.test(path) && !/licen[cs]e/i.test(path));
}

const target = readTarget(Deno.args);
const compiler = Deno.env.get("DENO") ?? Deno.execPath();
const runtime = Deno.env.get("DENORT_BIN");
if (runtime !== undefined && target !== Deno.build.target) {
  fail(`DENORT_BIN names a runtime for ${Deno.build.target}: unset it to build for ${target}`);
}
for (const stray of ["package.json", "node_modules"]) {
  // With one of these in reach, the whole of node_modules would go into the binary.
  if (exists(`${root}${stray}`)) fail(`${stray} must not be in the project's folder`);
}

const output = `dist/duoproxy-${target}${target.includes("windows") ? ".exe" : ""}`;
await Deno.mkdir(`${root}dist`, { recursive: true });
// Types are checked by the release that the project is written for, not by the one that the pair happens to be.
await runDeno(Deno.execPath(), ["check", "--frozen", "main.ts"], root);
const stage = await Deno.makeTempDir({ prefix: "duoproxy-compile-" });
try {
  await stageProgram(stage);
  const cache = `${stage}/cache`;
  await stagePackages(cache);
  const flags = ["--no-check", "--no-code-cache", ...rights, "--target", target, "--output", `${root}${output}`];
  await runDeno(compiler, ["compile", ...flags, "main.ts"], stage, { DENO_DIR: cache });
} finally {
  await Deno.remove(stage, { recursive: true });
}

await writeSums(`${root}dist`);
const size = Deno.statSync(`${root}${output}`).size;
const runtimeSize = runtime === undefined ? undefined : Deno.statSync(runtime).size;
const ratio = runtimeSize === undefined
  ? ""
  : `, ${(size / runtimeSize).toFixed(3)} times its runtime (${megabytes(runtimeSize)})`;
print(`${output}: ${megabytes(size)}${ratio}`);
