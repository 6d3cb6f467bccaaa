/**
 * Lines to a stream that may be slow, stalled or full, from callers that must never wait.
 *
 * `write` only puts a line into a bounded queue; one loop hands the queue to the stream. Where there is no room, what is wanted
 * least is dropped and counted, and a line says so where the gap is. An error of the stream (a full disk, a reader that went
 * away) keeps the queue and is tried again later, from the byte where it stopped, so that no line is torn.
 *
 * @module
 */

import { concat } from "@std/bytes";
import type { Clock } from "../clock.ts";
import { addLines, type LineCounts, type LineKind, noLines, totalLines } from "./line_kind.ts";
import { LineQueue, type WaitingLine } from "./line_queue.ts";

/** What lines are written to: `Deno.stdout` and `Deno.stderr` fit. */
export interface ByteStream {
  /** Writes some of the bytes and resolves to how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** How a {@link LineWriter} behaves. */
export interface LineWriterOptions {
  readonly clock: Clock;
  /** The line that reports drops, without line end. It may stand beside the bounds of the queue. */
  readonly notice: (dropped: LineCounts) => string;
  /** Lines that may wait. */
  readonly maxLines?: number;
  /** Bytes that may wait. */
  readonly maxBytes?: number;
  /** Milliseconds until a stream that failed is tried again. */
  readonly retryDelay?: number;
}

/** Lines handed to the stream in one call: as much as a pipe of Linux holds. */
const batchBytes = 65_536;

/** A bounded, asynchronous writer of lines: one a stream. */
export class LineWriter implements AsyncDisposable {
  readonly #stream: ByteStream;
  readonly #clock: Clock;
  readonly #notice: (dropped: LineCounts) => string;
  readonly #maxLines: number;
  readonly #maxBytes: number;
  readonly #retryDelay: number;
  readonly #encoder = new TextEncoder();
  readonly #queue = new LineQueue();
  /** Bytes in the queue and on their way. */
  #size = 0;
  /** Lines in the queue and on their way. */
  #lines = 0;
  #dropped = noLines;
  /** Drops that no notice has reported yet. */
  #unreported = noLines;
  /** Place in the queue of the first line behind the unreported gap. */
  #gap = 0;
  #running = false;
  #closed = false;
  #wake: (() => void) | undefined;
  readonly #idle = new Set<() => void>();

  constructor(stream: ByteStream, options: LineWriterOptions) {
    this.#stream = stream;
    this.#clock = options.clock;
    this.#notice = options.notice;
    this.#maxLines = options.maxLines ?? 8_192;
    this.#maxBytes = options.maxBytes ?? 4 * 1024 * 1024;
    this.#retryDelay = options.retryDelay ?? 1_000;
  }

  /** Lines dropped since the start. */
  get dropped(): LineCounts {
    return this.#dropped;
  }

  /** Lines that were taken and are not written yet. */
  get waiting(): number {
    return this.#lines;
  }

  /** Takes a line, without line end; where there is no room, in place of lines that are wanted less. Never throws and never waits. */
  write(line: string, kind: LineKind = "log"): void {
    const bytes = this.#encoder.encode(`${line}\n`);
    if (this.#closed || !this.#makeRoom(kind, bytes.length)) return this.#drop(kind);
    this.#queue.push(kind, bytes);
    this.#lines++;
    this.#size += bytes.length;
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
  }

  /**
   * Waits until everything taken so far is written.
   *
   * @param timeout milliseconds to wait at most.
   * @returns false if the time was up first.
   */
  flush(timeout: number): Promise<boolean> {
    if (!this.#running) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#idle.delete(done);
        resolve(true);
      };
      const cancel = this.#clock.after(timeout, () => {
        this.#idle.delete(done);
        resolve(false);
      });
      this.#idle.add(done);
    });
  }

  /**
   * Takes no more lines, writes those it has, and gives up what a failed stream does not take. A write that hangs is
   * waited for: a program that ends calls {@link flush} with a limit instead.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    if (this.#running) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  /** Drops lesser lines until this one fits; none if it would not fit even then. */
  #makeRoom(kind: LineKind, size: number): boolean {
    const lesser = this.#queue.lesser(kind);
    if (!this.#fits(this.#lines - lesser.lines, this.#size - lesser.size + size)) return false;
    while (!this.#fits(this.#lines, this.#size + size)) {
      const line = this.#queue.takeLesser(kind);
      if (line === undefined) return false;
      this.#leave(line);
      this.#drop(line.kind);
    }
    return true;
  }

  #fits(lines: number, size: number): boolean {
    return lines < this.#maxLines && size <= this.#maxBytes;
  }

  #drop(kind: LineKind): void {
    if (totalLines(this.#unreported) === 0) this.#gap = this.#queue.nextOrder;
    const one = { ...noLines, [kind]: 1 };
    this.#dropped = addLines(this.#dropped, one);
    this.#unreported = addLines(this.#unreported, one);
  }

  #leave({ bytes }: WaitingLine): void {
    this.#lines--;
    this.#size -= bytes.length;
  }

  async #run(): Promise<void> {
    for (;;) {
      const lines = this.#takeBatch();
      const notice = this.#takeNotice();
      if (lines.length === 0 && notice === undefined) break;
      const parts = [...lines.map(({ bytes }) => bytes), ...(notice === undefined ? [] : [notice])];
      const written = await this.#writeWhole(concat(parts));
      for (const line of lines) this.#leave(line);
      if (written) continue;
      for (const { kind } of lines) this.#drop(kind);
      this.#giveUp();
      break;
    }
    this.#running = false;
    for (const done of [...this.#idle]) done();
    this.#idle.clear();
  }

  /** The lines that go to the stream together: up to the gap, if there is one. */
  #takeBatch(): readonly WaitingLine[] {
    const lines: WaitingLine[] = [];
    let size = 0;
    for (let next = this.#queue.first; next !== undefined; next = this.#queue.first) {
      if (this.#isBehindGap(next)) break;
      if (lines.length > 0 && size + next.bytes.length > batchBytes) break;
      size += next.bytes.length;
      lines.push(next);
      this.#queue.takeFirst();
    }
    return lines;
  }

  /** The notice, if it is its turn: all lines before the gap are taken. */
  #takeNotice(): Uint8Array | undefined {
    const next = this.#queue.first;
    if (totalLines(this.#unreported) === 0 || (next !== undefined && !this.#isBehindGap(next))) return undefined;
    const bytes = this.#encoder.encode(`${this.#notice(this.#unreported)}\n`);
    this.#unreported = noLines;
    return bytes;
  }

  #isBehindGap({ order }: WaitingLine): boolean {
    return totalLines(this.#unreported) > 0 && order >= this.#gap;
  }

  /** The stream took no more before the end. */
  #giveUp(): void {
    for (let line = this.#queue.takeFirst(); line !== undefined; line = this.#queue.takeFirst()) {
      this.#leave(line);
      this.#drop(line.kind);
    }
    this.#unreported = noLines;
  }

  /** Writes all bytes, however often the stream fails. False: the writer was closed meanwhile. */
  async #writeWhole(bytes: Uint8Array): Promise<boolean> {
    let rest = bytes;
    while (rest.length > 0) {
      try {
        const count = await this.#stream.write(rest);
        rest = rest.subarray(count);
        // A stream that takes nothing must not turn this into a busy loop.
        if (count > 0) continue;
      } catch {
        // The reason can't be told: this is the way by which it would be.
      }
      if (this.#closed) return false;
      await this.#pause();
      if (this.#closed) return false;
    }
    return true;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#wake = undefined;
        resolve();
      };
      const cancel = this.#clock.after(this.#retryDelay, wake);
      this.#wake = wake;
    });
  }
}
