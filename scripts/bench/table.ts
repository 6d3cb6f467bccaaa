/**
 * Figures as lines of a table.
 *
 * @module
 */

import { print } from "../print.ts";

/** Prints a heading. */
export function heading(text: string): void {
  print(`\n${text}`);
}

/** Prints one figure: what it is, the value with its unit, and what it says. */
export function figure(what: string, value: string, remark = ""): void {
  print(`  ${what.padEnd(50)} ${value.padStart(16)}${remark === "" ? "" : `   ${remark}`}`);
}

/** A count with blanks between thousands. */
export function count(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, " ");
}

/** Seconds as microseconds. */
export function microseconds(seconds: number): string {
  return `${(seconds * 1e6).toFixed(0)} us`;
}
