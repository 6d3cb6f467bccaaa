/**
 * An open port, with or without TLS, whose connections are Node streams in every runtime that the program runs on.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createServer } from "node:net";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { sleep, systemClock } from "../clock.ts";
import { runtimeIsAtLeast } from "../version.ts";
import type { ServerCertificate } from "./certificates.ts";

/** Where a server listens. */
export interface ListenAddress {
  readonly hostname: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** An accepted connection. */
export interface Accepted {
  /** TCP; where the runtime hides that, the same as what `open` gives. */
  readonly raw: Duplex;
  /** Begins TLS, where it is wanted, and gives the stream of what the client says. */
  open(): Duplex;
}

/** A port that is open. */
export interface Listener {
  /** With the port that the system chose. */
  readonly address: ListenAddress;
  /** Closes the port; connections stay. */
  close(): Promise<void>;
}

/**
 * True where TLS over a socket that was accepted before works on the server's side (2.9; not in 2.6). Elsewhere the
 * runtime's own TLS listener serves: its certificate can't change while it is open, and the first reply on each connection
 * waits some 40 ms, because it offers no way to turn Nagle's algorithm off.
 */
export const certificatePerConnection = runtimeIsAtLeast(2, 9);

/**
 * Opens a port.
 *
 * @param certificate asked for at each connection, or once; without it there is no TLS.
 * @throws an error with a code such as `EADDRINUSE`.
 */
export async function openListener(
  address: ListenAddress,
  certificate: (() => ServerCertificate) | undefined,
  accept: (connection: Accepted) => void,
): Promise<Listener> {
  return certificate === undefined || certificatePerConnection
    ? await openSockets(address, certificate, accept)
    : openTls(address, certificate(), accept);
}

async function openSockets(
  { hostname, port }: ListenAddress,
  certificate: (() => ServerCertificate) | undefined,
  accept: (connection: Accepted) => void,
): Promise<Listener> {
  const server = createServer((raw) => {
    // Small messages both ways: a reply must not wait for the acknowledgement of what the handshake sent last.
    raw.setNoDelay(true);
    accept({
      raw,
      open: () =>
        certificate === undefined
          ? raw
          : new TLSSocket(raw, { isServer: true, ...certificate(), ALPNProtocols: ["http/1.1"] }),
    });
  });
  const opened = Promise.withResolvers<void>();
  server.on("error", opened.reject);
  server.listen({ host: hostname, port }, opened.resolve);
  await opened.promise;
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("The simulator listens on TCP only");
  return {
    address: { hostname: bound.address, port: bound.port },
    close: () => {
      // The port is closed at once. Not waited for: under 2.6 the callback doesn't come once a client was there, and whoever
      // accepted the connections knows by itself when they are gone.
      server.close();
      return Promise.resolve();
    },
  };
}

function openTls(
  address: ListenAddress,
  certificate: ServerCertificate,
  accept: (connection: Accepted) => void,
): Listener {
  let listener: Deno.TlsListener;
  try {
    listener = Deno.listenTls({ ...address, ...certificate, alpnProtocols: ["http/1.1"] });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw Object.assign(new Error(`listen EADDRINUSE: ${address.hostname}:${address.port}`), { code: "EADDRINUSE" });
  }
  const { hostname, port } = listener.addr;
  let open = true;
  const loop = async (): Promise<void> => {
    while (open) {
      try {
        const stream = new ConnectionStream(await listener.accept());
        accept({ raw: stream, open: () => stream });
      } catch {
        // The port was closed, which ends the loop; or no descriptor is free, which mustn't make it spin.
        if (open) await sleep(systemClock, 10);
      }
    }
  };
  const ended = loop();
  return {
    address: { hostname, port },
    close: async () => {
      open = false;
      listener.close();
      await ended;
    },
  };
}

/** A connection of the runtime's own kind as a Node stream. */
class ConnectionStream extends Duplex {
  readonly #conn: Deno.TlsConn;
  readonly #chunk = new Uint8Array(16_384);

  constructor(conn: Deno.TlsConn) {
    super({ autoDestroy: true });
    this.#conn = conn;
  }

  override _read(): void {
    this.#conn.read(this.#chunk).then(
      (count) => this.push(count === null ? null : Buffer.from(this.#chunk.slice(0, count))),
      (error) => this.destroy(error instanceof Error ? error : undefined),
    );
  }

  override _write(octets: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#writeAll(octets).then(
      () => done(),
      (error) => done(error instanceof Error ? error : new Error("Not written")),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    try {
      this.#conn.close();
    } catch {
      // Closed by the runtime after an error of its own.
    }
    done(error);
  }

  async #writeAll(octets: Uint8Array): Promise<void> {
    for (let from = 0; from < octets.length;) from += await this.#conn.write(octets.subarray(from));
  }
}
