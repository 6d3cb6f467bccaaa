/**
 * What is counted about the proxy, and its form for Prometheus.
 *
 * Counting is an addition to a number on a login's way. No series names a user, and each of a section's exists from the
 * section's first moment with 0, so that the first failure is an increase and not a series nobody saw begin.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { type LineCounts, lineKinds } from "../log/line_kind.ts";
import type { AuthEvent, AuthStatus, Events } from "../login/events.ts";
import type { DropReason, RepeatKind, ServerObserver } from "../radius/observer.ts";
import { type Family, histogram, renderFamily } from "./prometheus.ts";
import type { ServiceObserver } from "./surroundings.ts";

/** What is not counted but looked at when somebody asks. */
export interface Gauges {
  readonly version: string;
  /** What runs the program, such as `deno 2.9.6, x86_64-unknown-linux-gnu`. */
  readonly platform: string;
  /** When the process started, in milliseconds since the Unix epoch. */
  readonly started: number;
  readonly pendingLogins: number;
  readonly logLinesDropped: LineCounts;
  readonly primaryOnly: boolean;
  /** Whether the last reload was accepted; true if there was none. */
  readonly reloadSuccessful: boolean;
  /** Sections of the configuration in force. */
  readonly sections: readonly SectionGauges[];
}

/** What of a section is looked at. */
export interface SectionGauges {
  readonly name: string;
  readonly ready: boolean;
  readonly silent: boolean;
  /** Slots of `max_pending` that logins hold, and that there are. */
  readonly taken: number;
  readonly limit: number;
}

/** Reasons of rejects that say more about a limit of ours than about the user. */
const limitReasons = ["overloaded", "push-limit"] as const;
const results = ["allow", "reject", "challenge", "error"] as const;
const factors = ["push", "phone", "sms", "passcode", "auto", "none"] as const;
const endpoints = ["ping", "check", "preauth", "auth", "status"] as const;
const outcomes = [
  "answer",
  "refused",
  "duo-error",
  "unavailable",
  "untrusted",
  "delayed",
  "overloaded",
  "aborted",
] as const;

type Result = typeof results[number];
type Factor = typeof factors[number];
type Endpoint = typeof endpoints[number];

const resultOf: Readonly<Record<AuthStatus, Result>> = {
  Allow: "allow",
  Reject: "reject",
  Challenge: "challenge",
  Error: "error",
};

/** All reasons there are: the compiler sees to it that none is missing. */
const dropReasons: Readonly<Record<DropReason, true>> = {
  "malformed": true,
  "unknown-client": true,
  "code": true,
  "bad-message-authenticator": true,
  "bad-request-authenticator": true,
  "no-message-authenticator": true,
  "proxy-state": true,
  "draining": true,
  "overload": true,
};

/** Last parts of the paths of both versions of Duo's API. */
const endpointOf: ReadonlyMap<string, Endpoint> = new Map([
  ["ping", "ping"],
  ["check", "check"],
  ["preauth", "preauth"],
  ["auth", "auth"],
  ["status", "status"],
  ["auth_status", "status"],
]);

/** Upper bounds in seconds: a call is tens of milliseconds, the wait for a user up to a minute. */
const bounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** Counts of one section. */
interface SectionCounts {
  /** By result, then by factor. */
  readonly logins: number[];
  failmodeAllows: number;
  acknowledged: number;
  /** Rejects, by {@link limitReasons}. */
  readonly limited: number[];
}

/** Calls of one kind that ended in one way. */
interface Durations {
  /** Calls by the first bound that they did not exceed; the last one is for all others. */
  readonly buckets: number[];
  /** In seconds. */
  sum: number;
}

/** The counters of a process. They live through reloads and never go back. */
export class Metrics implements ServiceObserver, Pick<ServerObserver, "dropped" | "repeated" | "acknowledged"> {
  readonly #clock: Clock;
  readonly #sections = new Map<string, SectionCounts>();
  readonly #dropped = new Map<DropReason, number>();
  readonly #durations = new Map<string, Durations>();
  readonly #repeated: Record<RepeatKind, number> = { pending: 0, answered: 0, replay: 0 };
  #joined = 0;
  #untrusted = 0;
  #lastAnswer: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    for (const reason in dropReasons) if (isDropReason(reason)) this.#dropped.set(reason, 0);
    for (const endpoint of endpoints) {
      for (const outcome of outcomes) {
        this.#durations.set(`${endpoint} ${outcome}`, { buckets: [...bounds, Infinity].map(() => 0), sum: 0 });
      }
    }
  }

  /** When Duo answered last, in milliseconds since the Unix epoch; undefined if it never did. */
  get lastAnswer(): number | undefined {
    return this.#lastAnswer;
  }

  /** Lets the series of these sections exist. Those of sections that are gone stay: a counter must not vanish. */
  addSections(names: Iterable<string>): void {
    for (const name of names) this.#section(name);
  }

  /** The events as given, each counted on its way. */
  counting(events: Events): Events {
    return {
      auth: (event) => {
        this.#count(event);
        events.auth(event);
      },
      log: (level, message, fields) => events.log(level, message, fields),
    };
  }

  /** Counts a datagram that was dropped. */
  dropped({ reason }: { readonly reason: DropReason }): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  /** Counts a request that came again and began no login. */
  repeated(kind: RepeatKind): void {
    this.#repeated[kind]++;
  }

  /** Counts an Accounting-Request that was acknowledged. */
  acknowledged(section: string): void {
    this.#section(section).acknowledged++;
  }

  /** Counts a request that joined a login under way. */
  joined(_section: string): void {
    this.#joined++;
  }

  /** Counts a call to Duo. */
  duoCall(path: string, milliseconds: number, outcome: string): void {
    if (outcome === "untrusted") this.#untrusted++;
    if (outcome === "answer" || outcome === "refused" || outcome === "duo-error") {
      this.#lastAnswer = this.#clock.wallNow();
    }
    const endpoint = endpointOf.get(path.slice(path.lastIndexOf("/") + 1));
    const durations = endpoint && this.#durations.get(`${endpoint} ${outcome}`);
    if (durations === undefined) return;
    const seconds = milliseconds / 1_000;
    const first = bounds.findIndex((bound) => seconds <= bound);
    const index = first < 0 ? bounds.length : first;
    durations.buckets[index] = (durations.buckets[index] ?? 0) + 1;
    durations.sum += seconds;
  }

  /** Everything as text in Prometheus' format. */
  render(gauges: Gauges): string {
    return [...this.#families(gauges)].map(renderFamily).join("");
  }

  #section(name: string): SectionCounts {
    const known = this.#sections.get(name);
    if (known !== undefined) return known;
    const counts = {
      logins: results.flatMap(() => factors.map(() => 0)),
      failmodeAllows: 0,
      acknowledged: 0,
      limited: limitReasons.map(() => 0),
    };
    this.#sections.set(name, counts);
    return counts;
  }

  #count(event: AuthEvent): void {
    // A first factor that was right isn't the end of a login: the second factor's event is. One that was joined is counted once.
    if (event.auth_stage === "Primary authentication" && event.status === "Allow") return;
    if (event.joined) return;
    const counts = this.#section(event.server_section);
    const index = results.indexOf(resultOf[event.status]) * factors.length + factors.indexOf(factorOf(event.factor));
    counts.logins[index] = (counts.logins[index] ?? 0) + 1;
    if (event.failmode === "safe" && event.status === "Allow") counts.failmodeAllows++;
    const limit = limitReasons.findIndex((reason) => reason === event.reason);
    if (limit >= 0) counts.limited[limit] = (counts.limited[limit] ?? 0) + 1;
  }

  *#families(gauges: Gauges): Iterable<Family> {
    const sections = [...this.#sections];
    yield {
      name: "duoproxy_build_info",
      type: "gauge",
      help: "Version of the program and of what runs it; the value is always 1",
      samples: [{ labels: { version: gauges.version, platform: gauges.platform }, value: 1 }],
    };
    yield {
      name: "duoproxy_start_time_seconds",
      type: "gauge",
      help: "When the process started, in seconds since the Unix epoch",
      samples: [{ value: gauges.started / 1_000 }],
    };
    yield {
      name: "duoproxy_logins_total",
      type: "counter",
      help:
        "Logins that ended, by section, result and second factor; a challenge is counted, and so is its answer, a repeat that joined is not",
      samples: sections.flatMap(([section, { logins }]) =>
        results.flatMap((result, row) =>
          factors.map((factor, column) => ({
            labels: { section, result, factor },
            value: logins[row * factors.length + column] ?? 0,
          }))
        )
      ),
    };
    yield {
      name: "duoproxy_failmode_allows_total",
      type: "counter",
      help: "Logins that failmode=safe let in without a second factor, in primary-only mode too",
      samples: sections.map(([section, { failmodeAllows }]) => ({ labels: { section }, value: failmodeAllows })),
    };
    yield {
      name: "duoproxy_limited_logins_total",
      type: "counter",
      help: "Logins that a limit rejected, by reason: overloaded (max_pending, open files, processor) or push-limit",
      samples: sections.flatMap(([section, { limited }]) =>
        limitReasons.map((reason, index) => ({ labels: { section, reason }, value: limited[index] ?? 0 }))
      ),
    };
    yield {
      name: "duoproxy_joined_duplicates_total",
      type: "counter",
      help: "Requests that repeated a login under way and got its verdict",
      samples: [{ value: this.#joined }],
    };
    yield {
      name: "duoproxy_acknowledged_accounting_total",
      type: "counter",
      help: "Accounting-Requests that were acknowledged, by section",
      samples: sections.map(([section, { acknowledged }]) => ({ labels: { section }, value: acknowledged })),
    };
    yield {
      name: "duoproxy_repeated_packets_total",
      type: "counter",
      help:
        "Requests that came again: login under way, answer sent once more, or rejected since somebody replayed them",
      samples: Object.entries(this.#repeated).map(([kind, value]) => ({ labels: { kind }, value })),
    };
    yield {
      name: "duoproxy_dropped_packets_total",
      type: "counter",
      help: "Packets that were dropped without an answer, by reason",
      samples: [...this.#dropped].map(([reason, value]) => ({ labels: { reason }, value })),
    };
    yield {
      name: "duoproxy_pending_logins",
      type: "gauge",
      help: "Logins under way",
      samples: [{ value: gauges.pendingLogins }],
    };
    yield {
      name: "duoproxy_slots_taken",
      type: "gauge",
      help: "Slots of max_pending that logins hold",
      samples: gauges.sections.map(({ name, taken }) => ({ labels: { section: name }, value: taken })),
    };
    yield {
      name: "duoproxy_slots_limit",
      type: "gauge",
      help: "Slots that the section has: max_pending, or fewer where the process may not open so many files",
      samples: gauges.sections.map(({ name, limit }) => ({ labels: { section: name }, value: limit })),
    };
    yield {
      name: "duoproxy_duo_request_duration_seconds",
      type: "histogram",
      help: "Time of calls to Duo, by endpoint and outcome; status waits for the user",
      samples: [...this.#durations].flatMap(([key, { buckets, sum }]) => {
        const [endpoint = "", outcome = ""] = key.split(" ");
        return histogram({ endpoint, outcome }, { bounds, buckets, sum });
      }),
    };
    yield {
      name: "duoproxy_duo_untrusted_certificates_total",
      type: "counter",
      help: "Calls to Duo that were not made because the certificate shown was not accepted",
      samples: [{ value: this.#untrusted }],
    };
    yield {
      name: "duoproxy_section_ready",
      type: "gauge",
      help:
        "1 if the section takes logins, 0 if its port could not be opened, no slot is free or the proxy is stopping",
      samples: gauges.sections.map(({ name, ready }) => ({ labels: { section: name }, value: ready ? 1 : 0 })),
    };
    yield {
      name: "duoproxy_duo_silent",
      type: "gauge",
      help: "1 while failmode decides at once because three users and the probes have found Duo out",
      samples: gauges.sections.map(({ name, silent }) => ({ labels: { section: name }, value: silent ? 1 : 0 })),
    };
    yield {
      name: "duoproxy_primary_only",
      type: "gauge",
      help: "1 while an operator has told the proxy not to ask Duo",
      samples: [{ value: gauges.primaryOnly ? 1 : 0 }],
    };
    yield {
      name: "duoproxy_config_last_reload_successful",
      type: "gauge",
      help: "0 if the last reload was refused, so that the configuration before stays in force",
      samples: [{ value: gauges.reloadSuccessful ? 1 : 0 }],
    };
    yield {
      name: "duoproxy_log_lines_dropped_total",
      type: "counter",
      help:
        "Lines of log and events that were dropped because they were not taken in time, by kind: what is dropped first is forgeable, last allow",
      samples: lineKinds.map((kind) => ({ labels: { kind }, value: gauges.logLinesDropped[kind] })),
    };
  }
}

function isDropReason(text: string): text is DropReason {
  return Object.hasOwn(dropReasons, text);
}

/** The kind of a factor as events name it, such as `push2`. A name that isn't ours is Duo's own choice. */
function factorOf(name: string | null): Factor {
  if (name === null) return "none";
  const kind = name.replace(/[0-9]+$/, "");
  return factors.find((factor) => factor === kind) ?? "auto";
}
