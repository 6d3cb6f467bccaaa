/**
 * The proxy in operation: doors opened for a configuration, exchanged at a reload, emptied at a shutdown.
 *
 * @module
 */

import { type Clock, sleep } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { maxHandshakes, witnessHandshakes } from "../duo/open.ts";
import { OutageMemories } from "../duo/outage.ts";
import { RadiusFront, type RadiusFrontOptions } from "../front/radius/front.ts";
import { AnsweredChallenges } from "../login/challenge_state.ts";
import type { Events } from "../login/events.ts";
import { PendingLogins } from "../login/joining.ts";
import { PushLimit } from "../login/push_limit.ts";
import { Slots } from "../login/slots.ts";
import { measureCapacity } from "../net/capacity.ts";
import { Gate } from "../net/gate.ts";
import type { FindWay } from "../net/way.ts";
import type { Random } from "../random.ts";
import type { DatagramSocket } from "../radius/endpoint.ts";
import type { ServerObserver } from "../radius/observer.ts";
import { Replays } from "../radius/replays.ts";
import { type KnownGateway, SigningMemory } from "../radius/signing.ts";
import { warmUp } from "../radius/warm_up.ts";
import { type FailedPlace, Fronts, sectionsAt } from "./fronts.ts";
import { Generation } from "./generation.ts";
import type { ServedSection } from "./section.ts";
import type { ServiceObserver, Surroundings } from "./surroundings.ts";

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

/** What a reload did. */
export type ReloadResult = { readonly kind: "reloaded" } | {
  readonly kind: "refused";
  readonly failed: readonly FailedPlace[];
};

/** A running proxy. */
export class Proxy {
  readonly #options: ProxyOptions;
  readonly #surroundings: Surroundings;
  /** What `auto` has learned of the gateways. */
  readonly #signing = new SigningMemory();
  readonly #fronts: Fronts<ServedSection>;
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
    const radius: RadiusFrontOptions = {
      listen,
      clock,
      random,
      observer: {
        dropped: (drop) => observer.dropped(drop),
        repeated: (kind) => observer.repeated(kind),
        acknowledged: (section) => observer.acknowledged(section),
        log: (level, message, fields) => events.log(level, message, fields),
      },
      replays: new Replays(clock.now()),
      signing: this.#signing,
    };
    this.#fronts = new Fronts<ServedSection>((place) => RadiusFront.open(place, radius));
    this.#generation = new Generation(config, this.#surroundings);
  }

  /**
   * Opens the doors of a configuration. A port that cannot be opened leaves the others serving: see
   * {@link Proxy.failed} and {@link Proxy.listening}.
   */
  static start(config: Config, options: ProxyOptions): Proxy {
    warmUp();
    const proxy = new Proxy(config, options);
    proxy.#failed = proxy.#fronts.open(proxy.#generation.sections);
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
    return this.#fronts.all.map(({ place, front }) => ({
      ...front.address,
      serves: place.serves,
      sections: sectionsAt(this.#generation.sections, place).map(({ config }) => config.name),
    }));
  }

  /** The gateways of the configuration in force, and whether they sign. */
  get gateways(): readonly KnownGateway[] {
    return this.#signing.list(this.#generation.sections.flatMap(({ gateways }) => gateways));
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
    const failed = this.#fronts.exchange(this.#generation.sections, next.sections);
    if (failed.length > 0) {
      this.#retire(next);
      return { kind: "refused", failed };
    }
    if (wantedLogins(config) > slots.limit) {
      events.log("warning", `max_pending beyond ${slots.limit} logins in all takes effect at the next start`);
    }
    const old = this.#generation;
    this.#generation = next;
    this.#failed = [];
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
    this.#fronts.drain();
    const waiting = this.pendingLogins;
    if (waiting > 0) events.log("info", `Waiting for ${waiting} login(s) under way, at most ${drainTimeout / 1_000} s`);
    const idle = this.#fronts.idle();
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
    this.#fronts.drain();
    await this.#fronts.idle();
    await this.#generation[Symbol.asyncDispose]();
    await Promise.all(this.#retiring);
    await this.#fronts[Symbol.asyncDispose]();
  }

  /** Lets a generation end with its last login. */
  #retire(generation: Generation): void {
    this.#retired.add(generation);
    const ended = generation.idle().then(() => generation[Symbol.asyncDispose]()).finally(() => {
      this.#retired.delete(generation);
      this.#retiring.delete(ended);
    });
    this.#retiring.add(ended);
  }
}

function wantedLogins({ servers }: Config): number {
  return servers.reduce((sum, { maxPending }) => sum + maxPending, 0);
}
