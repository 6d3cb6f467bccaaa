/**
 * The status port: a few pages over HTTP/1.1 for probes, Prometheus and `duoproxy status`.
 *
 * It answers one GET or HEAD a connection and reads nothing but the head of a request. Whatever a client does, it holds one
 * of few connections, a head of a few KiB, and both for a few seconds: the logins beside it must not notice.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import type { MainConfig } from "../config/config.ts";
import { authority } from "../net/authority.ts";
import { parseAddress } from "../net/network.ts";
import type { RequestHead } from "../net/http_head.ts";
import { type MessageProblem, readRequest } from "../net/http_message.ts";

/** A page that is made anew for each request. */
export interface Page {
  readonly status: number;
  /** Its content type. */
  readonly type: string;
  readonly body: string;
}

/** What is served, by path. */
export type Pages = Readonly<Record<string, () => Page>>;

/** The part of `Deno.TcpConn` that is used. */
export interface StatusConnection {
  readonly localAddr: Deno.Addr;
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

/** The part of `Deno.TcpListener` that is used. */
export interface StatusListener {
  readonly addr: Deno.Addr;
  accept(): Promise<StatusConnection>;
  close(): void;
}

/** What {@link StatusServer} and {@link StatusPort} need. */
export interface StatusServerOptions {
  readonly clock: Clock;
  readonly pages: Pages;
  readonly log: (level: "info" | "error", message: string) => void;
}

/** Connections at one time. One more closes the oldest: a client in good faith is done in milliseconds. */
export const maxConnections = 32;

/** Bytes of a request's line and header fields. */
export const maxHead = 8 * 1024;

/** How long a connection may last, in ms, whatever it is waiting for. */
export const connectionLimit = 5_000;

/** Bytes that are thrown away behind a request before the connection is closed, so that its answer isn't lost. */
const maxRest = 64 * 1024;

/** Pause after a connection could not be accepted, in ms: the process has no file descriptor left. */
const acceptPause = 1_000;

/** Serves on one listener from its construction until it is disposed of. */
export class StatusServer implements AsyncDisposable {
  readonly #listener: StatusListener;
  readonly #options: StatusServerOptions;
  /** In the order in which they came. */
  readonly #connections = new Set<StatusConnection>();
  readonly #serving = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;

  constructor(listener: StatusListener, options: StatusServerOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#loop = this.#accept();
  }

  /** The address that is listened on. */
  get address(): { readonly hostname: string; readonly port: number } {
    const { addr } = this.#listener;
    if (addr.transport !== "tcp") throw new TypeError(`The status port is not served over ${addr.transport}`);
    return addr;
  }

  /** Connections at this moment. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Closes the listener and all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      this.#listener.close();
    }
    for (const connection of this.#connections) closeQuietly(connection);
    await this.#loop;
    await Promise.all(this.#serving);
  }

  async #accept(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const connection = await this.#listener.accept();
        if (signal.aborted) {
          closeQuietly(connection);
          return;
        }
        const [oldest] = this.#connections;
        if (oldest !== undefined && this.#connections.size >= maxConnections) {
          this.#connections.delete(oldest);
          closeQuietly(oldest);
        }
        this.#connections.add(connection);
        const served = this.#serve(connection).finally(() => this.#serving.delete(served));
        this.#serving.add(served);
      } catch {
        if (signal.aborted) return;
        await sleep(this.#options.clock, acceptPause, signal);
      }
    }
  }

  async #serve(connection: StatusConnection): Promise<void> {
    const cancel = this.#options.clock.after(connectionLimit, () => closeQuietly(connection));
    try {
      const asked = await readAsked(connection);
      // A client that left, or had sent nothing when its time was up, gets nothing.
      if (asked === undefined) return;
      await writeAll(connection, this.#answer(asked, isLoopback(connection.localAddr)));
      await connection.closeWrite();
      await skipRest(connection);
    } catch {
      // The connection broke or was closed from our side: there is nobody to tell.
    } finally {
      cancel();
      closeQuietly(connection);
      this.#connections.delete(connection);
    }
  }

  #answer(asked: Asked | Page, loopback: boolean): Uint8Array {
    if ("status" in asked) return this.#encode(asked, false);
    const { method, path, host } = asked;
    const withoutBody = method === "HEAD";
    if (method !== "GET" && method !== "HEAD") {
      return this.#encode(problem(405, "Only GET and HEAD are answered"), false, ["Allow: GET, HEAD"]);
    }
    if (loopback && host !== undefined && !isLocalName(host)) {
      // A web page can make a browser ask this port by a name of its own that leads to this machine, and read the answer.
      return this.#encode(problem(421, "Ask for this port by address or as localhost"), withoutBody);
    }
    const { pages, log } = this.#options;
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page === undefined) {
      return this.#encode(problem(404, `There is ${Object.keys(pages).join(", ")}`), withoutBody);
    }
    try {
      return this.#encode(page(), withoutBody);
    } catch (error) {
      log("error", `${path} of the status port failed: ${error instanceof Error ? error.message : String(error)}`);
      return this.#encode(problem(500, "Internal error"), withoutBody);
    }
  }

  #encode({ status, type, body }: Page, withoutBody: boolean, fields: readonly string[] = []): Uint8Array {
    const encoder = new TextEncoder();
    const content = encoder.encode(body);
    const head = encoder.encode(
      [
        `HTTP/1.1 ${status} ${reasonPhrases[status] ?? "Unknown"}`,
        `Date: ${new Date(this.#options.clock.wallNow()).toUTCString()}`,
        `Content-Type: ${type}`,
        `Content-Length: ${content.length}`,
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        ...fields,
        "Connection: close",
        "",
        "",
      ].join("\r\n"),
    );
    if (withoutBody) return head;
    const message = new Uint8Array(head.length + content.length);
    message.set(head);
    message.set(content, head.length);
    return message;
  }
}

/** The status port as configurations want it: opened, moved and closed as they change. */
export class StatusPort implements AsyncDisposable {
  readonly #options: StatusServerOptions;
  readonly #listen: (address: { readonly hostname: string; readonly port: number }) => StatusListener;
  #open: { readonly server: StatusServer; readonly hostname: string; readonly port: number } | undefined;
  #problem: string | undefined;

  /** @param listen opens a TCP port; throws what `Deno.listen` throws. */
  constructor(
    options: StatusServerOptions,
    listen: (address: { readonly hostname: string; readonly port: number }) => StatusListener,
  ) {
    this.#options = options;
    this.#listen = listen;
  }

  /** The address that is open, if one is. */
  get address(): { readonly hostname: string; readonly port: number } | undefined {
    return this.#open?.server.address;
  }

  /** Why the port that the configuration names is not open; undefined if it is, or none is named. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Opens the port of a configuration, and then closes the one before. A port that can't be opened is an error in the log,
   * and the one before stays: logins don't depend on it. One call at a time.
   */
  async configure(
    { statusPort: port, statusInterface: hostname }: Pick<MainConfig, "statusPort" | "statusInterface">,
  ): Promise<void> {
    this.#problem = undefined;
    const before = this.#open;
    if (before?.hostname === hostname && before.port === port) return;
    if (port === undefined) {
      this.#open = undefined;
      await before?.server[Symbol.asyncDispose]();
      return;
    }
    try {
      this.#open = this.#start(hostname, port);
    } catch (error) {
      // The same port on another address may be in the way of itself.
      if (before?.port === port && error instanceof Deno.errors.AddrInUse) await this.#replace(before, hostname);
      else this.#fail(error, hostname, port);
      return;
    }
    await before?.server[Symbol.asyncDispose]();
  }

  /** Closes the port and all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.server[Symbol.asyncDispose]();
  }

  #start(hostname: string, port: number): { server: StatusServer; hostname: string; port: number } {
    const server = new StatusServer(this.#listen({ hostname, port }), this.#options);
    const { address } = server;
    this.#options.log("info", `Status port: http://${authority(address)}/status`);
    return { server, hostname, port };
  }

  async #replace(
    before: { readonly server: StatusServer; readonly hostname: string; readonly port: number },
    hostname: string,
  ): Promise<void> {
    this.#open = undefined;
    await before.server[Symbol.asyncDispose]();
    try {
      this.#open = this.#start(hostname, before.port);
    } catch (error) {
      this.#fail(error, hostname, before.port);
      try {
        this.#open = this.#start(before.hostname, before.port);
      } catch (again) {
        this.#fail(again, before.hostname, before.port);
      }
    }
  }

  #fail(error: unknown, hostname: string, port: number): void {
    this.#problem = listenFailure(error, hostname, port);
    this.#options.log("error", this.#problem);
  }
}

function listenFailure(error: unknown, hostname: string, port: number): string {
  const where = `the status port ${authority({ hostname, port })}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return `Cannot open ${where}: it is taken; see who has it with: ss -tlpn 'sport = :${port}'`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `Cannot open ${where}: this machine has no such address; see which it has with: ip address`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `Cannot open ${where}: ports below 1024 need CAP_NET_BIND_SERVICE; choose a higher status_port`;
  }
  return `Cannot open ${where}: ${error instanceof Error ? error.message : String(error)}`;
}

const reasonPhrases: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  421: "Misdirected Request",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

function problem(status: number, text: string): Page {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n` };
}

/** What a client wants, or the page that says why that can't be read; undefined if the connection ends before. */
async function readAsked(connection: StatusConnection): Promise<Asked | Page | undefined> {
  // Bodies are not read: what comes behind the head is thrown away.
  const reader = readRequest({ head: maxHead, body: 0 });
  const buffer = new Uint8Array(maxHead);
  while (reader.head === undefined && reader.problem === undefined) {
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    reader.feed(buffer.slice(0, count));
  }
  return reader.head === undefined ? refusal(reader.problem) : askedBy(reader.head);
}

function refusal(reason: MessageProblem | undefined): Page {
  switch (reason) {
    case "head-too-large":
      return problem(431, `A request's head has at most ${maxHead} octets`);
    case "version":
      return problem(505, "Only HTTP/1.1 is spoken");
    default:
      return problem(400, "That is no HTTP request");
  }
}

interface Asked {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** The Host field, or the host of a target in absolute form. */
  readonly host: string | undefined;
}

/** What a head asks for (RFC 9112 section 3.2); a page that says what is wrong with it. */
function askedBy({ method, target, version, fields }: RequestHead): Asked | Page {
  const hosts = fields.filter(([name]) => name.toLowerCase() === "host").map(([, value]) => value);
  if (hosts.length > 1 || (hosts.length === 0 && version === "1.1")) return problem(400, "One Host field is needed");
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  const path = (absolute?.[2] ?? target).replace(/[?#].*$/, "");
  return { method, path: path === "" ? "/" : path, host: absolute?.[1] ?? hosts[0] };
}

/** True for names that can't be made to lead here by somebody else's name server: addresses and localhost (RFC 6761 section 6.3). */
function isLocalName(host: string): boolean {
  const name = host.replace(/:[0-9]*$/, "").toLowerCase();
  const bracketed = /^\[(.*)\]$/.exec(name);
  if (bracketed !== null || /^[0-9.]+$/.test(name)) return parseAddress(bracketed?.[1] ?? name) !== undefined;
  return name === "localhost" || name.endsWith(".localhost");
}

function isLoopback(address: Deno.Addr): boolean {
  if (address.transport !== "tcp") return false;
  const hostname = address.hostname.replace(/^::ffff:/i, "");
  return hostname === "::1" || hostname.startsWith("127.");
}

async function writeAll(connection: StatusConnection, message: Uint8Array): Promise<void> {
  for (let rest = message; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
}

/** Reads what the client still sends: a close with unread bytes would reset the connection, and the answer with it. */
async function skipRest(connection: StatusConnection): Promise<void> {
  const buffer = new Uint8Array(4_096);
  for (let size = 0; size < maxRest;) {
    const count = await connection.read(buffer);
    if (count === null) return;
    size += count;
  }
}

function closeQuietly(connection: { close(): void }): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
