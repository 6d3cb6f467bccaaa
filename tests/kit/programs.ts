/**
 * Programs of the machine that tests compare with, where they are installed.
 *
 * @module
 */

/** Path of a program in PATH; undefined if there is none. */
export function findProgram(name: string): string | undefined {
  for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${directory}/${name}`;
    try {
      if (Deno.statSync(path).isFile) return path;
    } catch {
      // Not there.
    }
  }
  return undefined;
}

/** What a program did. */
export interface ProgramOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that hangs is ended after this many ms, so that its test fails and nothing stays behind. */
const runLimit = 30_000;

/** Runs a program with text on its stdin. */
export async function runWithInput(
  program: string,
  args: readonly string[],
  input: string,
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ProgramOutput> {
  const tooLong = new AbortController();
  const timer = setTimeout(() => tooLong.abort(), runLimit);
  const child = new Deno.Command(program, {
    signal: tooLong.signal,
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    ...options,
  }).spawn();
  const writing = (async (): Promise<void> => {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  })();
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  // A program that needs no input may end before it has taken any.
  await writing.catch(() => {});
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
