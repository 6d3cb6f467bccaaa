/**
 * Splits the command lines of our documents as a POSIX shell would, as far as documents go: words and quotes, pipes,
 * lists, redirections, remarks and line ends behind a backslash. Expansions are left as they are.
 *
 * @module
 */

/**
 * The simple commands of a script, in order, each as its words without redirections.
 *
 * @throws {Error} for what documents have no business to show: a quote without end, a redirection without a file.
 */
export function splitCommands(script: string): readonly (readonly string[])[] {
  const commands: string[][] = [];
  let words: string[] = [];
  for (const token of tokensOf(script)) {
    if (token.kind === "word") words.push(token.text);
    else {
      commands.push(words);
      words = [];
    }
  }
  commands.push(words);
  return commands.filter((command) => command.length > 0);
}

/** A command without `sudo` before it, and with the program's name alone in place of its path. */
export function programOf(words: readonly string[]): readonly string[] {
  const [first = "", ...others] = words[0] === "sudo" ? words.slice(1) : words;
  return [first.slice(first.lastIndexOf("/") + 1), ...others];
}

type Token = { readonly kind: "word"; readonly text: string } | { readonly kind: "end" };

function tokensOf(script: string): readonly Token[] {
  const tokens: Token[] = [];
  let rest = script.replaceAll("\\\n", " ");
  while (rest !== "") {
    const [skipped] = /^(?:[ \t]+|#[^\n]*)*/.exec(rest) ?? [""];
    rest = rest.slice(skipped.length);
    if (rest === "") break;
    const [operator] = /^(?:&&|\|\||[|;\n&])/.exec(rest) ?? [];
    if (operator !== undefined) {
      tokens.push({ kind: "end" });
      rest = rest.slice(operator.length);
      continue;
    }
    const [redirection] = /^\d?(?:>>|>&|[<>])[ \t]*/.exec(rest) ?? [];
    if (redirection !== undefined) rest = rest.slice(redirection.length);
    const word = wordAt(rest);
    if (word === undefined) throw new Error(`No word where one is needed: ${script.trim()}`);
    rest = rest.slice(word.length);
    if (redirection === undefined) tokens.push({ kind: "word", text: word.text });
  }
  return tokens;
}

/** The word at the beginning of a text, without its quotes, and how many characters it takes. */
function wordAt(text: string): { readonly text: string; readonly length: number } | undefined {
  let word = "";
  let index = 0;
  while (index < text.length) {
    const char = text.charAt(index);
    if (/[\s|;&<>]/.test(char)) break;
    if (char === "'" || char === '"') {
      const end = text.indexOf(char, index + 1);
      if (end < 0) throw new Error(`A quote has no end: ${text.trim()}`);
      word += text.slice(index + 1, end);
      index = end + 1;
    } else {
      word += char === "\\" ? text.charAt(++index) : char;
      index++;
    }
  }
  return index === 0 ? undefined : { text: word, length: index };
}
