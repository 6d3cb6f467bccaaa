/**
 * The transcript: every call that the simulator saw, for tests and for people.
 *
 * @module
 */

/** How a call has ended: `gone` if the client left before the answer, `hung` if it was left without one on purpose. */
export type CallOutcome = "open" | "answered" | "cut" | "hung" | "gone";

/** A call. What comes later (outcome, status, ...) is filled in as it happens. */
export interface RecordedCall {
  /** Counts from 1 since the start. */
  readonly number: number;
  /** Number of the connection it came on. */
  readonly connection: number;
  /** Its place on that connection, from 1. */
  readonly onConnection: number;
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** Undefined for a path that the API doesn't have. */
  readonly version: 1 | 2 | undefined;
  /** Name as in v2; `auth_status` for v1's `status`. */
  readonly endpoint: string | undefined;
  /** The `Host` header as it came. */
  readonly host: string;
  /** From the `Authorization` header, whether it is right or not. */
  readonly ikey: string | undefined;
  /** Decoded; the first value of a name that comes twice. Empty for a call that was cut before it was read. */
  readonly params: Readonly<Record<string, string>>;
  /** All headers but `Authorization`, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** By the injected clock, in milliseconds. */
  readonly receivedAt: number;
  /** By the injected clock, in milliseconds; undefined while open. */
  readonly endedAt: number | undefined;
  readonly outcome: CallOutcome;
  /** True if the API did what was asked, whatever the client saw of it. */
  readonly carriedOut: boolean;
  /** Such as `v2 sha1`; undefined for an unsigned or wrongly signed call. */
  readonly signature: string | undefined;
  /** HTTP status sent. */
  readonly status: number | undefined;
  /** Duo's code of a refusal. */
  readonly code: number | undefined;
  /** `result` of the response, such as `allow`. */
  readonly result: string | undefined;
  /** The transaction that an asynchronous auth began. */
  readonly txid: string | undefined;
  /** Kinds of the faults used on it. */
  readonly faults: readonly string[];
}

/** Which calls are meant; what is left out matches everything. */
export interface CallFilter {
  /** An endpoint's name, or a whole path. */
  readonly path?: string;
  readonly version?: 1 | 2;
  readonly ikey?: string;
  /** v1's `user`, v2's `username`. */
  readonly user?: string;
  readonly outcome?: CallOutcome;
  /** Only calls whose number is greater. */
  readonly after?: number;
}

/** A call that is still being filled in. */
export type OpenCall = { -readonly [Key in keyof RecordedCall]: RecordedCall[Key] };

/** How often each endpoint was called, as `v1/auth` or `v2/preauth`; paths that don't exist count as `unknown`. */
export type CallCounters = Readonly<Record<string, number>>;

/** Keeps the latest calls, and counts all. */
export class Transcript {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #calls: OpenCall[] = [];
  #counters: Record<string, number> = {};
  #number = 0;

  /** @param limit calls kept; older ones are forgotten, but stay counted. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The calls kept, oldest first. */
  get calls(): readonly RecordedCall[] {
    return this.#calls;
  }

  /** Counts since the start or the last {@link clear}. */
  get counters(): CallCounters {
    return { ...this.#counters };
  }

  /** Records a call; the caller goes on to fill it in, and calls {@link changed}. */
  add(call: Omit<OpenCall, "number">): OpenCall {
    const recorded = { number: ++this.#number, ...call };
    this.#calls.push(recorded);
    // In one go now and then: moving the whole list for each call would cost more than the call.
    if (this.#calls.length > 2 * this.#limit) this.#calls = this.#calls.slice(-this.#limit);
    const key = call.version === undefined || call.endpoint === undefined
      ? "unknown"
      : `v${call.version}/${call.endpoint}`;
    this.#counters[key] = (this.#counters[key] ?? 0) + 1;
    this.changed();
    return recorded;
  }

  /** Wakes whoever waits for calls. */
  changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** The calls kept that match. */
  find(filter: CallFilter): readonly RecordedCall[] {
    return this.#calls.filter((call) => matches(call, filter));
  }

  /** Resolves once at least `count` calls match; rejects with the signal's reason. */
  when(filter: CallFilter, count: number, signal: AbortSignal): Promise<readonly RecordedCall[]> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.find(filter);
        if (found.length < count) return;
        stop();
        resolve(found);
      };
      const onAbort = (): void => {
        stop();
        reject(signal.reason);
      };
      const stop = (): void => {
        this.#waiting.delete(look);
        signal.removeEventListener("abort", onAbort);
      };
      this.#waiting.add(look);
      signal.addEventListener("abort", onAbort);
      look();
    });
  }

  /** Forgets calls and counts; numbers go on. */
  clear(): void {
    this.#calls = [];
    this.#counters = {};
  }
}

function matches(call: RecordedCall, filter: CallFilter): boolean {
  const { path, version, ikey, user, outcome, after } = filter;
  return (path === undefined || path === call.path || path === call.endpoint) &&
    (version === undefined || version === call.version) &&
    (ikey === undefined || ikey === call.ikey) &&
    (user === undefined || user === (call.params["user"] ?? call.params["username"])) &&
    (outcome === undefined || outcome === call.outcome) &&
    (after === undefined || call.number > after);
}
