/**
 * The guides for operators: texts of `conf/guides`, which `explain` shows.
 *
 * Whoever imports this file carries all of them, so commands load it when they need it: `serve` never does.
 *
 * @module
 */

import ciscoAsa from "../../conf/guides/cisco-asa.md" with { type: "text" };
import configuration from "../../conf/guides/configuration.md" with { type: "text" };
import containers from "../../conf/guides/containers-and-systemd-credentials.md" with { type: "text" };
import failmode from "../../conf/guides/failmode-and-repeats.md" with { type: "text" };
import installing from "../../conf/guides/installing.md" with { type: "text" };
import migrating from "../../conf/guides/migrating.md" with { type: "text" };
import operating from "../../conf/guides/operating.md" with { type: "text" };
import troubleshooting from "../../conf/guides/troubleshooting.md" with { type: "text" };
import { firstParagraph, layoutMarkdown, type MarkdownLook } from "./markdown.ts";

/** A guide. */
export interface Guide {
  /** The word that `explain` takes: the file's name without its ending. */
  readonly name: string;
  /** Markdown: a title, then a paragraph that says what the guide is about. */
  readonly text: string;
}

/** All guides, in the order in which they are listed: the way from installing to what goes wrong. */
export const guides: readonly Guide[] = [
  { name: "installing", text: installing },
  { name: "migrating", text: migrating },
  { name: "cisco-asa", text: ciscoAsa },
  { name: "configuration", text: configuration },
  { name: "failmode-and-repeats", text: failmode },
  { name: "operating", text: operating },
  { name: "containers-and-systemd-credentials", text: containers },
  { name: "troubleshooting", text: troubleshooting },
];

/** The guide of this name, in any case, with or without its file's ending. */
export function findGuide(word: string): Guide | undefined {
  const name = word.trim().toLowerCase().replace(/\.md$/, "");
  return guides.find((guide) => guide.name === name);
}

/** What a guide is about, in a sentence. */
export function guideSummary({ text }: Guide): string {
  return firstParagraph(text);
}

/** A guide for a terminal. */
export function showGuide({ text }: Guide, look: Omit<MarkdownLook, "linkNote">): string {
  return layoutMarkdown(text, { ...look, linkNote });
}

/** Another guide is a word to `explain`; an address in the world is shown; files of the repository are not at hand. */
function linkNote(target: string): string | undefined {
  if (/^https?:/.test(target)) return target;
  const guide = findGuide(target.replace(/#.*$/, ""));
  return guide === undefined ? undefined : `\`duoproxy explain ${guide.name}\``;
}
