/**
 * The one place that prints for commands. Knows whether colours are wanted and survives a closed pipe.
 *
 * @module
 */

import { concat } from "@std/bytes";
import { type Clock, systemClock } from "../clock.ts";
import { promptSecret, type PromptTerminal } from "./secret_prompt.ts";
import { Spinner } from "./spinner.ts";

/** When output is coloured: `auto` means on a terminal. */
export type ColorChoice = "auto" | "always" | "never";

/** Colours and weights that a {@link Terminal} can put around text. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Where a command prints to and reads from. */
export interface Terminal {
  /** Writes text or bytes to stdout as they are. Resolves when all was handed over; a closed pipe is no error. */
  write(output: string | Uint8Array): Promise<void>;
  /** Writes a line to stderr. */
  error(line: string): Promise<void>;
  /** Puts a style around text if stdout shows colours, else gives the text back. */
  style(style: Style, text: string): string;
  /** True if stdin and stdout are both terminals. */
  readonly interactive: boolean;
  /** True if stdout is a terminal: what other programs read, line by line, is not wrapped. */
  readonly wraps: boolean;
  /** True once nobody takes what is printed: its reader is gone, or it could not be written. */
  readonly outputClosed: boolean;
  /** Columns of stdout, 80 if unknown. */
  readonly columns: number;
  /** Reads all of stdin as bytes, at most `limit` bytes (throws `RangeError` beyond). */
  readAll(limit: number): Promise<Uint8Array>;
  /** Asks for a password on stderr without showing it; null if stdin is no terminal. */
  promptSecret(message: string): Promise<string | null>;
  /** Shows on stderr, if that is a terminal, that something takes its time: until it is disposed of, one at a time. */
  progress(message: string): Progress;
}

/** What is being waited for. Each line that is printed meanwhile takes its place for a moment. */
export interface Progress extends AsyncDisposable {
  message: string;
}

/** A terminal as the program's frame needs it: whether all output arrived decides about the exit code. */
export interface CommandTerminal extends Terminal {
  /** True if output was lost, and not because its reader had closed the pipe. */
  readonly outputLost: boolean;
}

/** The two streams that a program prints to, or stand-ins for them. */
export interface OutputStream {
  /** Writes some of the bytes and resolves to how many. */
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

/** Where a {@link CommandTerminal} reads from and prints to. */
export interface Streams {
  readonly stdin: {
    /** Reads some bytes and resolves to how many, or to null at the end. */
    read(buffer: Uint8Array): Promise<number | null>;
    isTerminal(): boolean;
    /** See `Deno.stdin.setRaw`. */
    setRaw(mode: boolean): void;
  };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Columns of stdout; throws if it is no terminal. */
  consoleSize(): { readonly columns: number };
  readonly onSignal: PromptTerminal["onSignal"];
}

/** The process's own streams. */
const processStreams: Streams = {
  stdin: Deno.stdin,
  stdout: Deno.stdout,
  stderr: Deno.stderr,
  consoleSize: () => Deno.consoleSize(),
  onSignal(action): () => void {
    // Windows knows no other.
    const names: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const name of names) Deno.addSignalListener(name, action);
    return () => {
      for (const name of names) Deno.removeSignalListener(name, action);
    };
  },
};

/** SGR codes that turn a style on and off again (ECMA-48 8.3.117). */
const styleCodes: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** What is assumed where the width can't be asked for. */
const defaultColumns = 80;

/** The terminal that a command is run with: the process's own streams, unless a test gives others. */
export function createTerminal(
  color: ColorChoice,
  streams: Streams = processStreams,
  clock: Clock = systemClock,
): CommandTerminal {
  const { stdin, stdout, stderr } = streams;
  const colored = color === "always" || (color === "auto" && stdout.isTerminal());
  const out = new Printer(stdout);
  const err = new Printer(stderr);
  let reported = false;
  let spinner: Spinner | undefined;
  const columns = (): number => {
    try {
      const { columns } = streams.consoleSize();
      return columns > 0 ? columns : defaultColumns;
    } catch {
      return defaultColumns;
    }
  };
  return {
    async write(output): Promise<void> {
      await spinner?.hide();
      await out.print(output);
      if (out.failure === undefined || reported) return;
      reported = true;
      await err.print(`duoproxy: Can't write to standard output: ${out.failure}\n`);
    },
    error(line): Promise<void> {
      void spinner?.hide();
      return err.print(`${line}\n`);
    },
    style(style, text): string {
      const [on, off] = styleCodes[style];
      return colored && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text;
    },
    interactive: stdin.isTerminal() && stdout.isTerminal(),
    wraps: stdout.isTerminal(),
    get columns(): number {
      return columns();
    },
    get outputClosed(): boolean {
      return out.ended;
    },
    get outputLost(): boolean {
      return out.failure !== undefined;
    },
    readAll: (limit) => readAll(stdin, limit),
    async promptSecret(message): Promise<string | null> {
      if (!stdin.isTerminal()) return null;
      return await promptSecret(message, {
        read: (buffer) => stdin.read(buffer),
        setRaw: (mode) => stdin.setRaw(mode),
        print: (text) => err.print(text),
        onSignal: streams.onSignal,
      });
    },
    progress(message): Progress {
      if (!stderr.isTerminal()) return { message, [Symbol.asyncDispose]: () => Promise.resolve() };
      spinner = new Spinner({ clock, message, columns, print: (text) => err.print(text) });
      spinner.start();
      return spinner;
    },
  };
}

/** One stream, written to in order. After its first error it takes no more text: the reader is gone, or the disk full. */
class Printer {
  readonly #stream: OutputStream;
  readonly #encoder = new TextEncoder();
  #tail: Promise<void> = Promise.resolve();
  /** True once the stream takes no more. */
  ended = false;
  /** Why output was lost; undefined as long as none was, or if only the reader of a pipe went away. */
  failure: string | undefined;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  print(output: string | Uint8Array): Promise<void> {
    const bytes = typeof output === "string" ? this.#encoder.encode(output) : output;
    this.#tail = this.#tail.then(() => this.#write(bytes));
    return this.#tail;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let rest = bytes; rest.length > 0 && !this.ended;) {
        rest = rest.subarray(await this.#stream.write(rest));
      }
    } catch (error) {
      this.ended = true;
      if (error instanceof Deno.errors.BrokenPipe) return;
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }
}

async function readAll(stdin: Streams["stdin"], limit: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(64 * 1024);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const count = await stdin.read(buffer);
    if (count === null) break;
    size += count;
    if (size > limit) throw new RangeError(`Standard input is longer than ${limit} octets`);
    chunks.push(buffer.slice(0, count));
  }
  return concat(chunks);
}
