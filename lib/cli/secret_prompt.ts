/**
 * Asks for a line on the terminal without showing it.
 *
 * Our own, since `promptSecret()` of `@std/cli` reads synchronously: Ctrl-C or a signal ends the program with a terminal that
 * shows nothing any more, and no answer is waited for meanwhile. It also takes half a character away on backspace, takes
 * arrow keys and Ctrl-U for part of the secret, hangs at Ctrl-D, and asks on stdout, where the answer to come may be going.
 *
 * @module
 */

/** The terminal, as far as a question goes. */
export interface PromptTerminal {
  /** Reads some bytes and resolves to how many, or to null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Raw: bytes come one by one, unseen, and Ctrl-C is one of them. */
  setRaw(mode: boolean): void;
  /** Prints where it can be seen, whatever stdout is. */
  print(text: string): Promise<void>;
  /**
   * Calls `action` instead of ending the program when a signal asks for its end.
   *
   * @returns a function that puts things back.
   */
  onSignal(action: () => void): () => void;
}

/** A question was not answered: Ctrl-C, or a signal that asks the program to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Nobody types more than so many bytes; what is pasted beyond is dropped. */
const longest = 65_536;

/**
 * Prints `message` and reads one line. Backspace takes a character away, Ctrl-U all of them; arrow keys and the like do
 * nothing. The terminal is as before when this returns or throws.
 *
 * @throws {Interrupted} at Ctrl-C and at a signal. It is not raised again, for the runtime of the compiled program would ask
 * the user for the right to do so.
 */
export async function promptSecret(message: string, terminal: PromptTerminal): Promise<string> {
  const signalled = Promise.withResolvers<never>();
  const ignoreSignals = terminal.onSignal(() => signalled.reject(new Interrupted()));
  try {
    return await Promise.race([ask(message, terminal), signalled.promise]);
  } finally {
    terminal.setRaw(false);
    ignoreSignals();
    // The Enter was not shown either.
    await terminal.print("\n");
  }
}

async function ask(message: string, terminal: PromptTerminal): Promise<string> {
  terminal.setRaw(true);
  await terminal.print(message);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readLine(terminal));
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

async function readLine(terminal: PromptTerminal): Promise<Uint8Array> {
  // One byte at a time: what was typed ahead stays for whoever reads next.
  const buffer = new Uint8Array(1);
  const bytes: number[] = [];
  const next = async (): Promise<number | undefined> => {
    const count = await terminal.read(buffer);
    return count === null ? undefined : buffer[0];
  };
  for (;;) {
    const byte = await next();
    switch (byte) {
      case undefined:
      case key.lineFeed:
      case key.carriageReturn:
        return new Uint8Array(bytes);
      case key.interrupt:
        throw new Interrupted();
      case key.end:
        if (bytes.length === 0) return new Uint8Array();
        break;
      case key.backspace:
      case key.delete:
        removeCharacter(bytes);
        break;
      case key.clear:
        bytes.length = 0;
        break;
      case key.escape:
        await skipSequence(next);
        break;
      default:
        if ((byte >= key.space || byte === key.tab) && bytes.length < longest) bytes.push(byte);
    }
  }
}

/** Takes the last character away: its continuing bytes and its first one (RFC 3629, 3). */
function removeCharacter(bytes: number[]): void {
  while (((bytes.pop() ?? 0) & 0xc0) === 0x80);
}

/** Reads to the end of what a key such as an arrow sends (ECMA-48, 5.4). */
async function skipSequence(next: () => Promise<number | undefined>): Promise<void> {
  const second = await next();
  if (second === key.upperO) await next();
  if (second !== key.openingBracket) return;
  for (let byte = await next(); byte !== undefined && (byte < 0x40 || byte > 0x7e);) byte = await next();
}
