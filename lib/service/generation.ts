/**
 * Everything that is built from one reading of the configuration. A reload builds a new generation; the old one lives on
 * until its last login has its verdict.
 *
 * @module
 */

import type { Config, RadiusServerConfig } from "../config/config.ts";
import type { DuoService } from "../duo/duo_service.ts";
import { type OpenedService, openService } from "../duo/open.ts";
import type { Verdict } from "../login/verdict.ts";
import { type ServedSection, serveSection, slotsFor } from "./section.ts";
import type { Surroundings } from "./surroundings.ts";

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
      return serveSection(server, {
        surroundings,
        duo: this.#duoService(server, surroundings),
        slots: slotsFor(server, surroundings.slots, known),
        signal: this.#giveUp.signal,
        track: (login) => this.#track(login),
      });
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
