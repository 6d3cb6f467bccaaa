/**
 * Everything that is built from one reading of the configuration. A reload builds a new generation; the old one lives on
 * until its last login has its verdict.
 *
 * @module
 */

import type { Config, RadiusServerConfig } from "../config/config.ts";
import type { DuoService } from "../duo/duo_service.ts";
import { type OpenedService, openService, type ServiceMeans } from "../duo/open.ts";
import { handlerOf } from "../front/radius/handler.ts";
import { type AnsweredChallenges, ChallengeSeal } from "../login/challenge_state.ts";
import type { Events } from "../login/events.ts";
import { LineLimits } from "../login/line_limits.ts";
import { login } from "../login/login.ts";
import type { PendingLogins } from "../login/joining.ts";
import { noPrimary } from "../login/primary/none.ts";
import type { Primary } from "../login/primary/primary.ts";
import { OverloadLog } from "../login/overload.ts";
import type { PushLimit } from "../login/push_limit.ts";
import { rejectReplay } from "../login/replay.ts";
import type { Section } from "../login/section.ts";
import { reserveOf, Slots } from "../login/slots.ts";
import type { Verdict } from "../login/verdict.ts";
import type { ServerClient } from "../radius/request.ts";

/** What the process lends to each generation. */
export interface Surroundings extends ServiceMeans {
  readonly events: Events;
  readonly pending: PendingLogins;
  readonly pushes: PushLimit;
  readonly answered: AnsweredChallenges;
  readonly slots: Slots;
  readonly observer: ServiceObserver;
  readonly primaryOnly: () => boolean;
}

/** Told what metrics count. */
export interface ServiceObserver {
  joined(section: string): void;
  /** A call to Duo ended; `untrusted` where the certificate that was shown was not accepted. */
  duoCall(path: string, milliseconds: number, outcome: string): void;
}

/** A section with the clients that may use it. */
export interface ServedSection {
  readonly config: RadiusServerConfig;
  readonly primary: Primary;
  readonly duo: DuoService;
  readonly clients: readonly ServerClient[];
  /** Slots of `max_pending`, or fewer where the process may not open so many files; the taken ones are the logins that ask Duo. */
  readonly slots: Slots;
}

/** One reading of the configuration, in operation. */
export class Generation {
  readonly config: Config;
  readonly sections: readonly ServedSection[];
  readonly #services = new Map<string, OpenedService>();
  readonly #giveUp = new AbortController();
  #active = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  /** @param before the generation that this one is to replace: logins under way keep their slots in the sections that stay. */
  constructor(config: Config, surroundings: Surroundings, before?: Generation) {
    this.config = config;
    this.sections = config.servers.map((server) => {
      const known = before?.sections.find((section) => section.config.name === server.name)?.slots;
      return this.#serve(server, surroundings, slotsFor(server, surroundings.slots, known));
    });
  }

  /** Begins the work in the background: Duo's clock and the keys are looked at. */
  start(): void {
    for (const { service } of this.#services.values()) service.start();
  }

  /** Resolves when no login of this generation is under way. */
  idle(): Promise<void> {
    if (this.#active === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }

  /** Rejects what is still under way. */
  giveUp(): void {
    this.#giveUp.abort();
  }

  /** Gives up what is under way and closes the connections to Duo and those of the first factors. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.giveUp();
    await this.idle();
    for (const { primary } of this.sections) await primary[Symbol.asyncDispose]();
    for (const service of this.#services.values()) await service[Symbol.asyncDispose]();
  }

  #serve(config: RadiusServerConfig, surroundings: Surroundings, slots: Slots): ServedSection {
    const duo = this.#duoService(config, surroundings);
    const primary = noPrimary;
    const { clock, random, events, pending, pushes, answered, observer, primaryOnly } = surroundings;
    const section: Section = {
      name: config.name,
      ikey: config.duo.ikey,
      mode: config.mode,
      primary,
      failmode: config.failmode,
      exemptUsernames: config.exemptUsernames,
      loginTimeout: config.loginTimeout * 1_000,
      apiTimeout: config.duo.apiTimeout * 1_000,
      joinRepeats: config.joinRepeats,
      duo,
      slots,
      maxPending: config.maxPending,
      overload: new OverloadLog(clock, (message) => events.log("error", message, { section: config.name })),
      pending,
      pushLimit: config.pushLimit,
      pushes,
      joined: () => observer.joined(config.name),
      challenges: new ChallengeSeal({
        ikey: config.duo.ikey,
        skey: config.duo.skey.reveal(),
        section: config.name,
        primary: config.primary.kind,
        clock,
        random,
        answered,
      }),
      lineLimits: new LineLimits(clock),
      events,
      clock,
      signal: this.#giveUp.signal,
      primaryOnly,
    };
    const handler = handlerOf({
      name: config.name,
      debug: config.debug,
      passwordEncoding: config.passwordEncoding,
      clientIpAttribute: config.clientIpAttribute,
      events,
      logins: {
        login: (request) => this.#track(() => login(request, section)),
        rejectReplay: (request, report) => rejectReplay(request, section, report),
      },
    });
    const clients = config.clients.map((client): ServerClient => ({
      network: client.network,
      secret: new TextEncoder().encode(client.secret.reveal()),
      requireMessageAuthenticator: config.forceMessageAuthenticator ? "true" : client.requireMessageAuthenticator,
      limitProxyState: config.limitProxyState,
      section: config.name,
      number: client.number,
      debug: config.debug,
      ...handler,
    }));
    return { config, primary, duo, clients, slots };
  }

  /** Sections with the same keys at the same host share what is known about them, and the connections. */
  #duoService({ name, duo, debug }: RadiusServerConfig, surroundings: Surroundings): DuoService {
    const key = JSON.stringify({ ...duo, skey: duo.skey.reveal() });
    const known = this.#services.get(key);
    if (known) return known.service;
    const { events, observer } = surroundings;
    const fields = { section: name, api_host: duo.apiHost };
    const opened = openService(duo, surroundings, {
      log: (level, message) => events.log(level, message, fields),
      called: (path, took, outcome) => observer.duoCall(path, took, outcome),
      ...(debug ? { trace: (line: string): void => events.log("debug", line, fields) } : {}),
    });
    this.#services.set(key, opened);
    return opened.service;
  }

  async #track(run: () => Promise<Verdict>): Promise<Verdict> {
    this.#active++;
    try {
      return await run();
    } finally {
      if (--this.#active === 0) {
        this.#idle?.resolve();
        this.#idle = undefined;
      }
    }
  }
}

/** A section's slots: those that it had, unless they are to be others. */
function slotsFor(config: RadiusServerConfig, all: Slots, known: Slots | undefined): Slots {
  const limit = Math.min(config.maxPending, all.limit);
  // With one gateway nobody else could use what is kept from it.
  const reserve = isForOne(config) ? 0 : reserveOf(limit);
  return known?.limit === limit && known.reserve === reserve ? known : new Slots({ limit, reserve, within: all });
}

/** Whether only one gateway may ask the section. */
function isForOne({ clients }: RadiusServerConfig): boolean {
  const [first] = clients;
  return first !== undefined &&
    clients.every(({ network: { family, first: low, last: high } }) =>
      low === high && low === first.network.first && family === first.network.family
    );
}
