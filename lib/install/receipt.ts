/**
 * The receipt that an installation leaves: what was put there and what was changed, a line an item, its fields parted
 * by tabs. The script writes it while it works, so it is true even after a half-done installation.
 *
 * @module
 */

/** One line behind the first: the kind of item, the item, and what `install` noted about it. */
export interface ReceiptLine {
  readonly kind: string;
  readonly item: string;
  readonly value: string;
}

const firstLine = "duoproxy-receipt\t1";

/**
 * Reads a receipt.
 *
 * @returns its lines in their order, or undefined if the text is no receipt of a version that is known.
 */
export function readReceipt(text: string): readonly ReceiptLine[] | undefined {
  const [first, ...rest] = text.split("\n");
  if (first !== firstLine || rest.at(-1) !== "") return undefined;
  const lines: ReceiptLine[] = [];
  for (const line of rest.slice(0, -1)) {
    const [kind, item, value, ...more] = line.split("\t");
    if (kind === undefined || item === undefined || value === undefined || more.length > 0) return undefined;
    lines.push({ kind, item, value });
  }
  return lines;
}
