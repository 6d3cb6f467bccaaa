/**
 * The virtual way to Duo: look-ups, connections and handshakes that come to something or don't, and streams of octets that arrive late,
 * in pieces, or not at all.
 *
 * @module
 */

import type { ConnectionSocket } from "../../lib/net/http_connection.ts";
import { LookUps } from "../../lib/net/look_up.ts";
import { describe } from "../../lib/net/socket_error.ts";
import type { Opened, Way, WayStage } from "../../lib/net/way.ts";
import { type VirtualClock } from "./clock.ts";
import type { Seeded } from "./random.ts";
import type { Weather } from "./weather.ts";

/** Round trip to Duo in ms: from and to. */
const latency = { least: 4, most: 60 } as const;

/** The server's end of a stream. */
export interface ServerEnd {
  /** Told about octets as they come. */
  onData: (octets: Uint8Array) => void;
  /** Told that the client has gone. */
  onGone: () => void;
  /** Sends octets, cut into pieces anywhere; `whole` is told when the last one has arrived. */
  write(octets: Uint8Array, whole?: () => void): void;
  /** Ends the stream behind what was written. */
  end(): void;
}

/** What a way is made of. */
export interface WayMeans {
  readonly clock: VirtualClock;
  readonly weather: Weather;
  readonly random: Seeded;
  /** Takes a stream that a client has opened. */
  readonly accept: (end: ServerEnd) => void;
}

/** Opens virtual streams to the one server of a world. */
export class VirtualWay implements Way {
  readonly #means: WayMeans;
  readonly #lookUps: LookUps;
  readonly #streams = new Set<Stream>();

  constructor(means: WayMeans) {
    this.#means = means;
    this.#lookUps = new LookUps(means.clock, () => this.#lookUp());
  }

  /** @inheritdoc */
  get open(): number {
    return this.#streams.size;
  }

  /** @inheritdoc */
  async connect(signal: AbortSignal, entered: (stage: WayStage) => void): Promise<Opened> {
    const { clock, weather, random, accept } = this.#means;
    const fault = weather.onTheWay(random);
    const aborted = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      else signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    const step = (stage: WayStage): Promise<"done" | undefined> => {
      entered(stage);
      const { promise, resolve } = Promise.withResolvers<"done">();
      clock.after(random.between(latency.least, latency.most), () => resolve("done"));
      return Promise.race([promise, aborted]);
    };
    try {
      entered("look-up");
      if (await Promise.race([this.#lookUps.addresses("duo"), aborted]) === undefined) return { kind: "aborted" };
    } catch (error) {
      return { kind: "failed", ...describe(error) };
    }
    if (await step("connect") === undefined) return { kind: "aborted" };
    if (fault === "refused") return failure("ECONNREFUSED", "Connection refused");
    if (fault === "unreachable") return await aborted ?? { kind: "aborted" };
    if (await step("handshake") === undefined) return { kind: "aborted" };
    if (fault === "silent-tls") return await aborted ?? { kind: "aborted" };
    if (fault === "untrusted") return { ...failure("CERT_HAS_EXPIRED", "certificate has expired"), untrusted: true };
    const stream = new Stream(clock, random, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    accept(stream.server);
    return { kind: "open", socket: stream };
  }

  /** @inheritdoc */
  async closed(): Promise<void> {
    await Promise.resolve();
  }

  #lookUp(): Promise<readonly string[]> {
    const { clock, weather, random } = this.#means;
    const fault = weather.onTheWay(random);
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    const error = Object.assign(new Error("getaddrinfo"), { code: fault === "no-name" ? "ENOTFOUND" : "EAI_AGAIN" });
    // A resolver that no name server answers gives up after ten seconds.
    if (fault === "silent-resolver") clock.after(10_000, () => reject(error));
    else if (fault === "no-name") clock.after(random.between(1, 50), () => reject(error));
    else clock.after(random.between(1, 20), () => resolve(["203.0.113.1"]));
    return promise;
  }
}

function failure(code: string, message: string): Opened & { readonly kind: "failed" } {
  return { kind: "failed", end: "error", code, message };
}

/** One stream, seen from the client; the other end is {@link Stream.server}. */
class Stream implements ConnectionSocket {
  readonly server: ServerEnd;
  readonly #clock: VirtualClock;
  readonly #random: Seeded;
  readonly #closed: () => void;
  readonly #onData: ((octets: Uint8Array) => void)[] = [];
  readonly #onEnd: (() => void)[] = [];
  #destroyed = false;
  /** Octets arrive in the order in which they were sent. */
  #toServer = 0;
  #toClient = 0;

  constructor(clock: VirtualClock, random: Seeded, closed: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#closed = closed;
    this.server = {
      onData: () => {},
      onGone: () => {},
      write: (octets, whole) => this.#writeBack(octets, whole),
      end: () => this.#arriveAtClient(() => this.#end()),
    };
  }

  on(event: "data", listener: (octets: Uint8Array) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "end" | "close", listener: () => void): void;
  on(
    event: "data" | "error" | "end" | "close",
    listener: ((octets: Uint8Array) => void) & ((error: Error) => void) & (() => void),
  ): void {
    if (event === "data") this.#onData.push(listener);
    if (event === "end") this.#onEnd.push(listener);
  }

  write(octets: Uint8Array, done: (error?: Error | null) => void): void {
    this.#clock.after(this.#random.below(2), () => {
      if (!this.#destroyed) done();
    });
    this.#toServer = Math.max(this.#toServer, this.#clock.now() + this.#delay());
    // What has left arrives, whatever becomes of the connection meanwhile.
    this.#clock.at(this.#toServer, () => this.server.onData(octets));
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#closed();
    this.#toServer = Math.max(this.#toServer, this.#clock.now() + this.#delay());
    this.#clock.at(this.#toServer, () => this.server.onGone());
  }

  #delay(): number {
    return this.#random.between(latency.least, latency.most) / 2;
  }

  #writeBack(octets: Uint8Array, whole?: () => void): void {
    const pieces = this.#random.chance(0.2) ? this.#random.between(2, 5) : 1;
    let from = 0;
    for (let left = pieces; from < octets.length; left--) {
      const to = left <= 1 ? octets.length : Math.min(octets.length, from + 1 + this.#random.below(octets.length));
      const piece = octets.subarray(from, to);
      from = to;
      this.#arriveAtClient(() => {
        if (to === octets.length) whole?.();
        for (const listener of this.#onData) listener(piece);
      });
    }
  }

  #arriveAtClient(action: () => void): void {
    this.#toClient = Math.max(this.#toClient, this.#clock.now() + this.#delay());
    this.#clock.at(this.#toClient, () => {
      if (!this.#destroyed) action();
    });
  }

  #end(): void {
    for (const listener of this.#onEnd) listener();
    this.destroy();
  }
}
