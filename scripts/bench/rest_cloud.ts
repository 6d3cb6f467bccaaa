/**
 * The cloud that everybody asks in the comparison of the same job: two calls a login, answered after a given time, to
 * FreeRADIUS in the form that its module reads and to ours in that of version 1 of Duo's API. It checks nothing, so what
 * it costs this process is the same for both; signatures are what the simulator is for.
 *
 * @module
 */

import { sleep, systemClock } from "../../lib/clock.ts";
import { Authority } from "../../lib/simulator/certificates.ts";
import { type HttpReply, textReply } from "../../lib/simulator/http_message.ts";
import { type HttpOutcome, type HttpRequest, HttpServer } from "../../lib/simulator/http_server.ts";

const text = "Success. Logging you in...";

/** What is answered to which path, and which delay comes before it. */
const routes: Readonly<Record<string, { readonly delay?: keyof Delays; readonly body: () => string }>> = {
  // For FreeRADIUS: empty, and an attribute by its name.
  "/preauth": { delay: "preauth", body: () => "" },
  "/auth": { delay: "auth", body: () => JSON.stringify({ "reply:Reply-Message": text }) },
  // For ours. The answer to auth is the outcome itself, also of a push.
  "/auth/v2/ping": { body: () => envelope({ time: Math.floor(Date.now() / 1_000) }) },
  "/rest/v1/check": { body: () => envelope({ time: Math.floor(Date.now() / 1_000) }) },
  "/rest/v1/preauth": {
    delay: "preauth",
    body: () => envelope({ result: "auth", factors: { default: "push1", "1": "push1" } }),
  },
  "/rest/v1/auth": { delay: "auth", body: () => envelope({ result: "allow", status: text }) },
};

function envelope(response: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ stat: "OK", response });
}

/** Milliseconds from a call to its answer. */
export interface Delays {
  readonly preauth: number;
  readonly auth: number;
}

const noContent: HttpReply = { status: 204, headers: [], body: new Uint8Array(0) };

/** An HTTPS server on 127.0.0.1 that lets everybody in. */
export class RestCloud implements AsyncDisposable {
  readonly #authority: Authority;
  #delays: Delays = { preauth: 0, auth: 0 };
  #calls = 0;
  #server: HttpServer | undefined;

  private constructor(authority: Authority) {
    this.#authority = authority;
  }

  /** Opens a port that the system chooses. */
  static async start(): Promise<RestCloud> {
    const cloud = new RestCloud(await Authority.create(["127.0.0.1"]));
    const certificate = await cloud.#authority.issue("good");
    const handler = { answer: (request: HttpRequest) => cloud.#answer(request) };
    cloud.#server = await HttpServer.start(
      { hostname: "127.0.0.1", port: 0 },
      handler,
      systemClock,
      () => certificate,
    );
    return cloud;
  }

  /** Its port on 127.0.0.1. */
  get port(): number {
    return this.#server?.address.port ?? 0;
  }

  /** The authority's certificate. */
  get caPem(): string {
    return this.#authority.pem;
  }

  /** Calls of logins so far. */
  get calls(): number {
    return this.#calls;
  }

  /** From now on calls take so long. */
  setDelays(delays: Delays): void {
    this.#delays = delays;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }

  async #answer({ head, signal }: HttpRequest): Promise<HttpOutcome> {
    const route = routes[head.path];
    if (route === undefined) return { kind: "reply", reply: textReply(404, "text/plain", "") };
    if (route.delay !== undefined) {
      this.#calls++;
      const delay = this.#delays[route.delay];
      if (delay > 0) await sleep(systemClock, delay, signal);
    }
    const body = route.body();
    return { kind: "reply", reply: body === "" ? noContent : textReply(200, "application/json", body) };
  }
}
