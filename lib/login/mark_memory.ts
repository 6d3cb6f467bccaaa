/**
 * Which values tell sessions of a gateway apart, so that a request's repeat can be told from another login.
 *
 * Many gateways send constants where others send a session's number. A constant tells nothing, and a thief whose request carries
 * the owner's would get the owner's approval. So a value counts only of a gateway that was seen to change it.
 *
 * @module
 */

/** What a request carries that may tell sessions apart. */
export interface SessionMarks {
  /** Whether it names its session in a way of which no gateway makes a constant. */
  readonly named: boolean;
  /** The session's identifier. */
  readonly session: Mark | undefined;
  /** The name of the user's port, if the request says where the user is. */
  readonly portId: Mark | undefined;
  /** The port's number, likewise. Two logins under way may have the same. */
  readonly port: Mark | undefined;
}

/** One value. */
export interface Mark {
  /** The gateway, and what it is a value of. */
  readonly source: string;
  readonly value: string;
}

/** Sources that are remembered at most. Who is forgotten only has to show two values again. */
const maxSources = 10_000;

/**
 * Which values change from session to session, by gateway; lives as long as the process.
 *
 * Whoever could teach it two values would turn a constant into a mark. So only what surely comes from the gateway may be
 * learned: see {@link MarkMemory.learn}.
 */
export class MarkMemory {
  /** The first value that was seen, or true after a second one; those taught last stand last. */
  readonly #seen = new Map<string, string | true>();
  readonly #max: number;

  constructor(max: number = maxSources) {
    this.#max = max;
  }

  /** Sources that are remembered. */
  get size(): number {
    return this.#seen.size;
  }

  /**
   * Notes the values of a request that its gateway has signed, or that Duo has approved: the sender of a forged one does not know
   * the shared secret, so that its password field reads as noise, which no user approves.
   */
  learn({ session, portId, port }: SessionMarks): void {
    for (const mark of [session, portId, port]) if (mark !== undefined) this.#note(mark);
  }

  /** Whether the gateway was seen to change this value. */
  varies(mark: Mark | undefined): boolean {
    return mark !== undefined && this.#seen.get(mark.source) === true;
  }

  #note({ source, value }: Mark): void {
    const known = this.#seen.get(source);
    this.#seen.delete(source);
    this.#seen.set(source, known === undefined || known === value ? value : true);
    if (this.#seen.size <= this.#max) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      break;
    }
  }
}
