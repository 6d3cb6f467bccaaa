/**
 * Hosts that are no good: each in one of the ways in which Duo, or the way to it, can be out.
 *
 * @module
 */

import { freeTcpPort } from "./ports.ts";

/** Where such a host is. */
export interface DeadPeer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** How many connections it has taken; undefined where nobody can know. */
  readonly connections: number | undefined;
}

/** Nothing listens there. */
export function refusingPeer(): DeadPeer {
  return { host: "127.0.0.1", port: freeTcpPort(), connections: undefined, [Symbol.asyncDispose]: async () => {} };
}

/** Takes connections and says nothing. */
export function silentPeer(): DeadPeer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) open.push(connection);
  })();
  return {
    host: "127.0.0.1",
    port: listener.addr.port,
    get connections() {
      return open.length;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      for (const connection of open) connection.close();
    },
  };
}

/** How long a connection may take on the loopback interface before it counts as unanswered, in ms. */
const unanswered = 500;

/** Answers no SYN: the queue of those who wait to be accepted is full. */
export async function blackHole(): Promise<DeadPeer> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const open: Deno.Conn[] = [];
  const waiting: Promise<void>[] = [];
  const giveUp = new AbortController();
  for (let full = false; !full;) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(true), unanswered);
    waiting.push(
      Deno.connect({ hostname: "127.0.0.1", port, signal: giveUp.signal }).then((connection) => {
        open.push(connection);
        resolve(false);
      }, () => resolve(true)),
    );
    full = await promise;
    clearTimeout(timer);
  }
  return {
    host: "127.0.0.1",
    port,
    connections: undefined,
    [Symbol.asyncDispose]: async () => {
      giveUp.abort();
      await Promise.all(waiting);
      for (const connection of open) connection.close();
      listener.close();
    },
  };
}

/** A name server that takes questions and answers none. */
export interface DeadResolver extends Disposable {
  /** Makes a command line run where it is the only name server. */
  wrap(line: readonly string[]): readonly string[];
}

/** One of many addresses of loopback, so that two runs of these tests at a time have one each. */
const resolverAddress = `127.66.${Math.floor(Math.random() * 256)}.53`;

/** Whether this machine lets us have one: port 53 and a mount namespace of our own take root. */
export function canHaveDeadResolver(): boolean {
  try {
    Deno.listenDatagram({ transport: "udp", hostname: resolverAddress, port: 53 }).close();
    return new Deno.Command("unshare", { args: ["--mount", "true"], stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Opens it. @param folder for the file that names it. */
export function deadResolver(folder: string): DeadResolver {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: resolverAddress, port: 53 });
  const file = `${folder}/resolv.conf`;
  Deno.writeTextFileSync(file, `nameserver ${resolverAddress}\n`);
  const within = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  return {
    wrap: (line) => ["unshare", "--mount", "sh", "-c", within, file, ...line],
    [Symbol.dispose]: () => socket.close(),
  };
}
