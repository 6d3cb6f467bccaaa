/**
 * Lines to a stream that may be slow, stalled or full, from callers that must never wait.
 *
 * `write` only puts a line into a bounded queue; one loop hands the queue to the stream. What doesn't fit is dropped
 * and counted, and a line says so as soon as there is room. An error of the stream (a full disk, a reader that went
 * away) keeps the queue and is tried again later, from the octet where it stopped, so that no line is torn.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** What lines are written to: `Deno.stdout` and `Deno.stderr` fit. */
export interface ByteStream {
  /** Writes some of the octets and resolves to how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** How a {@link LineWriter} behaves. */
export interface LineWriterOptions {
  readonly clock: Clock;
  /** The line that reports drops, without line end. */
  readonly notice: (dropped: number) => string;
  /** Lines that may wait. */
  readonly maxLines?: number;
  /** Octets that may wait. */
  readonly maxOctets?: number;
  /** Milliseconds until a stream that failed is tried again. */
  readonly retryDelay?: number;
}

/** Lines handed to the stream in one call: as much as a pipe of Linux holds. */
const batchOctets = 65_536;

/** Lines taken from the front before the queue is moved up. */
const compactAfter = 1_024;

/** A bounded, asynchronous writer of lines: one a stream. */
export class LineWriter implements AsyncDisposable {
  readonly #stream: ByteStream;
  readonly #clock: Clock;
  readonly #notice: (dropped: number) => string;
  readonly #maxLines: number;
  readonly #maxOctets: number;
  readonly #retryDelay: number;
  readonly #encoder = new TextEncoder();
  /** Lines that wait, from {@link #head} on; taking from the front costs no copy of the rest. */
  #queue: Uint8Array[] = [];
  #head = 0;
  /** Octets in the queue and on their way. */
  #octets = 0;
  /** Lines in the queue and on their way. */
  #lines = 0;
  #dropped = 0;
  /** Drops that no notice has reported yet. */
  #unreported = 0;
  #running = false;
  #closed = false;
  #wake: (() => void) | undefined;
  readonly #idle = new Set<() => void>();

  constructor(stream: ByteStream, options: LineWriterOptions) {
    this.#stream = stream;
    this.#clock = options.clock;
    this.#notice = options.notice;
    this.#maxLines = options.maxLines ?? 8_192;
    this.#maxOctets = options.maxOctets ?? 4 * 1024 * 1024;
    this.#retryDelay = options.retryDelay ?? 1_000;
  }

  /** Lines dropped since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Lines that were taken and are not written yet. */
  get waiting(): number {
    return this.#lines;
  }

  /** Takes a line, without line end. Never throws and never waits. */
  write(line: string): void {
    const bytes = this.#encoder.encode(`${line}\n`);
    if (this.#closed || !this.#reportDrops(bytes.length) || !this.#fits(bytes.length)) {
      this.#dropped++;
      this.#unreported++;
      return;
    }
    this.#enqueue(bytes);
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

  #fits(octets: number): boolean {
    return this.#lines < this.#maxLines && this.#octets + octets <= this.#maxOctets;
  }

  #enqueue(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#lines++;
    this.#octets += bytes.length;
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
  }

  /**
   * Puts the notice before the next line that is taken, so that it stands where the gap is.
   *
   * @param following octets of that line, for which there must be room too; 0 if there is none.
   * @returns false if there is no room for both.
   */
  #reportDrops(following: number): boolean {
    if (this.#unreported === 0) return true;
    const bytes = this.#encoder.encode(`${this.#notice(this.#unreported)}\n`);
    const lines = following === 0 ? 1 : 2;
    if (this.#lines + lines > this.#maxLines || this.#octets + bytes.length + following > this.#maxOctets) return false;
    this.#unreported = 0;
    this.#enqueue(bytes);
    return true;
  }

  async #run(): Promise<void> {
    for (;;) {
      // With nothing behind the gap, the notice is the last line.
      if (this.#head === this.#queue.length) this.#reportDrops(0);
      const batch = this.#take();
      if (batch === undefined) break;
      const written = await this.#writeWhole(batch.bytes);
      this.#lines -= batch.lines;
      this.#octets -= batch.bytes.length;
      if (written) continue;
      this.#dropped += batch.lines + (this.#queue.length - this.#head);
      this.#clear();
      break;
    }
    this.#running = false;
    for (const done of [...this.#idle]) done();
    this.#idle.clear();
  }

  #clear(): void {
    this.#queue = [];
    this.#head = 0;
    this.#lines = 0;
    this.#octets = 0;
    this.#unreported = 0;
  }

  #take(): { readonly bytes: Uint8Array; readonly lines: number } | undefined {
    const from = this.#head;
    let size = 0;
    let to = from;
    for (let next = this.#queue[to]; next !== undefined; next = this.#queue[++to]) {
      if (to > from && size + next.length > batchOctets) break;
      size += next.length;
    }
    if (to === from) return undefined;
    const bytes = new Uint8Array(size);
    let offset = 0;
    for (const line of this.#queue.slice(from, to)) {
      bytes.set(line, offset);
      offset += line.length;
    }
    this.#head = to;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head >= compactAfter) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return { bytes, lines: to - from };
  }

  /** Writes all octets, however often the stream fails. False: the writer was closed meanwhile. */
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
