/**
 * The findings about one file as they are collected. Their words are decided last, once every secret is known.
 *
 * @module
 */

import { type Finding, finding, type FindingCode, type Level, type Place, type Reporter } from "./diagnostics.ts";
import { Hidden } from "./mask.ts";
import type { Message } from "./message.ts";
import { render, showName } from "./render.ts";

/** What was found, before its words are decided. */
interface Draft {
  readonly level: Level;
  readonly code: FindingCode;
  readonly place: Place;
  readonly message: Message;
  readonly hint: string | undefined;
}

/** Collects the findings about one file, and the secrets that none of them may show. */
export class Findings implements Reporter {
  readonly #list: Draft[] = [];
  readonly #file: string;
  readonly #hidden = new Hidden();

  constructor(file: string) {
    this.#file = file;
  }

  error(code: FindingCode, place: Place, message: Message, hint?: string): void {
    this.#list.push({ level: "error", code, place, message, hint });
  }

  warning(code: FindingCode, place: Place, message: Message, hint?: string): void {
    this.#list.push({ level: "warning", code, place, message, hint });
  }

  /** Takes a text out of all findings, also of those that were made before. */
  hide(secret: string): void {
    this.#hidden.add(secret);
  }

  /** The name of a section or an option as it may be shown. */
  nameOf(written: string): string {
    return showName(written, this.#hidden);
  }

  /** True if one of them is an error. */
  get failed(): boolean {
    return this.#list.some((one) => one.level === "error");
  }

  /** All findings in the order of the file; of several in one place, errors first. */
  sorted(): readonly Finding[] {
    const order = (level: Level): number => level === "error" ? 0 : 1;
    return this.#list.toSorted((a, b) =>
      a.place.line - b.place.line || a.place.column - b.place.column || order(a.level) - order(b.level)
    ).map((one) => this.#finish(one));
  }

  #finish({ level, code, place, message, hint }: Draft): Finding {
    const { section, option, ...where } = place;
    const names = {
      ...(section === undefined ? {} : { section: this.nameOf(section) }),
      ...(option === undefined ? {} : { option: this.nameOf(option) }),
    };
    return finding(level, code, this.#file, { ...where, ...names }, render(message, this.#hidden), hint);
  }
}
