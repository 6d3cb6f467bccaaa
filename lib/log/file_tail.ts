/**
 * The lines of a file that grows, and that is rotated meanwhile: copied and cut (`copytruncate`), or replaced.
 *
 * @module
 */

/** Some bytes of a file. */
export interface FilePart {
  /** Size of the whole file. */
  readonly size: number;
  readonly bytes: Uint8Array;
}

/**
 * Reads at most `limit` bytes from the position `from`; undefined if there is no such file. Rejects as `Deno.open` does for
 * anything else.
 */
export type ReadPart = (path: string, from: number, limit: number) => Promise<FilePart | undefined>;

/** This machine's files. */
export async function readFilePart(path: string, from: number, limit: number): Promise<FilePart | undefined> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  using opened = file;
  const { size } = await opened.stat();
  await opened.seek(from, Deno.SeekMode.Start);
  const buffer = new Uint8Array(Math.min(limit, Math.max(0, size - from)));
  let length = 0;
  while (length < buffer.length) {
    const count = await opened.read(buffer.subarray(length));
    if (count === null) break;
    length += count;
  }
  return { size, bytes: buffer.subarray(0, length) };
}

/** Bytes read at a time. */
const partLength = 256 * 1024;
/** How many bytes before the position tell whether it is still the same file. */
const markLength = 64;
/** Bytes that a line may have; what is longer is cut. */
const maxLine = 64 * 1024;
const lineEnd = 0x0a;

/** Goes through a file line by line. */
export class FileTail {
  readonly #path: string;
  readonly #read: ReadPart;
  /** Bytes of the file that have been read. */
  #position = 0;
  /** The last of them. */
  #mark = new Uint8Array();
  /** A line without its end. */
  #rest = new Uint8Array();

  constructor(path: string, read: ReadPart = readFilePart) {
    this.#path = path;
    this.#read = read;
  }

  /** The lines that have come, at most a part of the file; none if nothing has. Undefined if there is no file. */
  async next(): Promise<readonly string[] | undefined> {
    const lines = await this.#readOn(this.#path);
    if (lines !== "other") return lines;
    // The file was cut: what came before that is in the copy, if nobody has compressed it yet.
    const copy = `${this.#path}.1`;
    const missed: string[] = [];
    for (;;) {
      const more = await this.#readOn(copy);
      if (more === undefined || more === "other" || more.length === 0) break;
      missed.push(...more);
    }
    missed.push(...this.#unfinished());
    this.#position = 0;
    this.#mark = new Uint8Array();
    const fresh = await this.#readOn(this.#path);
    return typeof fresh === "object" ? [...missed, ...fresh] : missed;
  }

  /** The end of a file whose last line has no line end, as a line. */
  end(): readonly string[] {
    return this.#unfinished();
  }

  /** Reads on where it stopped, if the file is still the one it was. */
  async #readOn(path: string): Promise<readonly string[] | "other" | undefined> {
    const from = this.#position - this.#mark.length;
    const part = await this.#read(path, from, this.#mark.length + partLength);
    if (part === undefined) return undefined;
    const { size, bytes } = part;
    if (size < this.#position || this.#mark.some((byte, index) => bytes[index] !== byte)) return "other";
    const fresh = bytes.subarray(this.#mark.length);
    if (fresh.length === 0) return [];
    this.#position += fresh.length;
    this.#mark = bytes.slice(-markLength);
    return this.#split(fresh);
  }

  #split(fresh: Uint8Array): readonly string[] {
    const bytes = new Uint8Array(this.#rest.length + fresh.length);
    bytes.set(this.#rest);
    bytes.set(fresh, this.#rest.length);
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(lineEnd); end >= 0; end = bytes.indexOf(lineEnd, start)) {
      lines.push(text(bytes.subarray(start, end)));
      start = end + 1;
    }
    this.#rest = bytes.slice(start, start + maxLine);
    return lines;
  }

  #unfinished(): readonly string[] {
    const line = text(this.#rest);
    this.#rest = new Uint8Array();
    return line === "" ? [] : [line];
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, maxLine));
}
