/**
 * What a world is made of, drawn from its seed: the proxy's configuration, gateways, people, the network.
 *
 * @module
 */

import { authApiIkey, authApiSkey, radiusIkey, radiusSkey } from "../../lib/simulator/applications.ts";
import { makeDevice, makeUser, type SimulatedUser } from "../../lib/simulator/users.ts";
import type { Address, Link } from "./network.ts";
import { Seeded } from "./random.ts";
import { passcodeOf, secretMark } from "./secrets.ts";

/** How a gateway's requests tell its sessions apart, or seem to. */
export type Marking = "audit-session" | "session" | "port-id" | "port" | "constants" | "none";

/** A gateway: some follow the RFCs, and others are as they are. */
export interface GatewaySetup {
  readonly name: string;
  readonly address: string;
  readonly secret: string;
  /** Whether its requests carry Message-Authenticator. */
  readonly signs: boolean;
  readonly marking: Marking;
  /** Whether it says where the user is. */
  readonly saysWhere: boolean;
  /** One Request Authenticator for everything. */
  readonly constantAuthenticator: boolean;
  /** How many identifiers it uses: some go round after a few. */
  readonly identifiers: number;
  /** Whether it stands behind a RADIUS proxy that adds Proxy-State. */
  readonly proxyState: boolean;
  /** How it asks again: after how many ms, how often, and what it changes. */
  readonly repeats: { readonly every: number; readonly tries: number; readonly how: "same" | "identifier" | "port" };
  /** Whether it turns to the second proxy when the first one is silent. */
  readonly failsOver: boolean;
}

/** What the proxy's file says, as far as worlds differ. */
export interface FileSetup {
  readonly mode: "duo_only" | "auto";
  readonly failmode: "safe" | "secure";
  readonly maxPending: number;
  readonly pushLimit: number;
  /** Seconds. */
  readonly loginTimeout: number;
  readonly joins: boolean;
  /** In duo_only, where noise may look like text. */
  readonly codec: "utf-8" | "latin-1";
  readonly unmatched: "browser" | "auto" | "reject";
  /** Gateways that are not in the file, by their number. */
  readonly without: readonly number[];
}

/** A world before it begins. */
export interface Setup {
  readonly seed: number;
  /** Whether the application is served by version 1 of Duo's API alone. */
  readonly version: 1 | 2;
  readonly file: FileSetup;
  readonly gateways: readonly [GatewaySetup, ...GatewaySetup[]];
  readonly people: readonly [SimulatedUser, ...SimulatedUser[]];
  readonly exempt: string;
  readonly link: Link;
}

/** Where the proxies listen. */
export const proxies: readonly [Address, Address] = [
  { hostname: "10.0.0.1", port: 1812 },
  { hostname: "10.0.0.2", port: 1812 },
];

/** Draws a world. */
export function drawSetup(seed: number): Setup {
  const random = new Seeded("setup", seed);
  const names = ["ada", "ben", "cleo", "dora", "emil", "finn", "gita", "hugo", "iris", "joel", "kira", "luis"];
  const people = names.map((username, index) =>
    makeUser({
      username,
      status: index === 8 ? "bypass" : index === 9 ? "disabled" : index === 10 ? "not_enrolled" : "active",
      devices: index === 7
        ? [makeDevice(username, 1, { type: "token" })]
        : index === 10
        ? []
        : Array.from({ length: index % 3 === 0 ? 2 : 1 }, (_, position) => makeDevice(username, position + 1)),
      passcodes: [passcodeOf(index)],
    })
  );
  const [first, ...others] = people;
  const drawn = Array.from({ length: random.between(2, 5) }, (_, index) => drawGateway(random, index));
  const [firstGateway, ...otherGateways] = drawn;
  if (first === undefined || firstGateway === undefined) throw new Error("Nobody lives here");
  const mode = random.chance(0.7) ? "duo_only" : "auto";
  return {
    seed,
    version: random.oneOf([1, 2]),
    file: {
      mode,
      failmode: random.oneOf(["safe", "secure"]),
      maxPending: random.oneOf([3, 8, 40, 200]),
      pushLimit: random.oneOf([2, 3, 3, 5]),
      loginTimeout: random.oneOf([58, 58, 58, 20]),
      joins: random.chance(0.85),
      codec: mode === "auto" ? "utf-8" : random.oneOf(["utf-8", "utf-8", "latin-1"]),
      unmatched: random.oneOf(["browser", "auto", "reject"]),
      without: [],
    },
    gateways: [firstGateway, ...otherGateways],
    people: [first, ...others],
    exempt: "luis",
    link: {
      loss: random.oneOf([0, 0.01, 0.1]),
      twice: random.oneOf([0, 0.01, 0.1]),
      delay: random.oneOf([5, 50, 3_000]),
    },
  };
}

function drawGateway(random: Seeded, index: number): GatewaySetup {
  const signs = random.chance(0.5);
  const constantAuthenticator = random.chance(0.15);
  return {
    name: `gateway ${index}`,
    address: `10.1.0.${index + 1}`,
    // Two gateways in five worlds share a secret, as people do.
    secret: `${secretMark}-secret-${random.chance(0.2) ? "shared" : index}-0123456789`,
    signs,
    marking: random.oneOf(["audit-session", "audit-session", "session", "port-id", "port", "constants", "none"]),
    saysWhere: random.chance(0.75),
    constantAuthenticator,
    identifiers: !constantAuthenticator && random.chance(0.2) ? 3 : 256,
    proxyState: random.chance(0.2),
    repeats: {
      every: random.oneOf([3_000, 5_000, 10_000, 20_000]),
      tries: random.between(1, 4),
      how: random.oneOf(["same", "same", "identifier", "port"]),
    },
    failsOver: random.chance(0.5),
  };
}

/** The proxy's file. */
export function fileText({ version, gateways, exempt }: Setup, file: FileSetup): string {
  const clients = gateways.flatMap(({ address, secret }, index) =>
    file.without.includes(index) ? [] : [`radius_ip_${index + 1}=${address}`, `radius_secret_${index + 1}=${secret}`]
  );
  return [
    "[main]",
    "debug=true",
    "[duo_only_client]",
    `[radius_server_${file.mode}]`,
    `ikey=${version === 1 ? radiusIkey : authApiIkey}`,
    `skey=${version === 1 ? radiusSkey : authApiSkey}`,
    "api_host=api-sim.duosecurity.test",
    `failmode=${file.failmode}`,
    `max_pending=${file.maxPending}`,
    `push_limit=${file.pushLimit}`,
    `login_timeout=${file.loginTimeout}`,
    `join_repeats=${file.joins ? "strict" : "off"}`,
    `exempt_username_1=${exempt}`,
    ...(file.mode === "duo_only"
      ? [`pw_codec=${file.codec}`, `unmatched_text=${file.unmatched}`]
      : ["client=duo_only_client", "factors=auto,passcode"]),
    ...clients,
    "",
  ].join("\n");
}
