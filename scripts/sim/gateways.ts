/**
 * Gateways: they put logins into requests, ask again, turn to another proxy, and believe only answers that prove who sent them.
 *
 * @module
 */

import {
  type Attribute,
  attributeType,
  encodeVendorAttributes,
  getAttribute,
  integerAttribute,
  textAttribute,
} from "../../lib/radius/attributes.ts";
import { signRequest, verifyResponseAuthenticator } from "../../lib/radius/authenticator.ts";
import { decodePacket, encodePacket, packetCode } from "../../lib/radius/packet.ts";
import { hidePassword } from "../../lib/radius/password.ts";
import { minute, second } from "./clock.ts";
import type { Attempt, Login } from "./records.ts";
import type { Address } from "./network.ts";
import type { Seeded } from "./random.ts";
import type { GatewaySetup } from "./setup.ts";

/** What a gateway uses of its world. */
export interface GatewayMeans {
  after(delay: number, action: () => void): () => void;
  now(): number;
  /** Sends a request, over the network or around it. */
  send(attempt: Attempt, proxy: 0 | 1, random: Seeded): void;
  /** Takes what comes to an address. */
  listen(address: Address, take: (bytes: Uint8Array) => void): void;
}

/** How a gateway ended a login. */
export type Ended = "accepted" | "rejected" | "no answer";

/** What somebody wants of a gateway. */
export interface Wish {
  readonly login: Login;
  /** What stands in the password field. */
  readonly field: string;
  /** What the session looks like, if it isn't the gateway's to say. */
  readonly session?: readonly Attribute[];
  /** What is typed when a passcode is asked for. */
  readonly passcode: string;
  readonly random: Seeded;
  readonly ended: (how: Ended) => void;
}

/** A gateway waits so long for an answer, all repeats together. */
const patience = minute;
/** A proxy that was silent is not asked for so long. */
const deadTime = 5 * minute;

/** Cisco's vendor number and attribute for pairs. */
const cisco = { vendor: 9, avPair: 1 } as const;

/** One gateway. */
export class Gateway {
  readonly setup: GatewaySetup;
  readonly #means: GatewayMeans;
  readonly #secret: Uint8Array;
  readonly #random: Seeded;
  readonly #listening = new Set<number>();
  readonly #waiting = new Map<string, (bytes: Uint8Array) => void>();
  #identifier: number;
  #port = 3_000;
  #sessions = 0;
  /** Until when the first proxy is not asked. */
  #dead = 0;

  constructor(setup: GatewaySetup, means: GatewayMeans, random: Seeded) {
    this.setup = setup;
    this.#means = means;
    this.#secret = new TextEncoder().encode(setup.secret);
    this.#random = random;
    this.#identifier = random.below(256);
  }

  /** What its requests say of a new session of a user at an address. */
  newSession(ip: string): readonly Attribute[] {
    const { marking, saysWhere } = this.setup;
    const number = ++this.#sessions;
    const where = saysWhere ? [textAttribute(attributeType.callingStationId, ip)] : [];
    const common = [textAttribute(attributeType.nasIdentifier, this.setup.name), ...where];
    switch (marking) {
      case "audit-session": {
        const value = new TextEncoder().encode(`audit-session-id=0a0100${number.toString(16).padStart(8, "0")}`);
        return [...common, encodeVendorAttributes(cisco.vendor, [{ type: cisco.avPair, value }])];
      }
      case "session":
        return [...common, textAttribute(attributeType.acctSessionId, `session-${number}`)];
      case "port-id":
        return [...common, textAttribute(attributeType.nasPortId, `tunnel-${number}`)];
      case "port":
        return [...common, integerAttribute(attributeType.nasPort, number)];
      case "constants":
        return [
          ...common,
          integerAttribute(attributeType.nasPort, 7),
          textAttribute(attributeType.nasPortId, "vpn"),
          textAttribute(attributeType.acctSessionId, "00000000"),
        ];
      case "none":
        return common;
    }
  }

  /** Asks for a login until there is an answer, or the patience is over. */
  begin(wish: Wish): void {
    const { repeats, failsOver } = this.setup;
    const session = wish.session ?? this.newSession(wish.login.key);
    let proxy: 0 | 1 = failsOver && this.#dead > this.#means.now() ? 1 : 0;
    let port = 3_000;
    let attempt: Attempt;
    let forget: (() => void)[] = [];
    let cancel = (): void => {};
    const over = this.#means.now() + patience;
    const end = (how: Ended): void => {
      cancel();
      for (const one of forget) one();
      wish.ended(how);
    };
    const make = (field: string, state?: Uint8Array): void => {
      attempt = this.#make(wish.login, field, session, port, state);
      forget.push(this.#await(attempt, (code, answered) => {
        if (code !== packetCode.accessChallenge || answered === undefined) {
          return end(code === packetCode.accessAccept ? "accepted" : "rejected");
        }
        cancel();
        for (const one of forget) one();
        forget = [];
        cancel = this.#means.after(4 * second, () => {
          make(wish.passcode, answered);
          send(1, wish.passcode, answered);
          if (!wish.random.chance(0.3)) return;
          // Somebody clicks twice: the same answer in another request.
          this.#means.send(this.#make(wish.login, wish.passcode, session, port, answered), proxy, wish.random);
        });
      }));
    };
    const send = (tries: number, field: string, state?: Uint8Array): void => {
      this.#means.send(attempt, proxy, wish.random);
      cancel = this.#means.after(Math.min(repeats.every, over - this.#means.now()), () => {
        if (this.#means.now() >= over) return end("no answer");
        if (tries < repeats.tries) {
          if (repeats.how === "port") port = ++this.#port;
          if (repeats.how !== "same") make(field, state);
          return send(tries + 1, field, state);
        }
        if (failsOver && proxy === 0) {
          proxy = 1;
          this.#dead = this.#means.now() + deadTime;
          if (repeats.how !== "same") make(field, state);
          return send(1, field, state);
        }
        cancel = this.#means.after(over - this.#means.now(), () => end("no answer"));
      });
    };
    make(wish.field);
    send(1, wish.field);
  }

  #make(
    login: Login,
    field: string,
    session: readonly Attribute[],
    port: number,
    state: Uint8Array | undefined,
  ): Attempt {
    const { signs, constantAuthenticator, identifiers, proxyState, address } = this.setup;
    const random = this.#random;
    const identifier = this.#identifier = (this.#identifier + 1) % identifiers;
    const authenticator = constantAuthenticator ? new Uint8Array(16).fill(7) : random.octets(16);
    const bytes = encodePacket({
      code: packetCode.accessRequest,
      identifier,
      authenticator,
      attributes: [
        ...(signs ? [{ type: attributeType.messageAuthenticator, value: new Uint8Array(16) }] : []),
        textAttribute(attributeType.userName, login.user),
        {
          type: attributeType.userPassword,
          value: hidePassword(new TextEncoder().encode(field), authenticator, this.#secret),
        },
        ...session,
        ...(state === undefined ? [] : [{ type: attributeType.state, value: state }]),
        ...(proxyState ? [{ type: attributeType.proxyState, value: random.octets(4) }] : []),
      ],
    });
    if (signs) signRequest(bytes, this.#secret);
    return {
      login,
      source: { hostname: address, port },
      identifier,
      authenticator,
      bytes,
      secret: this.#secret,
      authentic: true,
      original: undefined,
      state: state?.toHex(),
    };
  }

  /** Waits for the answer to a request. @returns what ends the wait. */
  #await(attempt: Attempt, answered: (code: number, state: Uint8Array | undefined) => void): () => void {
    const { source, identifier, authenticator } = attempt;
    if (!this.#listening.has(source.port)) {
      this.#listening.add(source.port);
      this.#means.listen(source, (bytes) => this.#waiting.get(`${source.port} ${bytes[1]}`)?.(bytes));
    }
    const key = `${source.port} ${identifier}`;
    const take = (bytes: Uint8Array): void => {
      if (!verifyResponseAuthenticator(bytes, authenticator, this.#secret)) return;
      const decoded = decodePacket(bytes);
      if (decoded.kind === "malformed") return;
      answered(decoded.packet.code, getAttribute(decoded.packet, attributeType.state));
    };
    this.#waiting.set(key, take);
    return () => {
      if (this.#waiting.get(key) === take) this.#waiting.delete(key);
    };
  }
}
