/**
 * Servers on loopback that are not what is expected of them.
 *
 * @module
 */

import { createServer, type Socket } from "node:net";

/** A TCP server that does one thing with each connection. */
export class Peer implements AsyncDisposable {
  readonly #server;
  readonly #sockets = new Set<Socket>();
  readonly #met = Promise.withResolvers<void>();

  private constructor(serve: (socket: Socket) => void, quiet: number) {
    let count = 0;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      if (++count > quiet) this.#met.resolve();
      serve(socket);
    });
  }

  /** @param quiet connections that {@link Peer.met} doesn't count. */
  static async start(serve: (socket: Socket) => void, quiet = 0): Promise<Peer> {
    const peer = new Peer(serve, quiet);
    await new Promise<void>((resolve) => void peer.#server.listen(0, "127.0.0.1", resolve));
    return peer;
  }

  /** Answers the first octets of each connection with a text, and closes. */
  static answering(text: string): Promise<Peer> {
    return Peer.start((socket) => void socket.once("data", () => socket.end(text)));
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Resolves when a connection has come in. */
  get met(): Promise<void> {
    return this.#met.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
