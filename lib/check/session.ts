/**
 * Calls to Duo for the checks, built from the same parts as those of a login: what works here works there.
 *
 * @module
 */

import type { DuoConfig } from "../config/config.ts";
import { type CallLimits, code, type DuoFailure, type KeysValid, type Pong } from "../duo/api.ts";
import { DuoApiV1 } from "../duo/api_v1.ts";
import { maxHandshakes, openApi, type OpenedApi } from "../duo/open.ts";
import type { VersionChoice } from "../duo/version_switch.ts";
import { Gate } from "../net/gate.ts";
import type { Machine } from "./machine.ts";

/** One application's keys at one host. Its calls are made once, however many sections share them. */
export class DuoSession {
  readonly #duo: DuoConfig;
  readonly #machine: Machine;
  readonly #api: OpenedApi;
  #ping: Promise<Pong | DuoFailure> | undefined;
  #keys: Promise<KeysValid | DuoFailure> | undefined;

  constructor(duo: DuoConfig, machine: Machine) {
    const { clock, random, userAgent } = machine;
    this.#duo = duo;
    this.#machine = machine;
    const openSocket = (): { close(): void } => machine.openSocket();
    this.#api = openApi(duo, { clock, random, userAgent, openSocket, handshakes: new Gate(maxHandshakes) });
  }

  /** Is Duo there, and what time is it? Its answer corrects the clock for {@link DuoSession.keys}. */
  ping(limits: CallLimits): Promise<Pong | DuoFailure> {
    return this.#ping ??= this.#api.connection.ping(limits);
  }

  /** Are the keys good, on the version that logins would use? */
  keys(limits: CallLimits): Promise<KeysValid | DuoFailure> {
    return this.#keys ??= this.#api.versions.check(limits);
  }

  /**
   * After version 2 said that it doesn't know the ikey (40102), which it may also say of one of another type: whether
   * version 1 knows it.
   */
  async isKnownToVersion1(limits: CallLimits): Promise<boolean> {
    if (this.#duo.apiVersion !== 2) return false;
    const result = await new DuoApiV1(this.#api.connection, this.#machine.clock).check(limits);
    return result.kind === "valid" || (result.kind === "refused" && result.code === code.badSignature);
  }

  /** Which version of the API is used and why, once {@link DuoSession.keys} has come to an end. */
  get choice(): VersionChoice {
    return this.#api.versions.choice;
  }

  /** Closes the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }
}
