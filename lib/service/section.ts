/**
 * A section in operation: what its options make of a login, and the doors that lead to it.
 *
 * @module
 */

import type { RadiusServerConfig } from "../config/config.ts";
import type { DuoService } from "../duo/duo_service.ts";
import type { Logins, Place } from "../front/front.ts";
import { handlerOf } from "../front/radius/handler.ts";
import { ChallengeSeal } from "../login/challenge_state.ts";
import { LineLimits } from "../login/line_limits.ts";
import { login } from "../login/login.ts";
import { OverloadLog } from "../login/overload.ts";
import { noPrimary } from "../login/primary/none.ts";
import type { Primary } from "../login/primary/primary.ts";
import { rejectReplay } from "../login/replay.ts";
import type { Section } from "../login/section.ts";
import { reserveOf, Slots } from "../login/slots.ts";
import type { Verdict } from "../login/verdict.ts";
import type { ServedGateway } from "../radius/request.ts";
import type { Surroundings } from "./surroundings.ts";

/** A section with the gateways that may use it. */
export interface ServedSection {
  readonly config: RadiusServerConfig;
  readonly primary: Primary;
  readonly duo: DuoService;
  /** Where its requests come in; the place for logins first. */
  readonly places: readonly Place[];
  readonly gateways: readonly ServedGateway[];
  /** Slots of `max_pending`, or fewer where the process may not open so many files; the taken ones are the logins that ask Duo. */
  readonly slots: Slots;
}

/** What a section gets from its generation. */
export interface SectionMeans {
  readonly surroundings: Surroundings;
  readonly duo: DuoService;
  readonly slots: Slots;
  /** Aborts when the generation gives up what is still under way. */
  readonly signal: AbortSignal;
  /** Runs a login, which the generation lives as long as. */
  readonly track: (login: () => Promise<Verdict>) => Promise<Verdict>;
}

/** Puts a section of the configuration into operation. */
export function serveSection(config: RadiusServerConfig, means: SectionMeans): ServedSection {
  const { duo, slots, track } = means;
  const primary = noPrimary;
  const section = sectionOf(config, primary, means);
  const gateways = gatewaysOf(config, means.surroundings, {
    login: (request) => track(() => login(request, section)),
    rejectReplay: (request, report) => rejectReplay(request, section, report),
  });
  return { config, primary, duo, places: placesOf(config), gateways, slots };
}

/** What logins need to know of the section. */
function sectionOf(config: RadiusServerConfig, primary: Primary, means: SectionMeans): Section {
  const { surroundings, duo, slots, signal } = means;
  const { clock, random, events, pending, pushes, answered, observer, primaryOnly } = surroundings;
  return {
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
    signal,
    primaryOnly,
  };
}

function placesOf({ interface: address, port, accountingPort }: RadiusServerConfig): readonly Place[] {
  const logins: Place = { interface: address, port, serves: "logins" };
  return accountingPort === undefined
    ? [logins]
    : [logins, { interface: address, port: accountingPort, serves: "accounting" }];
}

/** The gateways that may ask, each with what it must send. */
function gatewaysOf(
  config: RadiusServerConfig,
  { events }: Surroundings,
  logins: Logins,
): readonly ServedGateway[] {
  const { name, debug, passwordEncoding, clientIpAttribute } = config;
  const handler = handlerOf({ name, debug, passwordEncoding, clientIpAttribute, events, logins });
  return config.gateways.map((gateway) => ({
    network: gateway.network,
    secret: new TextEncoder().encode(gateway.secret.reveal()),
    requireMessageAuthenticator: config.forceMessageAuthenticator ? "true" : gateway.requireMessageAuthenticator,
    limitProxyState: config.limitProxyState,
    section: name,
    number: gateway.number,
    debug,
    ...handler,
  }));
}

/** A section's slots: those that it had, unless they are to be others. */
export function slotsFor(config: RadiusServerConfig, all: Slots, known: Slots | undefined): Slots {
  const limit = Math.min(config.maxPending, all.limit);
  // With one gateway nobody else could use what is kept from it.
  const reserve = isForOne(config) ? 0 : reserveOf(limit);
  return known?.limit === limit && known.reserve === reserve ? known : new Slots({ limit, reserve, within: all });
}

/** Whether only one gateway may ask the section. */
function isForOne({ gateways }: RadiusServerConfig): boolean {
  const [first] = gateways;
  return first !== undefined &&
    gateways.every(({ network: { family, first: low, last: high } }) =>
      low === high && low === first.network.first && family === first.network.family
    );
}
