/**
 * The demo's output as its picture shows it.
 *
 * @module
 */

/** Where the picture is, from the root of the repository. */
export const pictureFile = "conf/demo.svg";

/** Columns of the picture: all but one line of the demo are shorter. */
export const pictureColumns = 150;

/** The command line that stands above the output. */
export const prompt = "$ npx -y deno@2.9.6 task demo";

/** The last line of the tour. */
const verdict = "Each login ended as it should.";

/**
 * Runs the demo and gives what it prints up to its verdict, with the escape sequences of its colours.
 *
 * @throws {Error} if a login did not end as it should.
 */
export async function runDemo(): Promise<readonly string[]> {
  const args = ["run", "--quiet", "--permission-set=serve", "main.ts", "demo", "--once", "--color=always"];
  const cwd = new URL("../../", import.meta.url);
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), { args, cwd, stdin: "null" }).output();
  const lines = new TextDecoder().decode(stdout).split("\n");
  const end = lines.findIndex((line) => line.includes(verdict));
  if (code !== 0 || end < 0) {
    throw new Error(`The demo ended with ${code}: ${lines.join("\n")}${new TextDecoder().decode(stderr)}`);
  }
  return lines.slice(0, end + 1);
}

/** A line without what differs from one run to the next: ports, and how long a login took. */
export function steady(line: string): string {
  return line.replace(/ports [\d, ]+/, "ports N").replace(/ +\d+ ms/, " N ms");
}
