/** Types of `deno-std/cli/prompt_secret.js`. */

/**
 * Asks for a line on the terminal without showing it.
 *
 * @param options `mask` is printed for each character; nothing if empty.
 * @returns the line, or null if stdin is no terminal.
 */
export function promptSecret(message: string, options: { readonly mask: string }): string | null;
