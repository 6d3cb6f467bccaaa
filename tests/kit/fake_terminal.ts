/**
 * A terminal that keeps what is printed, for tests of commands.
 *
 * @module
 */

import type { CommandTerminal, Progress, Style } from "../../lib/cli/terminal.ts";
import { authApiSkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { assertNoSecret } from "./planted_secrets.ts";

/** `simulate` prints the keys that its simulator takes. */
const printable: readonly string[] = [radiusSkey, authApiSkey];

/** What a {@link FakeTerminal} pretends to be. */
export interface FakeTerminalOptions {
  /** Octets or text that stdin holds. */
  readonly stdin?: string | Uint8Array;
  /** Answers to the questions of `promptSecret`, in order. */
  readonly secrets?: readonly string[];
  readonly interactive?: boolean;
  /** Whether stdout is a terminal; as `interactive` says, if absent. */
  readonly wraps?: boolean;
  readonly columns?: number;
  /** Shows styles as `<bold>text</bold>`. */
  readonly styled?: boolean;
  readonly outputLost?: boolean;
}

/** A {@link CommandTerminal} in memory. */
export class FakeTerminal implements CommandTerminal {
  /** All that went to stdout. */
  stdoutBytes: Uint8Array = new Uint8Array();
  /** All that went to stderr. */
  stderr = "";
  /** The questions that were asked. */
  readonly prompts: string[] = [];
  /** What was shown of waiting. */
  readonly waits: string[] = [];
  readonly interactive: boolean;
  readonly wraps: boolean;
  readonly columns: number;
  readonly outputLost: boolean;
  outputClosed = false;
  readonly #options: FakeTerminalOptions;
  readonly #secrets: string[];

  constructor(options: FakeTerminalOptions = {}) {
    this.#options = options;
    this.#secrets = [...options.secrets ?? []];
    this.interactive = options.interactive ?? false;
    this.wraps = options.wraps ?? this.interactive;
    this.columns = options.columns ?? 80;
    this.outputLost = options.outputLost ?? false;
  }

  /** All that went to stdout, as text. */
  get stdout(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.stdoutBytes);
  }

  write(output: string | Uint8Array): Promise<void> {
    const bytes = typeof output === "string" ? new TextEncoder().encode(output) : output;
    this.stdoutBytes = new Uint8Array([...this.stdoutBytes, ...bytes]);
    assertNoSecret(this.stdout, "What a command printed", printable);
    return Promise.resolve();
  }

  error(line: string): Promise<void> {
    this.stderr += `${line}\n`;
    assertNoSecret(this.stderr, "What a command printed on stderr", printable);
    return Promise.resolve();
  }

  style(style: Style, text: string): string {
    return this.#options.styled === true ? `<${style}>${text}</${style}>` : text;
  }

  readAll(limit: number): Promise<Uint8Array> {
    const { stdin = "" } = this.#options;
    const bytes = typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin;
    return bytes.length > limit
      ? Promise.reject(new RangeError(`Standard input is longer than ${limit} octets`))
      : Promise.resolve(bytes);
  }

  promptSecret(message: string): Promise<string | null> {
    this.prompts.push(message);
    return Promise.resolve(this.#secrets.shift() ?? null);
  }

  progress(message: string): Progress {
    const { waits } = this;
    waits.push(message);
    return {
      get message(): string {
        return waits.at(-1) ?? "";
      },
      set message(text: string) {
        waits.push(text);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}
