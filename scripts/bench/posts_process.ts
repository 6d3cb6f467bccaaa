/**
 * A process of the comparison in two_posts.ts, whose processor time is its own: the server, or one of the clients.
 *
 * `deno run -A scripts/bench/posts_process.ts server` prints where it is as one line of JSON, and serves until it is killed;
 * `... ours` and `... undici` read that line and then print what a pair of POSTs cost them. Each loads only what it needs.
 *
 * @module
 */

import process from "node:process";
import { systemClock } from "../../lib/clock.ts";
import { Gate } from "../../lib/net/gate.ts";
import { HttpClient } from "../../lib/net/http_client.ts";
import { splitPem } from "../../lib/net/tls_socket.ts";
import { TlsWay } from "../../lib/net/tls_way.ts";
import { systemRandom } from "../../lib/random.ts";
import { print } from "../print.ts";

/** Where the server is. */
interface Place {
  readonly port: number;
  readonly caPem: string;
}

/** Whoever sends POSTs. */
interface Client extends AsyncDisposable {
  /** Gives the reply's body. */
  post(path: string, body: string): Promise<string>;
}

/** Pairs that are measured, after half as many that are not, until all is compiled; and how many are under way at once. */
const pairs = 8_000;
const window = 4;

/** As a login's preauth and auth have them. */
const headers = {
  "user-agent": "duoproxy/0.1.0 (bench)",
  "content-type": "application/x-www-form-urlencoded",
  date: "Wed, 25 Nov 2026 12:00:00 -0000",
  authorization: `Basic ${btoa(`DI0123456789ABCDEFGH:${"0".repeat(40)}`)}`,
};

/** How long a request may take, in ms. */
const patience = 10_000;

function startOurs({ port, caPem }: Place): Client {
  const where = { host: "127.0.0.1", port, caCerts: caPem, httpProxy: undefined };
  const means = { clock: systemClock, random: systemRandom };
  const client = new HttpClient({
    ...where,
    way: new TlsWay(where, means),
    clock: systemClock,
    handshakes: new Gate(64),
  });
  const { signal } = new AbortController();
  return {
    post: async (path, body) => {
      const deadline = systemClock.now() + patience;
      const result = await client.request({ method: "POST", path, headers, body, deadline, signal });
      if (result.kind !== "reply") throw new Error(`A request ended as ${result.kind}`);
      return result.body;
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** With what a call to Duo needs beside the request itself: a deadline, and a signal that ends it early. */
async function startUndici({ port, caPem }: Place): Promise<Client> {
  const { Pool } = await import("undici");
  const pool = new Pool(`https://127.0.0.1:${port}`, {
    pipelining: 1,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 4_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ca: splitPem(caPem) },
  });
  const { signal } = new AbortController();
  return {
    post: async (path, body) => {
      const controller = new AbortController();
      const abort = (): void => controller.abort();
      const cancel = systemClock.after(patience, abort);
      signal.addEventListener("abort", abort, { once: true });
      try {
        const reply = await pool.request({ method: "POST", path, headers, body, signal: controller.signal });
        return await reply.body.text();
      } finally {
        cancel();
        signal.removeEventListener("abort", abort);
      }
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

async function sendPairs(client: Client, count: number): Promise<void> {
  let left = count;
  await Promise.all(Array.from({ length: window }, async () => {
    while (left-- > 0) {
      const preauth = await client.post("/rest/v1/preauth", "user=alice&ipaddr=192.0.2.1");
      const auth = await client.post("/rest/v1/auth", "user=alice&factor=auto&auto=push1&ipaddr=192.0.2.1&async=1");
      if (!preauth.includes('"stat":"OK"') || !auth.includes('"stat":"OK"')) {
        throw new Error("Another reply than expected");
      }
    }
  }));
}

/** Seconds of processor time of this process a pair, in user and kernel. */
async function measurePairs(client: Client): Promise<number> {
  await sendPairs(client, pairs / 2);
  const before = process.cpuUsage();
  await sendPairs(client, pairs);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / pairs;
}

async function main(role: string | undefined): Promise<number> {
  if (role === "server") {
    const { RestCloud } = await import("./rest_cloud.ts");
    const cloud = await RestCloud.start();
    print(JSON.stringify({ port: cloud.port, caPem: cloud.caPem } satisfies Place));
    return await new Promise<number>(() => {});
  }
  const place: Place = JSON.parse(await new Response(Deno.stdin.readable).text());
  await using client = role === "ours" ? startOurs(place) : await startUndici(place);
  print(JSON.stringify(await measurePairs(client)));
  return 0;
}

Deno.exit(await main(Deno.args[0]));
