/**
 * The doors that are open: one for each place that sections of the configuration name.
 *
 * @module
 */

import type { Front, Place } from "../front/front.ts";
import { explainListenFailure } from "../front/listen.ts";

/** What of a section decides about doors. */
export interface WithPlaces {
  readonly config: { readonly name: string };
  /** Where its requests come in. */
  readonly places: readonly Place[];
}

/** A port that could not be opened. */
export interface FailedPlace {
  /** Sections that wait for it. */
  readonly sections: readonly string[];
  readonly port: number;
  readonly reason: string;
}

/** A door that is open. */
export interface OpenFront<Served> {
  readonly place: Place;
  readonly front: Front<Served>;
}

/** The doors that are open, and to which of them the sections' requests come. */
export class Fronts<Served extends WithPlaces> implements AsyncDisposable {
  readonly #openFront: (place: Place) => Front<Served>;
  /** By {@link keyOf} their places. */
  readonly #fronts = new Map<string, OpenFront<Served>>();
  /** Those that no section needs any more, until they have come to their end. */
  readonly #closing = new Set<Promise<void>>();

  /** @param openFront opens the door of a place; what it throws becomes the reason of a {@link FailedPlace}. */
  constructor(openFront: (place: Place) => Front<Served>) {
    this.#openFront = openFront;
  }

  /** Those that are open. */
  get all(): readonly OpenFront<Served>[] {
    return [...this.#fronts.values()];
  }

  /** Opens what sections need and is not open yet, and hands them to all that are open. */
  open(sections: readonly Served[]): readonly FailedPlace[] {
    const failed: FailedPlace[] = [];
    for (const [key, place] of placesOf(sections)) {
      if (this.#fronts.has(key)) continue;
      try {
        this.#fronts.set(key, { place, front: this.#openFront(place) });
      } catch (error) {
        const names = sectionsAt(sections, place).map(({ config }) => config.name);
        failed.push({ sections: names, port: place.port, reason: explainListenFailure(error, place) });
      }
    }
    this.#assign(sections);
    return failed;
  }

  /** Puts other sections in the place of those in force. If a port cannot be opened, nothing changes. */
  exchange(inForce: readonly Served[], next: readonly Served[]): readonly FailedPlace[] {
    const before = new Set(this.#fronts.keys());
    const held = new Set(this.all.map(({ front }) => front.address.port));
    const failed = this.open(next);
    const wanted = failed.length > 0 ? before : placesOf(next);
    for (const key of [...this.#fronts.keys()]) if (!wanted.has(key)) this.#close(key);
    if (failed.length > 0) this.#assign(inForce);
    return failed.map((place) => held.has(place.port) ? { ...place, reason: ownPort(place.port) } : place);
  }

  /** From now on no login begins anywhere; those under way are answered. */
  drain(): void {
    for (const { front } of this.all) front.drain();
  }

  /** Resolves when nothing is under way and all answers are handed over. */
  async idle(): Promise<void> {
    await Promise.all(this.all.map(({ front }) => front.idle()));
  }

  /** Closes all of them. Verdicts that are still awaited are sent nowhere. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#closing);
    await Promise.all(this.all.map(({ front }) => front[Symbol.asyncDispose]()));
    this.#fronts.clear();
  }

  #assign(sections: readonly Served[]): void {
    for (const { place, front } of this.all) front.assign(sectionsAt(sections, place));
  }

  /** No login begins there any more, and after the last one the port is closed. */
  #close(key: string): void {
    const front = this.#fronts.get(key)?.front;
    if (!front) return;
    this.#fronts.delete(key);
    front.drain();
    const closed = front.idle().then(() => front[Symbol.asyncDispose]()).finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}

/** The sections whose requests come in at a place. */
export function sectionsAt<Served extends WithPlaces>(sections: readonly Served[], place: Place): readonly Served[] {
  const key = keyOf(place);
  return sections.filter(({ places }) => places.some((one) => keyOf(one) === key));
}

function placesOf(sections: readonly WithPlaces[]): ReadonlyMap<string, Place> {
  return new Map(sections.flatMap(({ places }) => places).map((place) => [keyOf(place), place]));
}

function keyOf({ interface: address, port, serves }: Place): string {
  return `${address ?? "*"} ${port} ${serves}`;
}

/** One port can't be open for all addresses and for one; and the logins under way need the old one. */
function ownPort(port: number): string {
  return `This proxy itself holds UDP port ${port} with the configuration in force: another interface or another use of the same port needs a restart`;
}
