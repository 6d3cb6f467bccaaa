/**
 * The compiled program of this machine, as `deno task compile` leaves it: where it is, whether it is of these sources, and the
 * pair that compiles it where the runtime can't be downloaded.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Where `deno task compile` puts it. */
export const compiledPath = `${root}dist/duoproxy-${Deno.build.target}${Deno.build.os === "windows" ? ".exe" : ""}`;

/** What goes into it. */
const sources: readonly string[] = [
  "main.ts",
  "lib",
  "conf",
  "deno.json",
  "deno.lock",
  "scripts/compile.ts",
  "scripts/compile",
];

/** Why it can't stand for these sources: it isn't there, or something has changed since. Undefined if it can. */
export function whyStale(): string | undefined {
  const name = compiledPath.slice(root.length);
  let compiled: number;
  try {
    compiled = modified(compiledPath);
  } catch {
    return `${name} is missing`;
  }
  const newer = sources.flatMap((source) => [...filesBelow(source)]).find((file) =>
    modified(`${root}${file}`) > compiled
  );
  return newer === undefined ? undefined : `${name} is older than ${newer}`;
}

/** A `deno` and the runtime of the same release that it compiles with, as `scripts/compile.ts` reads them from the environment. */
export type Pair = Readonly<Record<"DENO" | "DENORT_BIN", string>>;

/** What prepares a pair beside the repository, on machines that can't download the runtime. */
const prepare = `${root}../shared/toolchain/prepare`;

/** The pair of this machine: named by the environment, or prepared. Undefined if there is none: the runtime is then downloaded. */
export async function findPair(): Promise<Pair | undefined> {
  const [named, runtime] = [Deno.env.get("DENO"), Deno.env.get("DENORT_BIN")];
  if (named !== undefined && runtime !== undefined) return { DENO: named, DENORT_BIN: runtime };
  try {
    Deno.statSync(prepare);
  } catch {
    return undefined;
  }
  const { success, stdout } = await new Deno.Command(prepare, { stdin: "null", stderr: "inherit" }).output();
  const line = (name: string): string | undefined =>
    new RegExp(`^(?:export )?${name}=(.+)$`, "m").exec(new TextDecoder().decode(stdout))?.[1];
  const [compiler, runtimeFile] = [line("DENO"), line("DENORT_BIN")];
  return success && compiler !== undefined && runtimeFile !== undefined
    ? { DENO: compiler, DENORT_BIN: runtimeFile }
    : undefined;
}

/** Milliseconds since the Unix epoch. */
function modified(path: string): number {
  return Deno.statSync(path).mtime?.getTime() ?? 0;
}

/** A file, or all files below a folder, seen from the project's folder. */
function* filesBelow(path: string): Generator<string> {
  if (!Deno.statSync(`${root}${path}`).isDirectory) return yield path;
  for (const { name } of Deno.readDirSync(`${root}${path}`)) yield* filesBelow(`${path}/${name}`);
}
