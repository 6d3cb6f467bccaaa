/**
 * The list of sums that goes with a release's files.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** Writes `SHA256SUMS` over the programs in a folder, in the format that `sha256sum --check` reads. */
export async function writeSums(folder: string): Promise<void> {
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
