/**
 * Which authentic requests gateways have sent in the last hours, in a few octets each.
 *
 * Plain columns of numbers: a hundred thousand strings or objects a gateway would cost three times as much, and the collector
 * would walk over all of them. A request is found by its Request Authenticator, and told from others that share it by 64 bits
 * of its fingerprint: nobody but who knows the secret can make two that agree in both.
 *
 * @module
 */

/** How much is remembered. Beyond, the oldest requests are forgotten before their time. */
export interface RequestTableLimits {
  /** ms. */
  readonly keep: number;
  readonly requestsPerGateway: number;
  readonly requests: number;
  readonly gateways: number;
}

/** What tells a request from others. */
export interface RequestMark {
  /** The Request Authenticator, 16 octets. */
  readonly authenticator: Uint8Array;
  /** From `fingerprint()`. */
  readonly fingerprint: string;
}

/** What is known of a request. */
export interface Sighting {
  /** Whether it was sent before, from whichever address. */
  readonly same: boolean;
  /** Whether this gateway has sent another request with its Request Authenticator. */
  readonly reused: boolean;
}

/** A gateway's requests, from the oldest to the newest. */
interface Gateway {
  readonly name: string;
  readonly index: number;
  oldest: number;
  newest: number;
  count: number;
}

/** Marks the end of a chain. */
const none = 0xffff_ffff;

/** Words of 32 bits that a request's mark takes: four of the authenticator, two of the fingerprint. */
const markWords = 6;

const leastCapacity = 256;

/** A memory for requests. */
export class RequestTable {
  readonly #limits: RequestTableLimits;
  readonly #began: number;
  /** The one that sent last stands last. */
  readonly #gateways = new Map<string, Gateway>();
  readonly #byIndex: (Gateway | undefined)[] = [];
  readonly #freeIndexes: number[] = [];
  readonly #sought = new Uint32Array(markWords);
  #columns: Columns;
  #size = 0;
  /** Slots from here on were never used. */
  #unused = 0;
  /** The first slot of those that were given back. */
  #free = none;

  /** @param now ms; what is handed to the methods never lies before it. */
  constructor(limits: RequestTableLimits, now: number) {
    this.#limits = limits;
    this.#began = now;
    this.#columns = createColumns(Math.min(leastCapacity, limits.requests));
  }

  /** Requests remembered. */
  get size(): number {
    return this.#size;
  }

  /** Gateways remembered. */
  get gateways(): number {
    return this.#gateways.size;
  }

  /** Octets that the requests take. */
  get octets(): number {
    return Object.values(this.#columns).reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Looks a request up. */
  find(gateway: string, mark: RequestMark, now: number): Sighting {
    const { marks, owner, since, chain } = this.#columns;
    const sought = this.#seek(mark);
    const earliest = this.#earliest(now);
    let [same, reused] = [false, false];
    for (let slot = this.#bucket(sought); slot !== none; slot = at(chain, slot)) {
      const start = slot * markWords;
      let equal = 0;
      while (equal < markWords && marks[start + equal] === sought[equal]) equal++;
      if (equal < 4 || at(since, slot) < earliest) continue;
      if (equal === markWords) same = true;
      else if (this.#byIndex[at(owner, slot)]?.name === gateway) reused = true;
    }
    return { same, reused };
  }

  /** Remembers a request. Of several of a gateway with one Request Authenticator the first is enough. */
  add(name: string, mark: RequestMark, now: number): void {
    const gateway = this.#gateway(name);
    this.#expire(gateway, now);
    const sought = this.#seek(mark);
    if (this.#holds(gateway, sought)) return;
    if (gateway.count >= this.#limits.requestsPerGateway) this.#forgetOldest(gateway);
    const slot = this.#takeSlot();
    const { marks, owner, since, newer, chain, buckets } = this.#columns;
    marks.set(sought, slot * markWords);
    owner[slot] = gateway.index;
    since[slot] = Math.floor((now - this.#began) / 1_000);
    newer[slot] = none;
    const bucket = bucketOf(sought, 0, buckets);
    chain[slot] = at(buckets, bucket);
    buckets[bucket] = slot;
    if (gateway.count++ === 0) gateway.oldest = slot;
    else newer[gateway.newest] = slot;
    gateway.newest = slot;
    this.#size++;
  }

  /** The entry of a gateway, which stands last from now on. */
  #gateway(name: string): Gateway {
    const known = this.#gateways.get(name);
    if (known !== undefined) {
      this.#gateways.delete(name);
      this.#gateways.set(name, known);
      return known;
    }
    if (this.#gateways.size >= this.#limits.gateways) {
      for (const longest of this.#gateways.values()) {
        this.#remove(longest);
        break;
      }
    }
    const index = this.#freeIndexes.pop() ?? this.#byIndex.length;
    const gateway = { name, index, oldest: none, newest: none, count: 0 };
    this.#byIndex[index] = gateway;
    this.#gateways.set(name, gateway);
    return gateway;
  }

  #remove(gateway: Gateway): void {
    while (gateway.count > 0) this.#forgetOldest(gateway);
    this.#gateways.delete(gateway.name);
    this.#byIndex[gateway.index] = undefined;
    this.#freeIndexes.push(gateway.index);
  }

  #expire(gateway: Gateway, now: number): void {
    const earliest = this.#earliest(now);
    while (gateway.count > 0 && at(this.#columns.since, gateway.oldest) < earliest) this.#forgetOldest(gateway);
  }

  #holds({ index }: Gateway, sought: Uint32Array): boolean {
    const { marks, owner, chain } = this.#columns;
    for (let slot = this.#bucket(sought); slot !== none; slot = at(chain, slot)) {
      if (at(owner, slot) !== index) continue;
      const start = slot * markWords;
      if ([0, 1, 2, 3].every((word) => marks[start + word] === sought[word])) return true;
    }
    return false;
  }

  #takeSlot(): number {
    if (this.#free === none && this.#unused === this.#columns.owner.length) this.#makeRoom();
    if (this.#free === none) return this.#unused++;
    const slot = this.#free;
    this.#free = at(this.#columns.chain, slot);
    return slot;
  }

  /** Doubles the columns; once they are as long as they may be, the gateway that has most loses the older half of it. */
  #makeRoom(): void {
    const capacity = this.#columns.owner.length;
    if (capacity < this.#limits.requests) {
      this.#columns = enlarge(this.#columns, Math.min(capacity * 2, this.#limits.requests));
      return;
    }
    let most: Gateway | undefined;
    for (const gateway of this.#gateways.values()) if (gateway.count > (most?.count ?? 0)) most = gateway;
    if (most === undefined) return;
    for (let left = Math.ceil(most.count / 2); left > 0; left--) this.#forgetOldest(most);
  }

  #forgetOldest(gateway: Gateway): void {
    const { marks, newer, chain, buckets } = this.#columns;
    const slot = gateway.oldest;
    gateway.oldest = at(newer, slot);
    gateway.count--;
    this.#size--;
    const bucket = bucketOf(marks, slot * markWords, buckets);
    if (at(buckets, bucket) === slot) buckets[bucket] = at(chain, slot);
    else {
      let before = at(buckets, bucket);
      while (at(chain, before) !== slot) before = at(chain, before);
      chain[before] = at(chain, slot);
    }
    chain[slot] = this.#free;
    this.#free = slot;
  }

  #bucket(sought: Uint32Array): number {
    const { buckets } = this.#columns;
    return at(buckets, bucketOf(sought, 0, buckets));
  }

  #seek({ authenticator, fingerprint }: RequestMark): Uint32Array {
    const view = new DataView(authenticator.buffer, authenticator.byteOffset, 16);
    for (let word = 0; word < 4; word++) this.#sought[word] = view.getUint32(word * 4);
    for (let word = 0; word < 2; word++) {
      let bits = 0;
      for (let octet = 0; octet < 4; octet++) bits = bits << 8 | fingerprint.charCodeAt(word * 4 + octet) & 0xff;
      this.#sought[4 + word] = bits >>> 0;
    }
    return this.#sought;
  }

  /** What was sent in earlier seconds is forgotten. */
  #earliest(now: number): number {
    return Math.ceil((now - this.#limits.keep - this.#began) / 1_000);
  }
}

/** What is known of the requests, by slot. */
interface Columns {
  readonly marks: Uint32Array<ArrayBuffer>;
  /** Index of the gateway. */
  readonly owner: Uint32Array<ArrayBuffer>;
  /** Seconds since the beginning. */
  readonly since: Uint32Array<ArrayBuffer>;
  /** The gateway's next request. */
  readonly newer: Uint32Array<ArrayBuffer>;
  /** The next slot of the same bucket, or the next free one. */
  readonly chain: Uint32Array<ArrayBuffer>;
  /** The first slot of each bucket. */
  readonly buckets: Uint32Array<ArrayBuffer>;
}

function createColumns(capacity: number): Columns {
  return {
    marks: new Uint32Array(capacity * markWords),
    owner: new Uint32Array(capacity),
    since: new Uint32Array(capacity),
    newer: new Uint32Array(capacity),
    chain: new Uint32Array(capacity),
    buckets: new Uint32Array(capacity).fill(none),
  };
}

/** The same slots in longer columns. All of them are in use. */
function enlarge(old: Columns, capacity: number): Columns {
  const columns = createColumns(capacity);
  const { marks, chain, buckets } = columns;
  for (const name of ["marks", "owner", "since", "newer"] as const) columns[name].set(old[name]);
  for (let slot = 0; slot < old.owner.length; slot++) {
    const bucket = bucketOf(marks, slot * markWords, buckets);
    chain[slot] = at(buckets, bucket);
    buckets[bucket] = slot;
  }
  return columns;
}

/** The bucket of the mark that begins at `start`. Authenticators need not be random: some gateways count. */
function bucketOf(marks: Uint32Array, start: number, { length }: Uint32Array): number {
  let hash = 0;
  for (let word = 0; word < 4; word++) {
    hash = Math.imul(hash ^ at(marks, start + word), 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  return (hash >>> 0) % length;
}

function at(column: Uint32Array, index: number): number {
  return column[index] ?? none;
}
