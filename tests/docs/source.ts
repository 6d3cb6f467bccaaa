/**
 * Source text as rules about code see it: without remarks, and without what stands in strings and patterns.
 *
 * @module
 */

/** Behind these a slash begins a pattern; behind anything else it divides. */
const beforePattern = /(?:[(,=:[!&|?{};+*<>~^%-]|\breturn|\btypeof|\bcase|^)\s*$/;

/**
 * Blanks remarks, strings, templates and patterns of TypeScript. Line ends stay, and so do the quotes, so that places are kept;
 * code within a template's `${}` is kept too.
 */
export function codeOnly(source: string): string {
  let code = "";
  let index = 0;
  // Braces that are open within each template's expression.
  const templates: number[] = [];
  const blank = (end: number): void => {
    code += source.slice(index, end).replaceAll(/[^\n]/g, " ");
    index = end;
  };
  const template = (): void => {
    while (index < source.length) {
      const char = source.charAt(index);
      if (char === "\\") blank(index + 2);
      else if (char === "`") {
        code += char;
        index++;
        return;
      } else if (source.startsWith("${", index)) {
        code += "${";
        index += 2;
        templates.push(0);
        return;
      } else blank(index + 1);
    }
  };
  while (index < source.length) {
    const char = source.charAt(index);
    if (source.startsWith("//", index)) blank(endOf(source, "\n", index));
    else if (source.startsWith("/*", index)) blank(endOf(source, "*/", index + 2) + 2);
    else if (char === '"' || char === "'") {
      code += char;
      index++;
      blank(literalEnd(source, char, index));
      code += char;
      index++;
    } else if (char === "`") {
      code += char;
      index++;
      template();
    } else if (char === "/" && beforePattern.test(code.slice(code.lastIndexOf("\n") + 1))) {
      code += char;
      index++;
      blank(patternEnd(source, index));
    } else {
      code += char;
      index++;
      const open = templates.at(-1);
      if (open === undefined) continue;
      if (char === "{") templates[templates.length - 1] = open + 1;
      else if (char === "}" && open > 0) templates[templates.length - 1] = open - 1;
      else if (char === "}") {
        templates.pop();
        template();
      }
    }
  }
  return code;
}

function endOf(source: string, text: string, from: number): number {
  const end = source.indexOf(text, from);
  return end < 0 ? source.length : end;
}

/** Where a literal ends that began before `from`: at its closing character, or at the line's end. */
function literalEnd(source: string, close: string, from: number): number {
  let index = from;
  while (index < source.length && source.charAt(index) !== close && source.charAt(index) !== "\n") {
    index += source.charAt(index) === "\\" ? 2 : 1;
  }
  return index;
}

/** Where a pattern ends: at the slash that stands in no class. */
function patternEnd(source: string, from: number): number {
  let inClass = false;
  for (let index = from; index < source.length; index++) {
    const char = source.charAt(index);
    if (char === "\n") return index;
    if (char === "\\") index++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return index;
  }
  return source.length;
}

/** The specifiers that a module imports or re-exports, also at run time by a fixed name. */
export function importsOf(source: string): readonly string[] {
  const code = codeOnly(source);
  const specifiers: string[] = [];
  for (const { 0: found, index } of code.matchAll(/(?:\bfrom|\bimport\s*\(?)\s*"/g)) {
    const start = index + found.length;
    specifiers.push(source.slice(start, source.indexOf('"', start)));
  }
  return specifiers;
}

/** As {@link importsOf}, without what is imported for its types alone, which is gone when the program runs. */
export function valueImportsOf(source: string): readonly string[] {
  const types = /\b(?:import|export)\s+type\b[^";]*?\bfrom\s*"/g;
  let values = source;
  for (const { 0: found, index } of codeOnly(source).matchAll(types)) {
    values = values.slice(0, index) + " ".repeat(found.length) + values.slice(index + found.length);
  }
  return importsOf(values);
}

/** An exported symbol without a doc comment right above it. */
export interface Undocumented {
  readonly name: string;
  readonly line: number;
}

/** The exported symbols of a module that have no doc comment. Of an overloaded function the first has to have one. */
export function undocumentedExports(source: string): readonly Undocumented[] {
  const lines = source.split("\n");
  const seen = new Set<string>();
  const missing: Undocumented[] = [];
  for (const [index, line] of codeOnly(source).split("\n").entries()) {
    const name =
      /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|const|let|interface|type|enum) (\w+)/
        .exec(line)?.[1];
    if (name === undefined || seen.has(name)) continue;
    seen.add(name);
    if (!(lines[index - 1] ?? "").trimEnd().endsWith("*/")) missing.push({ name, line: index + 1 });
  }
  return missing;
}
