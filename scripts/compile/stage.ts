/**
 * What scripts/compile.ts compiles: the bundle of the program, in a temporary folder.
 *
 * @module
 */

/** The part of deno.json that the compiled program needs. */
interface Project {
  readonly unstable: readonly string[];
}

/**
 * Bundles the program of the project's folder into another, by the release that runs this script, so that the bundle is the
 * same whichever pair embeds it. Gives the name of the file to compile.
 */
export async function bundleProgram(root: string, bundle: string): Promise<string> {
  const options = ["--quiet", "--frozen", "--platform", "deno", "--code-splitting", "--outdir", bundle];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", ...options, "main.ts"],
    cwd: root,
    stdin: "null",
  }).spawn().status;
  if (code !== 0) throw new Error(`deno bundle ended with ${code}`);
  const { unstable }: Project = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  await Deno.writeTextFile(`${bundle}/deno.json`, JSON.stringify({ unstable }));
  return "main.js";
}

/** All files below a folder, as paths below it. */
export function* filesBelow(folder: string, below: string): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(`${folder}/${below}`)) {
    const path = `${below}/${name}`;
    if (isDirectory) yield* filesBelow(folder, path);
    else if (isFile) yield path;
  }
}
