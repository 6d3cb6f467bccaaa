/**
 * Which gateways sign their requests: what `auto` goes by, and what `status` shows.
 *
 * Only what a gateway proves teaches anything that could shut it out, and only about itself: whoever has captured a signed
 * request can send it under the address of a gateway that never signs.
 *
 * @module
 */

import { networkSize } from "../net/network.ts";
import { attributeType, hasAttribute } from "./attributes.ts";
import type { Packet } from "./packet.ts";
import type { ServedGateway } from "./request.ts";
import { isTestLogin } from "./test_login.ts";

/** What is known of a gateway. Where some of its requests were signed and others not, it counts as not signing. */
export type SigningState = "signing" | "not-signing" | "unknown";

/** A gateway, or a network of which nobody has asked yet. */
export interface KnownGateway {
  readonly section: string;
  readonly address: string;
  readonly state: SigningState;
}

/** The lines of the file by which a gateway was judged: if they change, what was learned is forgotten. */
type Lines = Pick<ServedGateway, "section" | "network" | "secret" | "requireMessageAuthenticator" | "limitProxyState">;

/** An address that signs. */
interface Signing {
  readonly address: string;
  readonly lines: Lines;
}

/** What was seen of an address whose requests carry no Message-Authenticator. */
interface Unsigned extends Signing {
  /** Of the first one. */
  readonly identity: string;
  /** Whether others named themselves in another way. */
  several: boolean;
  /** Whether the log has told that signed requests come from there as well. */
  told: boolean;
}

/** Addresses that are remembered; their number is that of gateways. */
const maxAddresses = 65_536;

/** What the process knows of its gateways, over reloads. */
export class SigningMemory {
  readonly #maxAddresses: number;
  /** Addresses that have sent a valid Message-Authenticator of their own accord, by section and address. */
  readonly #signing = new Map<string, Signing>();
  readonly #unsigned = new Map<string, Unsigned>();

  constructor(limit: number = maxAddresses) {
    this.#maxAddresses = limit;
  }

  /** Addresses remembered. For tests, which show that they are bounded. */
  get remembered(): { readonly signing: number; readonly unsigned: number } {
    return { signing: this.#signing.size, unsigned: this.#unsigned.size };
  }

  /** Whether an address is known for signing. */
  signs(address: string, gateway: Lines): boolean {
    return recall(this.#signing, address, gateway) !== undefined;
  }

  /** What is known of an address. */
  state(address: string, gateway: Lines): SigningState {
    if (recall(this.#unsigned, address, gateway) !== undefined) return "not-signing";
    return this.signs(address, gateway) ? "signing" : "unknown";
  }

  /** Notes a request without Message-Authenticator that was taken. Anybody can have sent it: it shuts nobody out. */
  noteUnsigned(address: string, gateway: ServedGateway, packet: Packet): void {
    if (isTestLogin(packet)) return;
    const known = recall(this.#unsigned, address, gateway);
    const identity = identityOf(packet);
    if (known !== undefined) {
      if (known.identity !== identity) known.several = true;
      return;
    }
    if (this.#unsigned.size >= this.#maxAddresses) this.#forgetSome();
    const lines = linesOf(gateway);
    this.#unsigned.set(keyOf(address, gateway), { address, lines, identity, several: false, told: false });
  }

  /**
   * Notes an authentic request that no other address has sent before.
   *
   * @returns what the log should say: the address has just become known for signing, or it seems to stand for several gateways,
   * of which not all sign, so that nothing is learned.
   */
  noteSigned(address: string, gateway: ServedGateway, packet: Packet): "learned" | "several" | undefined {
    // EAP must be signed, so a gateway that signs it may well send other logins without.
    if (hasAttribute(packet, attributeType.eapMessage) || isTestLogin(packet)) return undefined;
    if (this.signs(address, gateway)) return undefined;
    const unsigned = recall(this.#unsigned, address, gateway);
    if (unsigned !== undefined && (unsigned.several || unsigned.identity !== identityOf(packet))) {
      if (unsigned.told) return undefined;
      unsigned.told = true;
      return "several";
    }
    if (this.#signing.size >= this.#maxAddresses) return undefined;
    const key = keyOf(address, gateway);
    this.#unsigned.delete(key);
    this.#signing.set(key, { address, lines: linesOf(gateway) });
    return "learned";
  }

  /** The addresses that these gateways ask from, and what is known of each. */
  list(gateways: readonly ServedGateway[]): readonly KnownGateway[] {
    const addresses = new Map<string, Set<string>>();
    for (const { address, lines } of [...this.#signing.values(), ...this.#unsigned.values()]) {
      const group = keyOf(lines.network.text, lines);
      const known = addresses.get(group);
      if (known === undefined) addresses.set(group, new Set([address]));
      else known.add(address);
    }
    return gateways.flatMap((gateway) => {
      const { network, section } = gateway;
      const seen = [...addresses.get(keyOf(network.text, gateway)) ?? []]
        .map((address) => ({ section, address, state: this.state(address, gateway) }))
        .filter(({ state }) => state !== "unknown");
      return seen.length > 0 ? seen : [{ section, address: network.text, state: "unknown" }];
    });
  }

  /** Makes room by a quarter at once: the oldest one alone would have to be looked for each time. */
  #forgetSome(): void {
    let left = Math.ceil(this.#maxAddresses / 4);
    for (const key of this.#unsigned.keys()) {
      this.#unsigned.delete(key);
      if (--left <= 0) return;
    }
  }
}

/** What the log says of what {@link SigningMemory.noteSigned} gave back; undefined where it makes no difference. */
export function describeLearning(
  outcome: ReturnType<SigningMemory["noteSigned"]>,
  address: string,
  { requireMessageAuthenticator: required, limitProxyState: limited, number, network }: ServedGateway,
): { readonly level: "info" | "warning"; readonly message: string } | undefined {
  if (outcome === undefined || (required !== "auto" && (required === "true" || limited !== "auto"))) return undefined;
  const option = `radius_require_message_authenticator_${number}`;
  if (outcome === "several") {
    const message = `${address} sends requests with Message-Authenticator, and without it others that name another ` +
      "NAS-IP-Address or NAS-Identifier: it seems to stand for several gateways, so nothing is required of it. Set " +
      `${option} to true once all of them send it, else to false`;
    return { level: "warning", message };
  }
  const others = networkSize(network) === 1n ? "" : ` (for all of ${network.text})`;
  const [where, line] = required === "auto"
    ? ["from it", `${option}=true${others}`]
    : ["from it where there is Proxy-State", "limit_proxy_state=true"];
  const message = `${address} sends Message-Authenticator: required ${where} from now on; ${line} makes that last`;
  return { level: "info", message };
}

/** How a gateway names itself in its requests. */
function identityOf({ attributes }: Packet): string {
  return attributes.filter(({ type }) => naming.has(type)).map(({ type, value }) => `${type}=${value.toHex()}`)
    .toSorted().join(" ");
}

const naming: ReadonlySet<number> = new Set([
  attributeType.nasIpAddress,
  attributeType.nasIpv6Address,
  attributeType.nasIdentifier,
]);

function keyOf(address: string, { section }: Pick<Lines, "section">): string {
  return `${address} ${section}`;
}

/** What is known of an address, unless its gateway's lines have changed since. */
function recall<Known extends Signing>(known: Map<string, Known>, address: string, gateway: Lines): Known | undefined {
  const key = keyOf(address, gateway);
  const one = known.get(key);
  if (one === undefined || sameLines(one.lines, gateway)) return one;
  known.delete(key);
  return undefined;
}

function linesOf({ section, network, secret, requireMessageAuthenticator, limitProxyState }: Lines): Lines {
  return { section, network, secret, requireMessageAuthenticator, limitProxyState };
}

function sameLines(a: Lines, b: Lines): boolean {
  return a.network.text === b.network.text && a.section === b.section &&
    a.requireMessageAuthenticator === b.requireMessageAuthenticator && a.limitProxyState === b.limitProxyState &&
    a.secret.length === b.secret.length && a.secret.every((octet, index) => octet === b.secret[index]);
}
