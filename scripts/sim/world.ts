/**
 * A simulated world: two proxies, gateways, people, thieves and a Duo on one virtual clock, all of it out of one seed.
 *
 * The proxies are the program as it is (sockets, login, way to Duo); everything around them is made here. How the files hang together:
 *
 * | file | holds |
 * |---|---|
 * | setup.ts, secrets.ts | what differs from world to world, drawn from the seed, and the proxy's file |
 * | plan.ts | what happens and when, as data: people, thieves, faults, reloads, restarts |
 * | clock.ts, random.ts, network.ts, streams.ts | what the program is given for time, randomness, datagrams and the way to Duo |
 * | weather.ts, duo.ts | Duo, and what goes wrong there |
 * | gateways.ts, thieves.ts | who sends requests |
 * | proxies.ts | the program, started, reloaded and stopped |
 * | model.ts, records.ts, push_count.ts, brown_outs.ts | judge everything that leaves the program |
 * | shrink.ts | finds the few events that a violation needs |
 * | main.ts, pool.ts, worker.ts, report.ts | the command, one thread a core, and what is said of a world |
 * | planted.ts, bugs.ts | bugs put into a copy of the program, each of which must be found |
 *
 * Whoever adds a part to the program adds it here: what it speaks with (a directory, an upstream, a store) is a file beside duo.ts with
 * its faults in weather.ts; a new way in (another door) is one beside gateways.ts; options of it are drawn in setup.ts; what happens to
 * it are kinds of actions in plan.ts, carried out in {@link World}; what it promises is a method of the model, with its own name of an
 * invariant; and each of its protections is a planted bug in bugs.ts.
 *
 * @module
 */

import type { PendingRequest } from "../../lib/simulator/cloud.ts";
import { hour, minute, second, VirtualClock } from "./clock.ts";
import { type DuoCall, VirtualDuo } from "./duo.ts";
import { Gateway } from "./gateways.ts";
import { Model } from "./model.ts";
import type { Attempt, Figures, Login, Violation } from "./records.ts";
import { VirtualNetwork } from "./network.ts";
import type { Action, Answer } from "./plan.ts";
import { VirtualProxy } from "./proxies.ts";
import { Seeded } from "./random.ts";
import { passcodeOf, passwordOf, wrongPasscodes } from "./secrets.ts";
import { proxies, type Setup } from "./setup.ts";
import { Thieves } from "./thieves.ts";
import { Weather } from "./weather.ts";

/** What became of a world. */
export interface Outcome {
  readonly violation: Violation | undefined;
  readonly figures: Figures;
  /** How many events its clock has run. */
  readonly events: number;
  readonly trace: readonly string[];
}

/** A login that somebody waits for. */
interface UnderWay {
  readonly login: Login;
  readonly answer: Answer;
  /** Whether its owner has answered a push in the belief that it was this login's. */
  answered: boolean;
}

/** How often the model looks at what the proxies hold. */
const lookInterval = 5 * minute;
/** After the last action so long is waited until the proxies are stopped, and until the world ends. */
const afterwards = { stop: 3 * minute, end: 5 * minute } as const;

/** Runs a world to its end, or to its first violation. */
export async function runWorld(
  setup: Setup,
  plan: readonly Action[],
  hours: number,
  traced = false,
): Promise<Outcome> {
  const world = new World(setup, plan, hours, traced);
  return await world.run();
}

class World {
  readonly #setup: Setup;
  readonly #plan: readonly Action[];
  readonly #end: number;
  readonly #clock = new VirtualClock();
  readonly #weather: Weather;
  readonly #network: VirtualNetwork;
  readonly #model: Model;
  readonly #duo: VirtualDuo;
  readonly #gateways: readonly Gateway[];
  readonly #proxies: readonly [VirtualProxy, VirtualProxy];
  readonly #thieves: Thieves;
  readonly #random: Seeded;
  readonly #underWay = new Set<UnderWay>();
  #runs = 0;

  constructor(setup: Setup, plan: readonly Action[], hours: number, traced: boolean) {
    this.#setup = setup;
    this.#plan = plan;
    this.#end = hours * hour;
    const clock = this.#clock;
    const random = this.#random = new Seeded("world", setup.seed);
    const weather = this.#weather = new Weather(clock);
    const network = this.#network = new VirtualNetwork(clock);
    const model = this.#model = new Model({
      clock,
      weather,
      setup,
      traced,
      rang: (call, request) => this.#rings(call, request),
    });
    const duo = this.#duo = new VirtualDuo({
      clock,
      random: random.fork("duo"),
      weather,
      users: setup.people,
      observer: model,
    });
    const means = {
      after: (delay: number, action: () => void) => clock.after(delay, action),
      now: () => clock.now(),
      send: (attempt: Attempt, proxy: 0 | 1, random: Seeded) => this.#send(attempt, proxy, random),
      listen: (address: { hostname: string; port: number }, take: (bytes: Uint8Array) => void) =>
        network.listen(address, take),
    };
    this.#gateways = setup.gateways.map((gateway, index) => new Gateway(gateway, means, random.fork("gateway", index)));
    const replies = random.fork("replies");
    const createProxy = (index: 0 | 1): VirtualProxy =>
      new VirtualProxy(index, {
        setup,
        clock,
        network,
        weather,
        duo,
        model,
        random: random.fork("proxy", index),
        nextRun: () => ++this.#runs,
        sent: (bytes, from, to) => network.send(bytes, from, to, setup.link, replies),
      });
    this.#proxies = [createProxy(0), createProxy(1)];
    this.#thieves = new Thieves(setup, means, clock);
  }

  async run(): Promise<Outcome> {
    const clock = this.#clock;
    for (const proxy of this.#proxies) this.#carry(proxy.start());
    for (const action of this.#plan) clock.at(action.at + second, () => this.#perform(action));
    for (let at = lookInterval; at < this.#end + afterwards.stop; at += lookInterval) {
      clock.at(at, () => this.#proxies.forEach((proxy) => proxy.look()));
    }
    clock.at(this.#end + afterwards.stop - 1, () => this.#proxies.forEach((proxy) => proxy.look()));
    clock.at(this.#end + afterwards.stop, () => this.#proxies.forEach((proxy) => this.#carry(proxy.stop())));
    await clock.run(
      this.#end + afterwards.end,
      () => this.#model.violation !== undefined,
    );
    const { violation, figures, trace } = this.#model;
    return { violation, figures, events: clock.events, trace };
  }

  #carry(work: Promise<void>): void {
    work.catch((error) => this.#model.fail("no exception", error instanceof Error ? `${error.stack}` : `${error}`));
  }

  #perform(action: Action): void {
    const random = this.#random.fork("action", action.id);
    switch (action.kind) {
      case "login":
        return this.#login(action, random);
      case "ride":
        return this.#ride(action, random);
      case "pretend":
        return this.#pretend(action, random);
      case "forge":
        return this.#thieves.forge(action, random, this.#gatewayAt(action.gateway));
      case "silence":
        return this.#thieves.silence(action, random);
      case "replay":
        return this.#thieves.replay(action, random);
      case "fault":
        this.#model.note(() => `Duo: ${action.fault.kind}`);
        return this.#weather.add({ ...action.fault, from: this.#clock.now() });
      case "reload":
        return this.#carry(this.#proxies[action.proxy].reload(action.file));
      case "restart":
        return this.#carry(this.#restart(action.proxy, action.down));
    }
  }

  #login(action: Action & { kind: "login" }, random: Seeded): void {
    const person = this.#setup.people[action.person] ?? this.#setup.people[0];
    const gateway = this.#gatewayAt(action.gateway);
    const ip = addressOf(action.id);
    const login: Login = {
      who: "owner",
      user: person.username,
      gateway: gateway.setup,
      key: gateway.setup.saysWhere ? ip : `user ${person.username}`,
    };
    const password = passwordOf(person);
    const typed = {
      push: "push",
      nothing: "",
      phone: "phone",
      sms: "sms",
      passcode: passcodeOf(action.person),
      wrong: wrongPasscodes[0],
      password,
      second: "push2",
    }[action.types];
    const auto = this.#setup.file.mode === "auto";
    const field = !auto
      ? typed
      : action.types === "nothing" || action.types === "password"
      ? password
      : `${password},${typed}`;
    const underWay: UnderWay = { login, answer: action.answer, answered: false };
    this.#underWay.add(underWay);
    this.#model.figures.logins++;
    gateway.begin({
      login,
      field,
      passcode: passcodeOf(action.person),
      random,
      ended: (how) => {
        this.#underWay.delete(underWay);
        this.#model.note(() => `${login.user} at ${gateway.setup.name}: ${how}`);
      },
    });
  }

  /** Beside an owner's login if there is one; the password is known, so the gateway lets the request through. */
  #ride(action: Action & { kind: "ride" }, random: Seeded): void {
    const own = [...this.#underWay].at(-1)?.login;
    const person = this.#setup.people.find(({ username }) => username === own?.user) ??
      this.#setup.people[action.person] ?? this.#setup.people[0];
    const setup = own?.gateway ?? this.#gatewayAt(action.gateway).setup;
    const gateway = this.#gateways.find((one) => one.setup === setup) ?? this.#gatewayAt(0);
    const ip = action.near && own !== undefined ? own.key : addressOf(action.id);
    const login: Login = {
      who: "thief",
      user: person.username,
      gateway: setup,
      key: setup.saysWhere ? ip : `user ${person.username}`,
    };
    this.#model.figures.logins++;
    const field = this.#setup.file.mode === "auto" ? `${passwordOf(person)},push` : "push";
    gateway.begin({ login, field, passcode: wrongPasscodes[1], random, ended: () => {} });
  }

  #pretend(action: Action & { kind: "pretend" }, random: Seeded): void {
    const gateway = this.#gatewayAt(action.gateway);
    const user = `\ufeff${this.#setup.exempt}`;
    const key = gateway.setup.saysWhere ? addressOf(action.id) : `user ${user}`;
    const login: Login = { who: "thief", user, gateway: gateway.setup, key };
    gateway.begin({ login, field: "push", passcode: wrongPasscodes[1], random, ended: () => {} });
  }

  async #restart(index: 0 | 1, down: number): Promise<void> {
    const proxy = this.#proxies[index];
    if (proxy.run?.file === undefined) return;
    await proxy.stop();
    this.#clock.after(down, () => {
      if (this.#clock.now() < this.#end + afterwards.stop) this.#carry(proxy.start());
    });
  }

  #send(attempt: Attempt, proxy: 0 | 1, random: Seeded): void {
    this.#model.made(attempt);
    this.#thieves.saw(attempt, proxy);
    this.#network.send(attempt.bytes, attempt.source, proxies[proxy], this.#setup.link, random, () => {
      const run = this.#proxies[proxy].run;
      if (run !== undefined) this.#model.arrived(run, attempt);
    });
  }

  /** A phone rings: its owner believes that it is the login she waits for, and answers one push for each. */
  #rings(call: DuoCall, request: PendingRequest): void {
    const random = this.#random.fork("ring", call.at, call.user ?? "");
    const expected = [...this.#underWay].find(({ login, answered }) => !answered && login.user === request.username);
    if (expected !== undefined) expected.answered = true;
    const unexpected: Answer = { does: random.oneOf(["deny", "ignore"]), after: random.between(2, 20) * second };
    const { does, after } = expected?.answer ?? unexpected;
    if (does === "ignore") return;
    this.#clock.after(after, () => this.#duo.answer(request, does));
  }

  #gatewayAt(index: number): Gateway {
    const gateway = this.#gateways[index] ?? this.#gateways[0];
    if (gateway === undefined) throw new Error("A world has gateways");
    return gateway;
  }
}

/** Where the user of an action is: no two actions share it. */
function addressOf(action: number): string {
  return `100.${64 + (action >> 16)}.${(action >> 8) & 255}.${action & 255}`;
}
