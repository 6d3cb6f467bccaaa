/**
 * A program of somebody else as a process: started with a configuration of its own in a temporary folder, ended with
 * its scope.
 *
 * @module
 */

/** How a peer is started. */
export interface PeerStart {
  /** For messages, such as `FreeRADIUS`. */
  readonly name: string;
  /** Path of the program. */
  readonly program: string;
  /** Files to write, by name; given their folder, where they name each other. They may hold secrets, so nobody else can read them. */
  readonly files: Readonly<Record<string, string>> | ((folder: string) => Readonly<Record<string, string>>);
  /** Arguments, given the folder of the files. */
  readonly args: (folder: string) => readonly string[];
  /** What it prints, on either stream, once it answers. */
  readonly ready: RegExp;
}

/** A running peer. */
export class Peer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #folder: string;
  readonly #ended: Promise<void>;
  readonly #isReady = Promise.withResolvers<void>();
  #text = "";

  private constructor(child: Deno.ChildProcess, folder: string, ready: RegExp) {
    this.#child = child;
    this.#folder = folder;
    this.#ended = Promise.all([this.#read(child.stdout, ready), this.#read(child.stderr, ready)])
      .then(() => this.#isReady.reject(new Error("it ended")));
    // Who doesn't wait for it has no use for it.
    this.#isReady.promise.catch(() => {});
  }

  /**
   * Starts a peer and waits until it answers.
   *
   * @throws an error with what it printed if it ends first.
   */
  static async start({ name, program, files, args, ready }: PeerStart): Promise<Peer> {
    const folder = await Deno.makeTempDir({ prefix: "duoproxy-lab-" });
    for (const [file, text] of Object.entries(typeof files === "function" ? files(folder) : files)) {
      await Deno.writeTextFile(`${folder}/${file}`, text, { mode: 0o600 });
    }
    const child = new Deno.Command(program, {
      args: [...args(folder)],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const peer = new Peer(child, folder, ready);
    try {
      await peer.#isReady.promise;
      return peer;
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      throw new Error(`${name} did not start: ${peer.output}`, { cause: error });
    }
  }

  /** Process identifier. */
  get pid(): number {
    return this.#child.pid;
  }

  /** All that it has printed. */
  get output(): string {
    return this.#text;
  }

  /** Ends it and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#ended;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #read(stream: ReadableStream<Uint8Array>, ready: RegExp): Promise<void> {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      this.#text += part;
      if (ready.test(this.#text)) this.#isReady.resolve();
    }
  }
}
