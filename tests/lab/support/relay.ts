/**
 * A wire between two that speak RADIUS, on which a test can watch: it passes every datagram on and keeps a copy.
 *
 * @module
 */

/** A relay on 127.0.0.1. */
export class Relay implements AsyncDisposable {
  /** What clients sent, in order. */
  readonly requests: Uint8Array[] = [];
  /** What the server sent, in order. */
  readonly replies: Uint8Array[] = [];
  readonly #front: Deno.DatagramConn;
  readonly #target: Deno.NetAddr;
  /** One socket a client, so that the server sees as many ports as there are clients. */
  readonly #backs = new Map<string, Deno.DatagramConn>();
  readonly #loops: Promise<void>[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  /** @param port where the server listens, on the same address. */
  constructor(port: number) {
    this.#target = { transport: "udp", hostname: "127.0.0.1", port };
    this.#front = open();
    this.#loops.push(receive(this.#front, (bytes, from) => this.#forward(bytes, from)));
  }

  /** Where clients send to. */
  get port(): number {
    const { addr } = this.#front;
    return addr.transport === "udp" ? addr.port : 0;
  }

  /** Resolves once clients have sent so many datagrams. */
  whenRequests(count: number): Promise<void> {
    if (this.requests.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#front.close();
    for (const back of this.#backs.values()) back.close();
    await Promise.all(this.#loops);
  }

  async #forward(bytes: Uint8Array, from: Deno.NetAddr): Promise<void> {
    this.requests.push(bytes);
    await this.#back(from).send(bytes, this.#target);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.requests.length < count) return true;
      resolve();
      return false;
    });
  }

  #back(client: Deno.NetAddr): Deno.DatagramConn {
    const key = `${client.hostname}:${client.port}`;
    const known = this.#backs.get(key);
    if (known !== undefined) return known;
    const back = open();
    this.#backs.set(key, back);
    this.#loops.push(receive(back, async (bytes) => {
      this.replies.push(bytes);
      await this.#front.send(bytes, client);
    }));
    return back;
  }
}

function open(): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
}

async function receive(
  socket: Deno.DatagramConn,
  use: (bytes: Uint8Array, from: Deno.NetAddr) => Promise<void>,
): Promise<void> {
  for await (const [bytes, from] of socket) {
    if (from.transport === "udp") await use(bytes.slice(), from);
  }
}
