/**
 * Those who have no secret: they forge the address of a gateway, and send again what they have captured.
 *
 * @module
 */

import { attributeType, textAttribute } from "../../lib/radius/attributes.ts";
import { encodePacket, packetCode } from "../../lib/radius/packet.ts";
import { minute, type VirtualClock } from "./clock.ts";
import type { Gateway, GatewayMeans } from "./gateways.ts";
import type { Attempt, Login } from "./records.ts";
import type { Action } from "./plan.ts";
import type { Seeded } from "./random.ts";
import type { Setup } from "./setup.ts";

/** A request that was seen on its way. */
interface Captured {
  readonly attempt: Attempt;
  readonly proxy: 0 | 1;
  readonly at: number;
}

/** Captured requests that are kept. */
const mostCaptured = 500;
/** A request is taken for one under way for so long, in ms. */
const underWay = 30_000;

/** All thieves of a world. */
export class Thieves {
  readonly #setup: Setup;
  readonly #means: GatewayMeans;
  readonly #clock: VirtualClock;
  readonly #captured: Captured[] = [];
  #port = 40_000;

  constructor(setup: Setup, means: GatewayMeans, clock: VirtualClock) {
    this.#setup = setup;
    this.#means = means;
    this.#clock = clock;
  }

  /** A request passes by. */
  saw(attempt: Attempt, proxy: 0 | 1): void {
    if (!attempt.authentic || attempt.original !== undefined) return;
    this.#captured.push({ attempt, proxy, at: this.#clock.now() });
    if (this.#captured.length > mostCaptured) this.#captured.shift();
  }

  /** Sends requests in a gateway's name, with noise for a password. */
  forge({ count, every }: Action & { readonly kind: "forge" }, random: Seeded, { setup: gateway }: Gateway): void {
    for (let number = 0; number < count; number++) {
      const { username } = random.oneOf(this.#setup.people);
      const port = random.chance(0.5) ? 3_000 : ++this.#port;
      this.#clock.after(number * every, () => {
        const source = { hostname: gateway.address, port };
        this.#means.send(
          this.#noise(username, gateway, source, random.below(256), random),
          random.oneOf([0, 1]),
          random,
        );
      });
    }
  }

  /** Forges a request with port and identifier of one that waits for its answer. */
  silence({ part }: Action & { readonly kind: "silence" }, random: Seeded): void {
    const now = this.#clock.now();
    const recent = this.#captured.filter(({ at }) => at > now - underWay);
    const target = recent[Math.floor(part * recent.length)];
    if (target === undefined) return;
    const { attempt: { login: { user, gateway }, source, identifier }, proxy } = target;
    this.#means.send(this.#noise(user, gateway, source, identifier, random), proxy, random);
  }

  /** Sends a captured request again. */
  replay({ part, count, from }: Action & { readonly kind: "replay" }, random: Seeded): void {
    const target = this.#captured[Math.min(this.#captured.length - 1, Math.floor(part * this.#captured.length))];
    if (target === undefined) return;
    const { attempt, proxy } = target;
    for (let number = 0; number < count; number++) {
      // At once, while the first is under way; or much later.
      const after = random.chance(0.5) ? random.below(20_000) : random.below(20 * minute);
      const copy = this.#copy(attempt, from, random);
      this.#clock.after(after, () => this.#means.send(copy, proxy, random));
    }
  }

  #copy(attempt: Attempt, from: "same-port" | "other-port" | "other-gateway", random: Seeded): Attempt {
    const { login, source, secret } = attempt;
    const other = from === "other-gateway" ? random.oneOf(this.#setup.gateways) : login.gateway;
    const hostname = other.address;
    if (from === "same-port" && hostname === source.hostname) return attempt;
    const otherSecret = new TextEncoder().encode(other.secret);
    const authentic = otherSecret.length === secret.length &&
      otherSecret.every((octet, index) => octet === secret[index]);
    return {
      ...attempt,
      source: { hostname, port: ++this.#port },
      secret: otherSecret,
      authentic,
      original: attempt,
    };
  }

  #noise(
    username: string,
    gateway: Login["gateway"],
    source: Attempt["source"],
    identifier: number,
    random: Seeded,
  ): Attempt {
    const authenticator = random.octets(16);
    return {
      login: { who: "forger", user: username, gateway, key: `forged ${username}` },
      source,
      identifier,
      authenticator,
      bytes: encodePacket({
        code: packetCode.accessRequest,
        identifier,
        authenticator,
        attributes: [
          textAttribute(attributeType.userName, username),
          { type: attributeType.userPassword, value: random.octets(16) },
          textAttribute(attributeType.callingStationId, "192.0.2.66"),
        ],
      }),
      secret: new TextEncoder().encode(gateway.secret),
      authentic: false,
      original: undefined,
      state: undefined,
    };
  }
}
