/**
 * What can follow on a command line, from the command records and the option tables: the same for every shell.
 *
 * @module
 */

import { shownTables } from "../../config/explain.ts";
import type { Command, OptionSpec, PositionalSpec } from "../command.ts";
import { globalOptions } from "../global_options.ts";
import { guides, guideSummary } from "../guides.ts";

/** A word that can be typed, and what it means. */
export interface Word {
  readonly word: string;
  /** One line; empty if the word says it all. */
  readonly doc: string;
}

/** What can stand at one place. `topics`: what `explain` explains. `none`: anything, so nothing is offered. */
export type Expected =
  | { readonly kind: "none" | "files" | "directories" | "topics" }
  | { readonly kind: "words"; readonly words: readonly Word[] };

/** An option as a shell sees it. */
export interface CompletionOption {
  /** With its dashes. */
  readonly long: string;
  /** With its dash. */
  readonly short: string | undefined;
  /** Undefined for a switch. */
  readonly value: { readonly name: string; readonly expected: Expected } | undefined;
  readonly repeatable: boolean;
  readonly doc: string;
}

/** A command as a shell sees it. */
export interface CompletionCommand {
  readonly name: string;
  readonly summary: string;
  /** Its own and the global ones. */
  readonly options: readonly CompletionOption[];
  readonly positionals: readonly { readonly name: string; readonly expected: Expected }[];
}

/** A word that `explain` knows: a section type with its options, or another one without. */
export interface Topic extends Word {
  readonly options: readonly Word[];
}

/** The whole command line. */
export interface CompletionModel {
  readonly version: string;
  readonly commands: readonly CompletionCommand[];
  /** Options that may stand before the command's name. */
  readonly globalOptions: readonly CompletionOption[];
  readonly topics: readonly Topic[];
}

/** Other things than sections that `explain` explains. */
const otherTopics: readonly Topic[] = [
  { word: "findings", doc: "The codes of what check finds", options: [] },
  { word: "guides", doc: "The guides for operators", options: [] },
  ...guides.map((guide) => ({ word: guide.name, doc: firstSentence(guideSummary(guide)), options: [] })),
];

/** Makes the model. */
export function completionModel(commands: readonly Command[], version: string): CompletionModel {
  const names = commands.map(({ name, summary }) => ({ word: name, doc: summary }));
  const global = globalOptions.map(completionOption);
  return {
    version,
    commands: commands.map(({ name, summary, options, positionals }) => ({
      name,
      summary,
      options: [...options.map(completionOption), ...global],
      positionals: positionals.map((spec) => ({ name: spec.name, expected: expectedPositional(spec, names) })),
    })),
    globalOptions: global,
    topics: [
      ...shownTables().map(({ type, doc, rows }) => ({
        word: type,
        doc: firstSentence(doc),
        options: rows.map((row) => ({ word: row.name, doc: firstSentence(row.doc) })),
      })),
      ...otherTopics,
    ],
  };
}

function completionOption(spec: OptionSpec): CompletionOption {
  const { name, short, value, choices, doc } = spec;
  return {
    long: `--${name}`,
    short: short === undefined ? undefined : `-${short}`,
    value: value === undefined ? undefined : { name: value, expected: expectedValue(value, choices) },
    repeatable: spec.repeatable === true,
    doc,
  };
}

function expectedPositional({ name, choices }: PositionalSpec, commands: readonly Word[]): Expected {
  if (choices === undefined && name === "COMMAND") return { kind: "words", words: commands };
  return choices === undefined && name === "WORD" ? { kind: "topics" } : expectedValue(name, choices);
}

function expectedValue(name: string, choices: readonly string[] | undefined): Expected {
  if (choices !== undefined) return { kind: "words", words: choices.map((word) => ({ word, doc: "" })) };
  if (name === "FILE") return { kind: "files" };
  return { kind: name === "DIR" ? "directories" : "none" };
}

function firstSentence(doc: string): string {
  return (/^.*?\.(?= |$)/.exec(doc)?.[0] ?? doc).replace(/\.$/, "");
}
