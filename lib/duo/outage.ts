/**
 * Is Duo out? The rule of two witnesses, and the memory that it needs.
 *
 * One failed call says little: it may be one odd answer, one slow user, or ourselves. So failmode is asked only when a login's own
 * preauth has failed and a second witness says the same: a call that no login depends on, or the preauths of two other users.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Unavailable } from "./availability.ts";
import { plainName } from "./user_name.ts";

/** A call that failed as it does when Duo is out. */
export interface Witness {
  /** What was asked: `preauth`, `ping` or `check`. */
  readonly call: string;
  readonly failure: Unavailable;
}

/** Duo is out, by two witnesses: the section's failmode decides. */
export interface Outage {
  readonly kind: "outage";
  /** Both witnesses, in words for event and log. */
  readonly first: string;
  readonly second: string;
  /** Milliseconds since the first login met this outage. */
  readonly lasting: number;
  /** A certificate was not trusted, which may be an attack and not an outage. */
  readonly untrusted: boolean;
}

/** What came to an end when Duo answered again. */
export interface EndedOutage {
  /** In milliseconds. */
  readonly lasted: number;
  /** Logins that were left to failmode. */
  readonly logins: number;
}

/** So many different users have to witness an outage before failmode decides at once. */
const usersForKnown = 3;
/** How many other users' failed preauths make a second witness, and for how long they do, in ms. */
const others = { users: 2, memory: 30_000 } as const;
/**
 * How long a failed pair speaks for an outage, in ms: one is asked 5 s after the last one's end and takes 3 s at most. When none has
 * failed for longer, nobody is let in at once on the strength of what was.
 */
const pairMemory = 10_000;

/** A witness in words. */
function describeWitness({ call, failure }: Witness): string {
  return `${call}: ${failure.detail}`;
}

/** What is remembered about one application at one host. It outlives a reload. */
export class OutageMemory {
  readonly #clock: Clock;
  /** Users whose preauth failed with 5xx or with a body that isn't Duo's, since the last answer, and when. */
  readonly #disturbed = new Map<string, { readonly at: number; readonly detail: string }>();
  /** Users who have met this outage; more than are needed are not kept. */
  readonly #users = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #since: number | undefined;
  #logins = 0;
  #pair: { readonly at: number; readonly witness: Witness } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A preauth got an answer, whatever it was: whatever this outage was, it is over. */
  answered(): EndedOutage | undefined {
    this.#disturbed.clear();
    return this.#over();
  }

  /** A preauth failed. */
  failed(user: string, { cause, detail }: Unavailable): void {
    if (cause === "server-error" || cause === "malformed") {
      this.#disturbed.delete(plainName(user));
      this.#disturbed.set(plainName(user), { at: this.#clock.now(), detail });
    }
    const oldest = this.#clock.now() - others.memory;
    for (const [name, { at }] of this.#disturbed) if (at < oldest) this.#disturbed.delete(name);
  }

  /** The witness that other users are to this one, in words, if enough of them were disturbed just now. */
  otherUsers(user: string): string | undefined {
    const oldest = this.#clock.now() - others.memory;
    const found = [...this.#disturbed].filter(([name, { at }]) => at >= oldest && name !== plainName(user));
    const last = found.at(-1);
    if (found.length < others.users || last === undefined) return undefined;
    return `preauth of ${found.length} other users within 30 s: ${last[1].detail}`;
  }

  /** A pair of calls that no login depends on has failed. */
  pairFailed(witness: Witness): void {
    this.#pair = { at: this.#clock.now(), witness };
    this.#tell();
  }

  /** Both calls of a pair were answered. */
  pairAnswered(): EndedOutage | undefined {
    return this.#over();
  }

  /**
   * A login has met the outage.
   *
   * @param since when its preauth failed, in the clock's monotonic milliseconds.
   */
  witnessed(user: string, since: number, first: Witness, second: string | Witness): Outage {
    this.#since ??= since;
    this.#logins++;
    if (this.#users.size < usersForKnown) this.#users.add(plainName(user));
    this.#tell();
    return {
      kind: "outage",
      first: describeWitness(first),
      second: typeof second === "string" ? second : describeWitness(second),
      lasting: this.#clock.now() - this.#since,
      untrusted: isUntrusted(first) || (typeof second !== "string" && isUntrusted(second)),
    };
  }

  /** Whether enough users have met the outage that it has to be watched. */
  get suspected(): boolean {
    return this.#users.size >= usersForKnown;
  }

  /** Whether logins are left to failmode without a call: enough users have met the outage, and the pair has just failed. */
  get known(): boolean {
    return this.suspected && this.#pair !== undefined && this.#clock.now() - this.#pair.at <= pairMemory;
  }

  /** The outage for a login that made no call, or whose own calls say nothing; undefined unless it is {@link known}. */
  decideAtOnce(): Outage | undefined {
    if (!this.known || this.#pair === undefined || this.#since === undefined) return undefined;
    this.#logins++;
    return {
      kind: "outage",
      first: "three users before found Duo out",
      second: describeWitness(this.#pair.witness),
      lasting: this.#clock.now() - this.#since,
      untrusted: isUntrusted(this.#pair.witness),
    };
  }

  /** Resolves once the outage is known, or when the signal aborts. */
  whenKnown(signal: AbortSignal): Promise<void> {
    if (this.known || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        this.#waiting.delete(finish);
        signal.removeEventListener("abort", finish);
        resolve();
      };
      this.#waiting.add(finish);
      signal.addEventListener("abort", finish, { once: true });
    });
  }

  #tell(): void {
    if (this.known) { for (const finish of [...this.#waiting]) finish(); }
  }

  #over(): EndedOutage | undefined {
    const ended = this.#since === undefined
      ? undefined
      : { lasted: this.#clock.now() - this.#since, logins: this.#logins };
    this.#users.clear();
    this.#since = undefined;
    this.#logins = 0;
    this.#pair = undefined;
    return ended;
  }
}

function isUntrusted({ failure }: Witness): boolean {
  return failure.cause === "untrusted";
}

/** The memories of a process, by application and host. */
export class OutageMemories {
  readonly #clock: Clock;
  readonly #memories = new Map<string, OutageMemory>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param key names ikey, host, and the way there. */
  of(key: string): OutageMemory {
    const known = this.#memories.get(key);
    if (known) return known;
    const memory = new OutageMemory(this.#clock);
    this.#memories.set(key, memory);
    return memory;
  }
}
