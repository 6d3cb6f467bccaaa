/**
 * Lines that wait, in the order in which they came, of which the least wanted can be taken out again.
 *
 * @module
 */

import { type LineKind, lineKinds } from "./line_kind.ts";

/** A line that waits. */
export interface WaitingLine {
  /** Its place among all lines, counted up. */
  readonly order: number;
  readonly kind: LineKind;
  readonly bytes: Uint8Array;
}

/** What room a number of lines takes. */
export interface Room {
  readonly lines: number;
  /** In bytes. */
  readonly size: number;
}

/** Lines taken from the front of a lane before it is moved up. */
const compactAfter = 1_024;

/** The lines of one kind. Taking from the front costs no copy of the rest. */
class Lane {
  #lines: WaitingLine[] = [];
  #head = 0;
  /** In bytes. */
  size = 0;

  get count(): number {
    return this.#lines.length - this.#head;
  }

  get first(): WaitingLine | undefined {
    return this.#lines[this.#head];
  }

  push(line: WaitingLine): void {
    this.#lines.push(line);
    this.size += line.bytes.length;
  }

  takeFirst(): void {
    this.size -= this.first?.bytes.length ?? 0;
    this.#head++;
    if (this.#head < compactAfter && this.#head < this.#lines.length) return;
    this.#lines = this.#lines.slice(this.#head);
    this.#head = 0;
  }

  /** Takes the one that came last. */
  takeLast(): WaitingLine | undefined {
    if (this.count === 0) return undefined;
    const line = this.#lines.pop();
    this.size -= line?.bytes.length ?? 0;
    return line;
  }
}

/** A queue over all kinds. */
export class LineQueue {
  readonly #lanes: Readonly<Record<LineKind, Lane>> = {
    forgeable: new Lane(),
    log: new Lane(),
    event: new Lane(),
    allow: new Lane(),
  };
  #order = 0;

  /** The place that the next line gets. */
  get nextOrder(): number {
    return this.#order;
  }

  /** Puts a line behind all others. */
  push(kind: LineKind, bytes: Uint8Array): void {
    this.#lanes[kind].push({ order: this.#order++, kind, bytes });
  }

  /** The line that came first; undefined if none waits. */
  get first(): WaitingLine | undefined {
    let first: WaitingLine | undefined;
    for (const kind of lineKinds) {
      const candidate = this.#lanes[kind].first;
      if (candidate !== undefined && (first === undefined || candidate.order < first.order)) first = candidate;
    }
    return first;
  }

  /** Takes the line that came first. */
  takeFirst(): WaitingLine | undefined {
    const { first } = this;
    if (first !== undefined) this.#lanes[first.kind].takeFirst();
    return first;
  }

  /** Takes out the least wanted line, of those the latest, if a line of this kind is wanted more. */
  takeLesser(kind: LineKind): WaitingLine | undefined {
    for (const lesser of lineKinds) {
      if (lesser === kind) return undefined;
      const line = this.#lanes[lesser].takeLast();
      if (line !== undefined) return line;
    }
    return undefined;
  }

  /** What room the lines take that are wanted less than those of this kind. */
  lesser(kind: LineKind): Room {
    let lines = 0;
    let size = 0;
    for (const lesser of lineKinds) {
      if (lesser === kind) break;
      lines += this.#lanes[lesser].count;
      size += this.#lanes[lesser].size;
    }
    return { lines, size };
  }
}
