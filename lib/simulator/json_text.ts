/**
 * A JSON reader that remembers where each value stands (RFC 8259): for files that people write, and that others have to
 * find mistakes in.
 *
 * @module
 */

/** Where something begins; both count from 1, columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A value with its place. */
export type JsonNode =
  & Place
  & (
    | { readonly kind: "null" }
    | { readonly kind: "boolean"; readonly value: boolean }
    | { readonly kind: "number"; readonly value: number }
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "array"; readonly items: readonly JsonNode[] }
    | { readonly kind: "object"; readonly members: readonly JsonMember[] }
  );

/** A member of an object; the place is its name's. */
export interface JsonMember extends Place {
  readonly name: string;
  readonly value: JsonNode;
}

/** Something is wrong at a place. */
export class JsonTextError extends Error {
  override readonly name = "JsonTextError";
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

/** Unrolled, so that an unfinished text costs one pass. */
const quotedText = new RegExp(
  String.raw`"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"`,
  "y",
);

/** Deeper nesting is refused rather than followed. */
const depthLimit = 64;

/**
 * Reads a JSON text.
 *
 * @throws {JsonTextError} at the first mistake; a name that comes twice in one object is one.
 */
export function parseJsonText(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value(0);
  reader.end();
  return node;
}

class Reader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith("\uFEFF")) this.#at = 1;
  }

  value(depth: number): JsonNode {
    this.#blanks();
    const place = this.#place();
    if (depth > depthLimit) throw new JsonTextError("Nested too deeply", place);
    const next = this.#text[this.#at];
    switch (next) {
      case "{":
        return this.#object(depth, place);
      case "[":
        return this.#array(depth, place);
      case '"':
        return { kind: "string", value: this.#string(), ...place };
    }
    const word = this.#match(/(?:true|false|null)(?![A-Za-z0-9_])/y);
    if (word === "null") return { kind: "null", ...place };
    if (word !== undefined) return { kind: "boolean", value: word === "true", ...place };
    const number = this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![A-Za-z0-9_.])/y);
    if (number !== undefined) return { kind: "number", value: Number(number), ...place };
    throw new JsonTextError(next === undefined ? "The text ends where a value is expected" : "Expected a value", place);
  }

  end(): void {
    this.#blanks();
    if (this.#at < this.#text.length) throw new JsonTextError("Expected the end of the text", this.#place());
  }

  #object(depth: number, place: Place): JsonNode {
    this.#at++;
    const members: JsonMember[] = [];
    const names = new Set<string>();
    this.#blanks();
    if (this.#take("}")) return { kind: "object", members, ...place };
    while (true) {
      this.#blanks();
      const at = this.#place();
      if (this.#text[this.#at] !== '"') throw new JsonTextError("Expected a name in double quotes", at);
      const name = this.#string();
      if (names.has(name)) throw new JsonTextError(`"${name}" is here for the second time`, at);
      names.add(name);
      this.#blanks();
      this.#expect(":", `Expected a colon after "${name}"`);
      members.push({ name, value: this.value(depth + 1), ...at });
      this.#blanks();
      if (this.#take("}")) return { kind: "object", members, ...place };
      this.#expect(",", "Expected a comma or }");
    }
  }

  #array(depth: number, place: Place): JsonNode {
    this.#at++;
    const items: JsonNode[] = [];
    this.#blanks();
    if (this.#take("]")) return { kind: "array", items, ...place };
    while (true) {
      items.push(this.value(depth + 1));
      this.#blanks();
      if (this.#take("]")) return { kind: "array", items, ...place };
      this.#expect(",", "Expected a comma or ]");
    }
  }

  #string(): string {
    const place = this.#place();
    const quoted = this.#match(quotedText);
    if (quoted === undefined) throw new JsonTextError("A text that doesn't end on its line, or a wrong escape", place);
    const value: unknown = JSON.parse(quoted);
    return String(value);
  }

  #expect(character: string, message: string): void {
    if (!this.#take(character)) throw new JsonTextError(message, this.#place());
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #blanks(): void {
    for (;; this.#at++) {
      const character = this.#text[this.#at];
      if (character === "\n") {
        this.#line++;
        this.#lineStart = this.#at + 1;
      } else if (character !== " " && character !== "\t" && character !== "\r") return;
    }
  }

  #place(): Place {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }
}
