/**
 * `duoproxy demo`: everything on one machine, without a file and without an account.
 *
 * @module
 */

import { type Command, exit, type ExitCode } from "../command.ts";
import type { DemoSection } from "../demo/stage.ts";
import type { Row } from "../demo/tour.ts";
import type { Terminal } from "../terminal.ts";

/** The command's record. */
export const command: Command = {
  name: "demo",
  summary: "Show the proxy at work against a simulated Duo, without a file or an account",
  usage: "demo [--once]",
  description:
    "Starts Duo's simulator and a proxy on free ports of this machine, takes a tour of logins on both versions of Duo's API, " +
    "and prints each with the answer that the gateway got. On a terminal it then stays, for logins by hand, until Ctrl-C.",
  positionals: [],
  options: [{ name: "once", doc: "End after the tour, as without a terminal" }],
  examples: [
    { line: "duoproxy demo", does: "Take the tour, then try logins by hand" },
    { line: "duoproxy demo --once", does: "Take the tour and end" },
  ],
  exits: [
    { code: exit.ok, when: "each login ended as it should" },
    { code: exit.failed, when: "one did not" },
    { code: exit.usage, when: "the command line is wrong" },
  ],
  async run({ options, terminal }): Promise<ExitCode> {
    const [{ setStage }, { takeTour }] = await Promise.all([import("../demo/stage.ts"), import("../demo/tour.ts")]);
    await using stage = await setStage();
    await terminal.write(
      `${terminal.style("bold", "Duo is simulated; no phone rings.")} The proxy answers RADIUS on 127.0.0.1, ports ` +
        `${stage.sections.map(({ port }) => port).join(", ")}.\n\n${renderHead(terminal)}`,
    );
    let wrong = 0;
    {
      await using _waiting = terminal.progress("The next login is under way");
      for await (const row of takeTour(stage)) {
        if (!row.asExpected) wrong++;
        await terminal.write(renderRow(row, terminal));
      }
    }
    const verdict = wrong === 0 ? "Each login ended as it should." : `${wrong} login(s) did not end as they should.`;
    await terminal.write(`\n${terminal.style(wrong === 0 ? "green" : "red", verdict)}\n`);
    await terminal.write(await handLines(stage.sections));
    if (options.once !== true && terminal.interactive) {
      await terminal.write("\nCtrl-C ends the demo.\n");
      await interrupted();
    }
    return wrong === 0 ? exit.ok : exit.failed;
  },
};

const widths = { api: 3, what: 31, user: 6, typed: 7, answer: 21, took: 8 } as const;

function renderHead(terminal: Terminal): string {
  const head = cells("API", "what happens", "user", "types", "the gateway gets", "time", "and shows");
  return `${terminal.style("dim", head.trimEnd())}\n`;
}

function renderRow({ version, what, user, typed, answer, text, took, asExpected }: Row, terminal: Terminal): string {
  const line = cells(`v${version}`, what, user, typed, answer, `${Math.round(took)} ms`, text).trimEnd();
  return `${asExpected ? line : terminal.style("red", `${line}  <- not as it should be`)}\n`;
}

function cells(
  api: string,
  what: string,
  user: string,
  typed: string,
  answer: string,
  took: string,
  text: string,
): string {
  return [
    api.padEnd(widths.api),
    what.padEnd(widths.what),
    user.padEnd(widths.user),
    typed.padEnd(widths.typed),
    answer.padEnd(widths.answer),
    took.padStart(widths.took),
    ` ${text}`,
  ].join("  ");
}

/** Lines to paste into another terminal. */
async function handLines(sections: readonly DemoSection[]): Promise<string> {
  const { demoSecret } = await import("../demo/stage.ts");
  const program = Deno.build.standalone ? "duoproxy" : "npx -y deno@2.9.6 run -P=serve main.ts";
  const lines = ["", "By hand, from another terminal while the demo runs:"];
  for (const { version, port } of sections.filter(({ failmode }) => failmode === "secure")) {
    lines.push(
      "",
      `  # version ${version} of Duo's API`,
      `  echo "User-Name=alice,User-Password=push" | radclient -x 127.0.0.1:${port} auth ${demoSecret}`,
      `  echo ${demoSecret} > demo.secret && ${program} login alice --factor push2 --server 127.0.0.1:${port} --secret-file demo.secret`,
    );
  }
  lines.push(
    "",
    "Users: alice (push, phone, sms, 123456), bob (denies), carol (token, 333333), erin (bypass), mallory (disabled).",
  );
  return `${lines.join("\n")}\n`;
}

function interrupted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", resolve);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", resolve);
  // A signal listener alone doesn't keep the program alive, but the stage's sockets do.
  return promise.finally(() => {
    Deno.removeSignalListener("SIGINT", resolve);
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGTERM", resolve);
  });
}
