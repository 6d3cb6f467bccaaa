/**
 * `deno task compile [--target TARGET]`: builds `dist/duoproxy-TARGET` and writes `dist/SHA256SUMS` over all that is
 * there.
 *
 * `DENO` names another `deno` to compile with, and `DENORT_BIN` the runtime that goes into the binary, for machines
 * that can't download it; both must be of one release.
 *
 * What is compiled is not the program's source but its bundle: `deno compile` would embed every package that the import
 * map names, whole, and a binary with packages takes 8 MB of memory before anything runs. A command is loaded lazily in
 * the bundle too, from a chunk of its own. It is not minified: that once dropped `using` declarations, and with them what
 * they give back. The lines that `--debug` shows are the bundle's. Versions and sums stay those of deno.lock.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { disposals, lostDisposals } from "./compile/disposals.ts";
import { bundleProgram } from "./compile/stage.ts";
import { writeSums } from "./compile/sums.ts";
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

/**
 * What V8 is told, since a login waits for Duo and not for the processor. Without a limit of 1 MB a semi-space the young
 * generation grows in some starts and not in others, by up to 25 MB; Maglev, the compiler between the first and the last,
 * keeps 3 MB. Measured on 30,000 logins: 89 to 95 us of processor time a login with both flags, 94 to 98 without.
 */
const engineFlags = "--v8-flags=--max-semi-space-size=1,--no-maglev";

const root = fileURLToPath(new URL("../", import.meta.url));

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
  const entry = await bundleProgram(root, `${stage}/bundle`);
  const lost = lostDisposals(await disposals(root, ["main.ts", "lib"]), await disposals(stage, ["bundle"]));
  if (lost.length > 0) throw new Error(`The bundle has lost disposals of the source: ${lost.join(", ")}`);
  const flags = ["--no-check", "--no-code-cache", engineFlags, ...rights, "--target", target];
  await runDeno(compiler, ["compile", "--quiet", ...flags, "--output", `${root}${output}`, entry], `${stage}/bundle`);
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
