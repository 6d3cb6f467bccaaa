/**
 * A plan as one script for a POSIX shell.
 *
 * All of it is functions; the last line calls one of them. A script that is cut off on its way through a pipe therefore
 * does nothing.
 *
 * @module
 */

import installLibrary from "../../conf/install.sh" with { type: "text" };
import stepsLibrary from "../../conf/steps.sh" with { type: "text" };
import uninstallLibrary from "../../conf/uninstall.sh" with { type: "text" };
import { version } from "../version.ts";
import type { Plan, Step, Word } from "./plan.ts";
import { shellWord } from "./quoting.ts";

/** The plan as a script, to be run as root: `... | sudo sh`. */
export function planScript(plan: Plan): string {
  const parts = [
    [
      "#!/bin/sh",
      `# ${oneLine(plan.title)}.`,
      "#",
      `# Made by duoproxy ${version}; to be run as root. It changes only what isn't so yet, and stops at the first error.`,
      ...plan.notes.map((note) => `# Note: ${oneLine(note)}.`),
      "#",
      "# Values are what they are, also with a $ in them.",
      "# shellcheck disable=SC2016",
      "",
      "set -eu",
    ].join("\n"),
    Object.entries(plan.variables).map(([name, value]) => `${name}=${shellWord(value)}`).join("\n"),
    stepsLibrary.trimEnd(),
    { install: installLibrary, uninstall: uninstallLibrary }[plan.kind].trimEnd(),
    ...Object.entries(plan.contents).map(([name, text]) => contentFunction(name, text)),
    mainFunction(plan),
    // Nothing in there may read from the pipe that the script comes through.
    `${mainName} </dev/null`,
  ];
  return parts.join("\n\n") + "\n";
}

const mainName = "duoproxy_main";

/**
 * A script that only says what went wrong and ends with a code: what `--script` prints in place of a plan, so that
 * `| sh` can't succeed with nothing.
 */
export function failingScript(message: string, code: number): string {
  const lines = message.split("\n").map((line) => `  printf '%s\\n' ${shellWord(`duoproxy: ${line}`)} >&2`);
  return ["#!/bin/sh", `${mainName}() {`, ...lines, `  exit ${code}`, "}", mainName].join("\n") + "\n";
}

function mainFunction(plan: Plan): string {
  const steps = plan.steps.map(stepLines);
  const begin = `  printf '%s\\n' ${shellWord(oneLine(plan.title))}`;
  return [`${mainName}() {`, begin, "  start_work", ...steps, "  begin 'the end'", "  finish", "}"].join("\n");
}

function stepLines(step: Step): string {
  return `  begin ${shellWord(oneLine(step.what))}\n  ${step.call.map(word).join(" ")}`;
}

function word(one: Word): string {
  return typeof one === "string" ? shellWord(one) : `"$${one.variable}"`;
}

/** A function that prints a text, by a here-document that nothing is expanded in. */
function contentFunction(name: string, text: string): string {
  const content = text.endsWith("\n") ? text : `${text}\n`;
  const lines = new Set(content.split("\n"));
  let end = `END_OF_${name.toUpperCase()}`;
  while (lines.has(end)) end += "_";
  return `content_${name}() {\n  cat <<'${end}'\n${content}${end}\n}`;
}

/** A title becomes a remark of the script: it must stay one line, whatever a path holds. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
