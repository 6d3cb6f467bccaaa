/**
 * How scripts print: lines for people on stdout, complaints on stderr.
 *
 * @module
 */

const encoder = new TextEncoder();

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(stream.writeSync(rest));
}

/** Prints a line on stdout. */
export function print(line: string): void {
  writeAll(Deno.stdout, encoder.encode(`${line}\n`));
}

/** Prints octets on stdout as they are. */
export function printBytes(bytes: Uint8Array): void {
  writeAll(Deno.stdout, bytes);
}

/** Prints a line on stderr. */
export function complain(line: string): void {
  writeAll(Deno.stderr, encoder.encode(`${line}\n`));
}
