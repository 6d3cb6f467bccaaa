/**
 * Asks for a line on the terminal without showing it. Our own, for what the libraries have leaves the terminal silent
 * after Ctrl-C, takes half a character away on backspace, and asks on stdout, where the answer to come may be going.
 *
 * @module
 */

import { UsageError } from "./usage_error.ts";

/** The terminal, as far as a question goes. */
export interface PromptTerminal {
  /** Reads some octets and resolves to how many, or to null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Raw: octets come one by one, unseen, and Ctrl-C is one of them. */
  setRaw(mode: boolean): void;
  /** Prints where it can be seen, whatever stdout is. */
  print(text: string): Promise<void>;
  /**
   * Calls `action` instead of ending the program when a signal asks for its end.
   *
   * @returns a function that puts things back.
   */
  onSignal(action: (signal: Deno.Signal) => void): () => void;
  /** Ends the program as a signal does; returns, or resolves, only if that didn't end it. */
  raise(signal: Deno.Signal): void | Promise<void>;
}

/** Nobody types more than so many octets; what is pasted beyond is dropped. */
const longest = 65_536;

/**
 * Prints `message` and reads one line. Backspace takes a character away, Ctrl-U all of them; Ctrl-C ends the program;
 * arrow keys and the like do nothing. The terminal is as before when this returns, throws, or the program is ended.
 *
 * @throws {UsageError} if the program was told to end and still lives.
 */
export async function promptSecret(message: string, terminal: PromptTerminal): Promise<string> {
  const signalled = Promise.withResolvers<never>();
  let raw = false;
  const restore = (): void => {
    if (raw) terminal.setRaw(false);
    raw = false;
  };
  const stop = async (signal: Deno.Signal): Promise<void> => {
    restore();
    ignoreSignals();
    await terminal.raise(signal);
    signalled.reject(new UsageError("Interrupted"));
  };
  const ignoreSignals = terminal.onSignal((signal) => void stop(signal));
  try {
    terminal.setRaw(true);
    raw = true;
    await terminal.print(message);
    const line = await Promise.race([readLine(terminal), signalled.promise]);
    if (line === "interrupted") void stop("SIGINT");
    else return new TextDecoder("utf-8", { ignoreBOM: true }).decode(line);
    return await signalled.promise;
  } finally {
    restore();
    ignoreSignals();
    // The Enter was not shown either.
    await terminal.print("\n");
  }
}

const key = {
  interrupt: 0x03,
  end: 0x04,
  backspace: 0x08,
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  clear: 0x15,
  escape: 0x1b,
  space: 0x20,
  openingBracket: 0x5b,
  upperO: 0x4f,
  delete: 0x7f,
} as const;

async function readLine(terminal: PromptTerminal): Promise<Uint8Array | "interrupted"> {
  // One octet at a time: what was typed ahead stays for whoever reads next.
  const buffer = new Uint8Array(1);
  const octets: number[] = [];
  const next = async (): Promise<number | undefined> => {
    const count = await terminal.read(buffer);
    return count === null ? undefined : buffer[0];
  };
  for (;;) {
    const octet = await next();
    switch (octet) {
      case undefined:
      case key.lineFeed:
      case key.carriageReturn:
        return new Uint8Array(octets);
      case key.interrupt:
        return "interrupted";
      case key.end:
        if (octets.length === 0) return new Uint8Array();
        break;
      case key.backspace:
      case key.delete:
        removeCharacter(octets);
        break;
      case key.clear:
        octets.length = 0;
        break;
      case key.escape:
        await skipSequence(next);
        break;
      default:
        if ((octet >= key.space || octet === key.tab) && octets.length < longest) octets.push(octet);
    }
  }
}

/** Takes the last character away: its continuing octets and its first one (RFC 3629, 3). */
function removeCharacter(octets: number[]): void {
  while (((octets.pop() ?? 0) & 0xc0) === 0x80);
}

/** Reads to the end of what a key such as an arrow sends (ECMA-48, 5.4). */
async function skipSequence(next: () => Promise<number | undefined>): Promise<void> {
  const second = await next();
  if (second === key.upperO) await next();
  if (second !== key.openingBracket) return;
  for (let octet = await next(); octet !== undefined && (octet < 0x40 || octet > 0x7e);) octet = await next();
}
