/**
 * What people, thieves and things do in a world, and when: plain data, so that a part of it can be left out and the rest runs as
 * before.
 *
 * @module
 */

import { hour, minute, moment, second } from "./clock.ts";
import { Seeded } from "./random.ts";
import type { FileSetup, Setup } from "./setup.ts";
import { callFaults, type Fault, wayFaults } from "./weather.ts";

/** How a person answers the push of her own login. */
export interface Answer {
  readonly does: "approve" | "deny" | "ignore";
  /** Milliseconds after the phone rang. */
  readonly after: number;
}

/** What happens at one moment. */
export type Action =
  & { readonly id: number; readonly at: number }
  & (
    /** A person logs in. */
    | {
      readonly kind: "login";
      readonly gateway: number;
      readonly person: number;
      readonly types: "push" | "nothing" | "phone" | "sms" | "passcode" | "wrong" | "password" | "second";
      readonly answer: Answer;
    }
    /** Somebody who knows a password logs in as its owner, if there is one while her own login is under way. */
    | { readonly kind: "ride"; readonly person: number; readonly gateway: number; readonly near: boolean }
    /** Somebody calls himself like a person who needs no second factor, with a mark before the name that nobody sees. */
    | { readonly kind: "pretend"; readonly gateway: number }
    /** Somebody sends requests under a gateway's address without its secret. */
    | { readonly kind: "forge"; readonly gateway: number; readonly count: number; readonly every: number }
    /** Likewise, with port and identifier of a request under way. */
    | { readonly kind: "silence"; readonly part: number }
    /** Somebody sends again what was captured before: which one of it, and from where. */
    | {
      readonly kind: "replay";
      readonly part: number;
      readonly count: number;
      readonly from: "same-port" | "other-port" | "other-gateway";
    }
    | { readonly kind: "fault"; readonly fault: Fault }
    | { readonly kind: "reload"; readonly proxy: 0 | 1; readonly file: FileSetup }
    | { readonly kind: "restart"; readonly proxy: 0 | 1; readonly down: number }
  );

/** How often things happen, in a mean hour. */
const perHour = {
  logins: 45,
  rides: 3,
  pretences: 0.3,
  forgeries: 1,
  silencings: 3,
  replays: 5,
  faults: 0.7,
  reloads: 0.3,
  restarts: 0.1,
};

type Draft = Action extends infer One ? One extends Action ? Omit<One, "id" | "at"> : never : never;

/** Draws what happens in so many hours. */
export function drawPlan(setup: Setup, hours: number): readonly Action[] {
  const { seed, gateways, people } = setup;
  const drafts: { readonly at: number; readonly draft: Draft }[] = [];
  const draw = (name: string, rate: number, make: (random: Seeded, at: number) => Draft): void => {
    const random = new Seeded("plan", seed, name);
    for (let at = random.wait(hour / rate); at < hours * hour; at += random.wait(hour / rate)) {
      drafts.push({ at, draft: make(random, at) });
    }
  };
  const login = (random: Seeded): Draft => ({
    kind: "login",
    gateway: random.below(gateways.length),
    person: random.below(people.length),
    types: random.oneOf([
      "push",
      "push",
      "push",
      "nothing",
      "nothing",
      "phone",
      "sms",
      "passcode",
      "wrong",
      "password",
      "second",
    ]),
    answer: {
      does: random.oneOf(["approve", "approve", "approve", "approve", "approve", "deny", "ignore"]),
      after: random.chance(0.1) ? random.between(30, 62) * second : random.between(500, 15_000),
    },
  });
  draw("logins", perHour.logins, login);
  // Everybody comes at nine, and one person tries again and again.
  const bursts = new Seeded("plan", seed, "bursts");
  for (let at = bursts.wait(6 * hour); at < hours * hour; at += bursts.wait(6 * hour)) {
    const one = login(bursts);
    const alone = bursts.chance(0.5);
    const count = bursts.between(10, 40);
    for (let number = 0; number < count; number++) {
      drafts.push({ at: at + bursts.below(alone ? minute : 20 * second), draft: alone ? one : login(bursts) });
    }
  }
  draw("rides", perHour.rides, (random) => ({
    kind: "ride",
    person: random.below(people.length),
    gateway: random.below(gateways.length),
    near: random.chance(0.5),
  }));
  draw("pretences", perHour.pretences, (random) => ({ kind: "pretend", gateway: random.below(gateways.length) }));
  draw("forgeries", perHour.forgeries, (random) => ({
    kind: "forge",
    gateway: random.below(gateways.length),
    count: random.between(1, 60),
    every: random.between(2, 500),
  }));
  draw("silencings", perHour.silencings, (random) => ({ kind: "silence", part: random.number() }));
  draw("replays", perHour.replays, (random) => ({
    kind: "replay",
    part: random.chance(0.5) ? 1 : random.number(),
    count: random.between(1, 4),
    from: random.oneOf(["same-port", "other-port", "other-gateway"]),
  }));
  draw("faults", perHour.faults, (random, at) => ({ kind: "fault", fault: drawFault(random, at, setup) }));
  draw("reloads", perHour.reloads, (random) => ({
    kind: "reload",
    proxy: random.oneOf([0, 1]),
    file: {
      ...setup.file,
      failmode: random.oneOf(["safe", "secure"]),
      maxPending: random.oneOf([setup.file.maxPending, setup.file.maxPending, 5]),
      without: random.chance(0.2) ? [random.below(gateways.length)] : [],
    },
  }));
  draw("restarts", perHour.restarts, (random) => ({
    kind: "restart",
    proxy: random.oneOf([0, 1]),
    down: random.between(1, 120) * second,
  }));
  return drafts.toSorted((a, b) => a.at - b.at).map(({ at, draft }, id): Action => ({
    id,
    at: Math.round(at),
    ...draft,
  }));
}

function drawFault(random: Seeded, at: number, { people }: Setup): Fault {
  const way = random.chance(0.45);
  const whom = random.below(people.length);
  return {
    from: Math.round(at),
    to: Math.round(at + random.oneOf([5 * second, minute, 5 * minute, 10 * minute]) * (0.5 + random.number())),
    kind: way ? random.oneOf(wayFaults) : random.oneOf(callFaults),
    calls: way ? "all" : random.oneOf(["all", "preauth", "auth", "status"]),
    ...(!way && random.chance(0.25) ? { user: people[whom]?.username ?? "" } : {}),
    share: random.chance(0.7) ? 1 : 0.4,
    ms: random.oneOf([300, 1_000, 4_000, 8_000]),
  };
}

/** An action in words. */
export function describeAction(action: Action, { gateways, people }: Setup): string {
  const gateway = (index: number): string => {
    const {
      name,
      signs,
      marking,
      saysWhere,
      constantAuthenticator,
      identifiers,
      repeats: { every, tries, how },
      failsOver,
    } = gateways[index] ??
      gateways[0];
    const traits = [
      signs ? "signs" : "does not sign",
      `tells sessions apart by ${marking}`,
      ...(saysWhere ? [] : ["does not say where the user is"]),
      ...(constantAuthenticator ? ["one authenticator for all"] : []),
      ...(identifiers < 256 ? [`${identifiers} identifiers`] : []),
      `${tries} tries every ${every / second} s, repeats: ${how}`,
      ...(failsOver ? ["fails over"] : []),
    ];
    return `${name} (${traits.join(", ")})`;
  };
  const person = (index: number): string => people[index]?.username ?? "nobody";
  const at = moment(action.at);
  switch (action.kind) {
    case "login": {
      const { does, after } = action.answer;
      const answers = does === "ignore" ? "ignores the push" : `would ${does} after ${after / second} s`;
      return `${at} ${person(action.person)} logs in at ${gateway(action.gateway)}, types ${action.types}, ${answers}`;
    }
    case "ride":
      return `${at} a thief ${action.near ? "beside the owner" : "elsewhere"} rides, or logs in as ${
        person(action.person)
      } at ${gateway(action.gateway)}`;
    case "pretend":
      return `${at} a thief pretends to be exempt at ${gateway(action.gateway)}`;
    case "forge":
      return `${at} ${action.count} forged requests, one every ${action.every} ms, as ${gateway(action.gateway)}`;
    case "silence":
      return `${at} a forged request with port and identifier of one under way`;
    case "replay":
      return `${at} ${action.count} times a captured request again, ${action.from}`;
    case "fault": {
      const { kind, calls, user, share, to, ms } = action.fault;
      const whose = user === undefined ? "" : ` of ${user}`;
      return `${at} Duo until ${moment(to)}: ${kind}${kind === "slow" ? ` by ${ms} ms` : ""}, ${calls} calls${whose}, ${
        share * 100
      } % of them`;
    }
    case "reload":
      return `${at} proxy ${action.proxy} reloads: failmode=${action.file.failmode} max_pending=${action.file.maxPending}, without gateways [${action.file.without.join()}]`;
    case "restart":
      return `${at} proxy ${action.proxy} stops, and starts again ${action.down / second} s later`;
  }
}
