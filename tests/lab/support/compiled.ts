/**
 * The compiled program of this machine, for tests that need it as users get it.
 *
 * @module
 */

const root = new URL("../../../", import.meta.url).pathname;

/** Where `deno task compile` puts it. */
export const compiledPath = `${root}dist/duoproxy-${Deno.build.target}`;

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

/**
 * Why there is no compiled program to test, looked up once: it isn't there, or something has changed since it was
 * compiled. Undefined if it can be tested.
 */
export const missingCompiled: string | undefined = findReason();

function findReason(): string | undefined {
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

/** Milliseconds since the Unix epoch. */
function modified(path: string): number {
  return Deno.statSync(path).mtime?.getTime() ?? 0;
}

/** A file, or all files below a folder, seen from the project's folder. */
function* filesBelow(path: string): Generator<string> {
  if (!Deno.statSync(`${root}${path}`).isDirectory) return yield path;
  for (const { name } of Deno.readDirSync(`${root}${path}`)) yield* filesBelow(`${path}/${name}`);
}

/**
 * The compiled program under another version of the same length: the one before, or after, the one that is tested. What
 * it has of deno.json is embedded as text, so a copy needs no compiler.
 */
export function otherVersion(program: Uint8Array<ArrayBuffer>, from: string, to: string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const [wanted, replacement] = [from, to].map((version) => encoder.encode(`version:"${version}"`));
  if (wanted === undefined || replacement === undefined || wanted.length !== replacement.length) {
    throw new Error(`${from} and ${to} are not of the same length`);
  }
  const copy = program.slice();
  const text = new TextDecoder("latin1").decode(copy);
  const place = text.indexOf(new TextDecoder("latin1").decode(wanted));
  if (place < 0) throw new Error(`the compiled program doesn't hold its version ${from}`);
  copy.set(replacement, place);
  return copy;
}
