/**
 * openconnect as the user at an AnyConnect gateway: a login from its dialog to the cookie, without a tunnel.
 *
 * @module
 */

import type { Ocserv } from "./ocserv.ts";
import { labPrograms, requireProgram } from "./programs.ts";

/** What openconnect did. */
export interface OpenconnectOutcome {
  /** Whether it got a cookie. */
  readonly loggedIn: boolean;
  /** What the user saw: dialog and messages. */
  readonly dialog: string;
}

/** One login. What is asked for is answered with `answers` in turn; where they end, so does the login. */
export async function openconnect(
  { url, caPem }: Ocserv,
  user: string,
  answers: readonly string[],
): Promise<OpenconnectOutcome> {
  const folder = await Deno.makeTempDir({ prefix: "duoproxy-lab-" });
  try {
    await Deno.writeTextFile(`${folder}/ca.pem`, caPem);
    const child = new Deno.Command(requireProgram(labPrograms.openconnect), {
      args: [
        "--authenticate",
        "--no-system-trust",
        "--cafile",
        `${folder}/ca.pem`,
        "--user",
        user,
        "--passwd-on-stdin",
        url,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(answers.map((answer) => `${answer}\n`).join("")));
    await writer.close().catch(() => {});
    const { success, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return {
      loggedIn: success && /^COOKIE=/m.test(decoder.decode(stdout)),
      dialog: decoder.decode(stderr) + decoder.decode(stdout),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
