/**
 * The proxy in operation: listeners built from a configuration, exchanged at a reload, emptied at a shutdown.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { maxHandshakes, witnessHandshakes } from "../duo/open.ts";
import { OutageMemories } from "../duo/outage.ts";
import { AnsweredChallenges } from "../login/challenge_state.ts";
import type { Events, LogFields, LogLevel } from "../login/events.ts";
import { PendingLogins } from "../login/joining.ts";
import { PushLimit } from "../login/push_limit.ts";
import { Slots } from "../login/slots.ts";
import { measureCapacity } from "../net/capacity.ts";
import { Gate } from "../net/gate.ts";
import type { FindWay } from "../net/way.ts";
import type { Random } from "../random.ts";
import { AccountingServer } from "../radius/accounting.ts";
import type { DatagramSocket } from "../radius/endpoint.ts";
import type { ServerObserver } from "../radius/observer.ts";
import { Replays } from "../radius/replays.ts";
import type { ServerClient } from "../radius/request.ts";
import { RadiusServer } from "../radius/server.ts";
import { type KnownGateway, SigningMemory } from "../radius/signing.ts";
import { warmUp } from "../radius/warm_up.ts";
import { Generation, type ServedSection, type ServiceObserver, type Surroundings } from "./generation.ts";

/** What the proxy takes from outside. */
export interface ProxyOptions {
  readonly clock: Clock;
  readonly events: Events;
  readonly random: Random;
  /** Finds the way to Duo; by default over the network. */
  readonly findWay?: FindWay;
  readonly userAgent: string;
  /** Opens a UDP socket. Throws what `Deno.listenDatagram` throws. */
  readonly listen: (address: { readonly hostname: string; readonly port: number }) => DatagramSocket;
  /** Takes a descriptor of no use, to see how many this process may have. Throws when there are no more. */
  readonly openDescriptor: () => { close(): void };
  readonly observer: ServiceObserver & Pick<ServerObserver, "dropped" | "repeated" | "acknowledged">;
  /** True while an operator has told the proxy not to ask Duo. */
  readonly primaryOnly: () => boolean;
}

/** A socket that was asked for: `interface` undefined means all addresses. */
interface Place {
  readonly interface: string | undefined;
  readonly port: number;
  readonly serves: "logins" | "accounting";
}

/** What serves at a place. */
type Listener = RadiusServer | AccountingServer;

/** A port that could not be opened. */
export interface FailedPlace {
  /** Sections that wait for it. */
  readonly sections: readonly string[];
  readonly port: number;
  readonly reason: string;
}

/** What a reload did. */
export type ReloadResult = { readonly kind: "reloaded" } | {
  readonly kind: "refused";
  readonly failed: readonly FailedPlace[];
};

/** A running proxy. */
export class Proxy {
  readonly #options: ProxyOptions;
  readonly #surroundings: Surroundings;
  /** Over all sockets and reloads: a captured request must be known again whichever port it is sent to. */
  readonly #replays: Replays;
  /** What `auto` has learned of the gateways, over reloads, too. */
  readonly #signing = new SigningMemory();
  readonly #listeners = new Map<string, Listener>();
  /** Generations before the current one that still have logins under way. */
  readonly #retired = new Set<Generation>();
  /** What has been replaced and comes to its end by itself. */
  readonly #retiring = new Set<Promise<void>>();
  #generation: Generation;
  #failed: readonly FailedPlace[] = [];

  private constructor(config: Config, options: ProxyOptions) {
    this.#options = options;
    const { clock, events, random, findWay, userAgent, listen, openDescriptor, observer, primaryOnly } = options;
    const openSocket = (): { close(): void } => listen({ hostname: "127.0.0.1", port: 0 });
    this.#replays = new Replays(clock.now());
    const wanted = wantedLogins(config);
    const capacity = measureCapacity(wanted, openDescriptor);
    if (!capacity.sufficient) {
      events.log(
        "warning",
        `This process may open too few files for ${wanted} logins at once (max_pending): it will take ${capacity.logins}. ` +
          "Raise the limit (LimitNOFILE= of the unit, or ulimit -n) or lower max_pending",
      );
    }
    this.#surroundings = {
      clock,
      events,
      random,
      ...(findWay === undefined ? {} : { findWay }),
      userAgent,
      openSocket,
      handshakes: new Gate(maxHandshakes, witnessHandshakes),
      outages: new OutageMemories(clock),
      pending: new PendingLogins(),
      pushes: new PushLimit(clock),
      answered: new AnsweredChallenges(clock),
      slots: new Slots({ limit: capacity.logins }),
      observer,
      primaryOnly,
    };
    this.#generation = new Generation(config, this.#surroundings);
  }

  /**
   * Opens the listeners of a configuration. A port that cannot be opened leaves the others serving: see
   * {@link Proxy.failed} and {@link Proxy.listening}.
   */
  static start(config: Config, options: ProxyOptions): Proxy {
    warmUp();
    const proxy = new Proxy(config, options);
    proxy.#failed = proxy.#open(proxy.#generation);
    proxy.#generation.start();
    return proxy;
  }

  /** The configuration in force. */
  get generation(): Generation {
    return this.#generation;
  }

  /** Ports that could not be opened. */
  get failed(): readonly FailedPlace[] {
    return this.#failed;
  }

  /** Addresses that are open. */
  get listening(): readonly {
    readonly hostname: string;
    readonly port: number;
    readonly serves: "logins" | "accounting";
    readonly sections: readonly string[];
  }[] {
    return [...this.#listeners].map(([key, { address, serves }]) => ({
      ...address,
      serves,
      sections: [...new Set(clientsAt(this.#generation, key).map(({ section }) => section))],
    }));
  }

  /** The gateways of the configuration in force, and whether they sign. */
  get gateways(): readonly KnownGateway[] {
    return this.#signing.list(this.#generation.sections.flatMap(({ clients }) => clients));
  }

  /** Logins under way. */
  get pendingLogins(): number {
    return this.#surroundings.pending.count;
  }

  /** What logins hold at the moment, of all generations. For tests, which show that nothing is left behind. */
  get held(): Readonly<Record<"logins" | "joinable" | "slots" | "holders" | "pushes" | "waiting", number>> {
    const { pending, pushes, slots } = this.#surroundings;
    const { pending: ringing, waiting } = pushes.held;
    return {
      logins: pending.count,
      joinable: pending.held,
      slots: slots.taken,
      holders: slots.holders,
      pushes: ringing,
      waiting,
    };
  }

  /**
   * Puts another configuration in force. Logins under way end as they began. If a new port cannot be opened, nothing changes.
   */
  reload(config: Config): ReloadResult {
    const { slots, events } = this.#surroundings;
    const next = new Generation(config, this.#surroundings, this.#generation);
    const before = new Set(this.#listeners.keys());
    const held = new Set([...this.#listeners.values()].map(({ address }) => address.port));
    const failed = this.#open(next).map((place) => held.has(place.port) ? { ...place, reason: ownPort(place) } : place);
    if (failed.length > 0) {
      for (const key of this.#listeners.keys()) if (!before.has(key)) this.#close(key);
      this.#assignClients(this.#generation);
      this.#retire(next);
      return { kind: "refused", failed };
    }
    if (wantedLogins(config) > slots.limit) {
      events.log("warning", `max_pending beyond ${slots.limit} logins in all takes effect at the next start`);
    }
    const old = this.#generation;
    this.#generation = next;
    this.#failed = [];
    const wanted = places(next);
    for (const key of [...this.#listeners.keys()]) if (!wanted.has(key)) this.#close(key);
    next.start();
    this.#retire(old);
    return { kind: "reloaded" };
  }

  /**
   * Ends the proxy: no new logins; those under way may take `drainTimeout` ms, the rest get a reject. Repeats of requests that
   * were answered are answered until the end.
   */
  async stop(drainTimeout: number): Promise<void> {
    const { clock, events } = this.#options;
    for (const listener of this.#listeners.values()) listener.drain();
    const waiting = this.pendingLogins;
    if (waiting > 0) events.log("info", `Waiting for ${waiting} login(s) under way, at most ${drainTimeout / 1_000} s`);
    const idle = Promise.all([...this.#listeners.values()].map((listener) => listener.idle()));
    const drained = new AbortController();
    const inTime = await Promise.race([
      idle.then(() => true),
      sleep(clock, drainTimeout, drained.signal).then(() => false),
    ]);
    drained.abort();
    if (!inTime) {
      events.log("warning", `Rejecting ${this.pendingLogins} login(s) that did not end in time`);
      this.giveUp();
      await idle;
    }
    await this[Symbol.asyncDispose]();
  }

  /** Rejects all logins that are under way, of earlier configurations, too. */
  giveUp(): void {
    for (const generation of [this.#generation, ...this.#retired]) generation.giveUp();
  }

  /** Closes everything at once; logins under way are rejected. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.giveUp();
    for (const listener of this.#listeners.values()) listener.drain();
    await Promise.all([...this.#listeners.values()].map((listener) => listener.idle()));
    await this.#generation[Symbol.asyncDispose]();
    await Promise.all(this.#retiring);
    await Promise.all([...this.#listeners.values()].map((listener) => listener[Symbol.asyncDispose]()));
    this.#listeners.clear();
  }

  /** Opens what a generation needs and is not open yet, and hands all listeners their clients. */
  #open(generation: Generation): FailedPlace[] {
    const failed: FailedPlace[] = [];
    for (const [key, place] of places(generation)) {
      if (this.#listeners.has(key)) continue;
      try {
        const socket = this.#listen(place);
        this.#listeners.set(key, this.#serve(socket, place));
      } catch (error) {
        const sections = [...new Set(clientsAt(generation, key).map(({ section }) => section))];
        failed.push({ sections, port: place.port, reason: listenFailure(error, place) });
      }
    }
    this.#assignClients(generation);
    return failed;
  }

  #listen(place: Place): DatagramSocket {
    const { listen } = this.#options;
    if (place.interface !== undefined) return listen({ hostname: place.interface, port: place.port });
    try {
      return listen({ hostname: "::", port: place.port });
    } catch (error) {
      // Machines without IPv6 have no "::". A port that is taken must not be tried again on half of the addresses.
      if (error instanceof Deno.errors.AddrInUse) throw error;
      return listen({ hostname: "0.0.0.0", port: place.port });
    }
  }

  #serve(socket: DatagramSocket, { serves }: Place): Listener {
    const { clock, random, events, observer } = this.#options;
    const told: ServerObserver = {
      dropped: (drop) => observer.dropped(drop),
      repeated: (kind) => observer.repeated(kind),
      acknowledged: (section) => observer.acknowledged(section),
      log: (level: LogLevel, message: string, fields?: LogFields) => events.log(level, message, fields),
    };
    const common = { socket, clock, clients: [], observer: told };
    if (serves === "accounting") return new AccountingServer(common);
    return new RadiusServer({ ...common, random, replays: this.#replays, signing: this.#signing });
  }

  #assignClients(generation: Generation): void {
    for (const [key, listener] of this.#listeners) listener.setClients(clientsAt(generation, key));
  }

  #close(key: string): void {
    const listener = this.#listeners.get(key);
    if (!listener) return;
    this.#listeners.delete(key);
    listener.drain();
    this.#keep(listener.idle().then(() => listener[Symbol.asyncDispose]()));
  }

  #retire(generation: Generation): void {
    this.#retired.add(generation);
    this.#keep(
      generation.idle().then(() => generation[Symbol.asyncDispose]()).finally(() => this.#retired.delete(generation)),
    );
  }

  #keep(work: Promise<void>): void {
    const kept = work.finally(() => this.#retiring.delete(kept));
    this.#retiring.add(kept);
  }
}

function wantedLogins({ servers }: Config): number {
  return servers.reduce((sum, { maxPending }) => sum + maxPending, 0);
}

/** One port can't be open for all addresses and for one; and the logins under way need the old one. */
function ownPort({ port }: FailedPlace): string {
  return `This proxy itself holds UDP port ${port} with the configuration in force: another interface or another use of the same port needs a restart`;
}

function placeKey({ interface: address, port, serves }: Place): string {
  return `${address ?? "*"} ${port} ${serves}`;
}

/** The sockets that a section needs; the one for logins first. */
function placesOf({ config }: ServedSection): readonly Place[] {
  const { interface: address, port, accountingPort } = config;
  const logins: Place = { interface: address, port, serves: "logins" };
  return accountingPort === undefined
    ? [logins]
    : [logins, { interface: address, port: accountingPort, serves: "accounting" }];
}

function places(generation: Generation): Map<string, Place> {
  return new Map(generation.sections.flatMap(placesOf).map((place) => [placeKey(place), place]));
}

function clientsAt(generation: Generation, key: string): ServerClient[] {
  return generation.sections.filter((section) => placesOf(section).some((place) => placeKey(place) === key))
    .flatMap(({ clients }) => clients);
}

function listenFailure(error: unknown, place: Place): string {
  const where = `${place.interface ?? "all addresses"}, UDP port ${place.port}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return `Cannot listen on ${where}: the port is taken; see who has it with: ss -ulpn 'sport = :${place.port}'`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `Cannot listen on ${where}: this machine has no such address; see which it has with: ip address`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `Cannot listen on ${where}: ports below 1024 need CAP_NET_BIND_SERVICE (install --port-capability)`;
  }
  return `Cannot listen on ${where}: ${error instanceof Error ? error.message : String(error)}`;
}
