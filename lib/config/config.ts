/**
 * The typed result of reading an `authproxy.cfg`: what the rest of the program works with.
 *
 * @module
 */

import type { DuoAccount } from "../duo/open.ts";
import type { Failmode } from "../login/failmode.ts";
import type { Mode } from "../login/modes/mode.ts";
import type { Network } from "../net/network.ts";
import type { AttributeDefinition } from "../radius/dictionary.ts";
import type { Requirement } from "../radius/request.ts";
import type { Secret } from "./secrets.ts";

/** A whole configuration without errors. */
export interface Config {
  /** The file it came from, as given. */
  readonly file: string;
  readonly main: MainConfig;
  /** Sections that are served, in the file's order. */
  readonly servers: readonly RadiusServerConfig[];
}

/** `[main]`. Sizes in octets, times in seconds. */
export interface MainConfig {
  readonly debug: boolean;
  /** `hostname`, for the events; undefined: what /etc/hostname says. */
  readonly hostname: string | undefined;
  readonly logAuthEvents: boolean;
  readonly logStdout: boolean;
  readonly logFormat: "text" | "json";
  readonly logDir: string;
  readonly logMaxSize: number;
  readonly logMaxFiles: number;
  readonly logSyslog: boolean;
  readonly syslogFacility: string;
  readonly statusPort: number | undefined;
  readonly statusInterface: string;
  readonly drainTimeout: number;
  readonly testConnectivityOnStartup: boolean;
}

/** One `radius_ip_N` with its secret. */
export interface GatewayConfig {
  readonly number: number;
  readonly network: Network;
  readonly secret: Secret;
  readonly requireMessageAuthenticator: Requirement;
}

/** How Duo's API is reached for one section. */
export interface DuoConfig extends DuoAccount {
  readonly skey: Secret;
}

/** Who checks the first factor. */
export type PrimaryConfig = { readonly kind: "none" };

/** A `[radius_server_*]` section. Times in seconds. */
export interface RadiusServerConfig {
  /** The section's name as written, lower-cased: `radius_server_auto2`. */
  readonly name: string;
  readonly mode: Mode;
  /** Line of the section's header, counted from 1. */
  readonly line: number;
  readonly debug: boolean;
  readonly port: number;
  /** Address to bind; undefined: all. */
  readonly interface: string | undefined;
  readonly gateways: readonly GatewayConfig[];
  readonly primary: PrimaryConfig;
  readonly duo: DuoConfig;
  readonly failmode: Failmode;
  /** Exact, case-sensitive names that skip the second factor. */
  readonly exemptUsernames: ReadonlySet<string>;
  /** A label that `TextDecoder` knows. */
  readonly passwordEncoding: string;
  readonly clientIpAttribute: AttributeDefinition;
  readonly loginTimeout: number;
  readonly joinRepeats: "strict" | "off";
  readonly maxPending: number;
  /** Pushes and calls a device, pending or unapproved within 5 minutes; 0 = no limit. */
  readonly pushLimit: number;
  /** UDP port on which Accounting-Requests are acknowledged; undefined: nowhere. */
  readonly accountingPort: number | undefined;
  readonly forceMessageAuthenticator: boolean;
  readonly limitProxyState: Requirement;
}
