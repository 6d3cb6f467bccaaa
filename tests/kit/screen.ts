/**
 * What somebody in front of a terminal sees of what a program prints there.
 *
 * @module
 */

/** The lines on the screen: a carriage return goes back to the line's begin, and what comes then covers what was there. */
export function screenLines(printed: string): readonly string[] {
  return printed.split("\n").map((line) => {
    let shown = "";
    for (const part of line.split("\r")) shown = part + shown.slice(part.length);
    return shown.trimEnd();
  });
}
