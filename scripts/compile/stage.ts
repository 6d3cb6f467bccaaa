/**
 * What scripts/compile.ts bundles and compiles, written into a temporary folder: the program's source with less of undici,
 * then its bundle with what a bundle lacks.
 *
 * @module
 */

/** What the program is made of besides main.ts; conf is embedded as text. */
const folders: readonly string[] = ["lib", "conf"];

/**
 * What the program uses of undici. The package's own main file also loads fetch, caches, mocks and interceptors, 1.5 MB of
 * memory that nothing here needs. As there, the dispatchers get the methods of the API last: `request`, `connect`.
 */
const undici = `import api from "undici/lib/api/index.js";
import buildConnector from "undici/lib/core/connect.js";
import Client from "undici/lib/dispatcher/client.js";
import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
import Pool from "undici/lib/dispatcher/pool.js";

Object.assign(Dispatcher.prototype, api);

export { buildConnector, Client, Pool };
`;

/**
 * What packages find in Deno and not in a bundle: `require` for Node's own modules, and Node's timers, which have `unref`.
 */
const prelude = `import { createRequire } from "node:module";
import timers from "node:timers";

globalThis.require = createRequire(import.meta.url);
const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = timers;
Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate });
`;

/** Modules run in the order of their imports: the prelude is done before the first of the bundle begins. */
const entry = `import "./prelude.js";
import "./main.js";
`;

/** What is read of deno.json; the rest is copied as it is. */
interface Project {
  readonly imports: Readonly<Record<string, string>>;
  readonly unstable: readonly string[];
}

/** Copies the program from the project's folder, and gives it the smaller undici, of the same version. */
export async function stageProgram(root: string, stage: string): Promise<void> {
  for (const path of ["main.ts", "deno.lock", ...folders.flatMap((folder) => [...filesBelow(root, folder)])]) {
    await copyFile(`${root}/${path}`, `${stage}/${path}`);
  }
  const project = await readProject(root);
  const packaged = project.imports.undici;
  if (packaged === undefined || !packaged.startsWith("npm:undici@")) {
    throw new Error("The import map of deno.json doesn't name npm:undici: see scripts/compile/stage.ts");
  }
  const imports = {
    ...project.imports,
    undici: "./undici.js",
    "undici/": `${packaged.replace("npm:", "npm:/")}/`,
  };
  await Deno.writeTextFile(`${stage}/undici.js`, undici);
  await Deno.writeTextFile(`${stage}/deno.json`, JSON.stringify({ ...project, imports }));
}

/**
 * Bundles the program of a folder into another, by the release that runs this script, so that the bundle is the same
 * whichever pair embeds it.
 */
export async function bundleProgram(stage: string, bundle: string): Promise<void> {
  const options = ["--quiet", "--frozen", "--platform", "deno", "--code-splitting", "--outdir", bundle];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", ...options, "main.ts"],
    cwd: stage,
    stdin: "null",
  }).spawn().status;
  if (code !== 0) throw new Error(`deno bundle ended with ${code}`);
}

/** Completes the bundle in a folder, and gives the name of the file to compile. */
export async function stageBundle(root: string, bundle: string): Promise<string> {
  const { unstable } = await readProject(root);
  await Deno.writeTextFile(`${bundle}/prelude.js`, prelude);
  await Deno.writeTextFile(`${bundle}/duoproxy.js`, entry);
  await Deno.writeTextFile(`${bundle}/deno.json`, JSON.stringify({ unstable }));
  return "duoproxy.js";
}

async function readProject(root: string): Promise<Project> {
  return JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
}

/** All files below a folder, as paths below it. */
export function* filesBelow(folder: string, below: string): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(`${folder}/${below}`)) {
    const path = `${below}/${name}`;
    if (isDirectory) yield* filesBelow(folder, path);
    else if (isFile) yield path;
  }
}

async function copyFile(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}
