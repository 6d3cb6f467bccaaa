/**
 * `deno task attacks [--binary FILE] [WORDS ...]`: attacks the program as people would who want in, want others kept out, or
 * want to know secrets, and prints what came of it. Ends with 1 if one succeeded.
 *
 * Attacked is the source as a process, or with `--binary` the compiled program. Words choose the attacks whose names or means
 * hold one of them. Everything happens on loopback, against a simulated Duo.
 *
 * @module
 */

import { complain, print } from "./print.ts";

/** Cuts what is too wide for the column; the whole text comes last in a line. */
function cell(text: string, width: number): string {
  return (text.length > width ? `${text.slice(0, width - 3)}...` : text).padEnd(width);
}

async function main(args: readonly string[]): Promise<number> {
  const words = [...args];
  if (words[0] === "--binary") {
    const binary = words[1];
    if (binary === undefined) {
      complain("usage: deno task attacks [--binary FILE] [WORDS ...]");
      return 64;
    }
    // What starts the program reads it when it is loaded.
    Deno.env.set("DUOPROXY_BINARY", await Deno.realPath(binary));
    words.splice(0, 2);
  }
  const { attackAll, attacks } = await import("./attacks/all.ts");
  const chosen = attacks.filter(({ name, tried }) =>
    words.length === 0 || words.some((word) => `${name} ${tried}`.toLowerCase().includes(word.toLowerCase()))
  );
  const begun = performance.now();
  const outcomes = await attackAll(chosen);
  const names = Math.max(...chosen.map(({ name }) => name.length));
  const seen = Math.max(...outcomes.map(({ seen }) => Math.min(seen.length, 60)));
  print(`${"attack".padEnd(names)}  ${"outcome".padEnd(seen)}  verdict  what was tried`);
  chosen.forEach(({ name, tried }, index) => {
    const outcome = outcomes[index] ?? { held: false, seen: "not made" };
    print(`${name.padEnd(names)}  ${cell(outcome.seen, seen)}  ${outcome.held ? "held   " : "OPEN   "}  ${tried}`);
  });
  const open = outcomes.filter(({ held }) => !held).length;
  const seconds = Math.round((performance.now() - begun) / 1_000);
  print(`\n${outcomes.length} attacks in ${seconds} s: ${open === 0 ? "all held" : `${open} OPEN`}`);
  return open === 0 ? 0 : 1;
}

Deno.exit(await main(Deno.args));
