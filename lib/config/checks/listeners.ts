/**
 * Who listens where: ports that collide, and networks that several sections on one port claim.
 *
 * @module
 */

import { type Network, networkSize, parseNetwork, sameNetwork } from "../../net/network.ts";
import {
  headerPlace,
  numberOf,
  optionPlace,
  type Setting,
  type Settings,
  textOf,
  valuePlace,
} from "../read_settings.ts";
import { type Context, effectiveValue, shown } from "./context.ts";

/** One socket that a section wants. */
interface Listener {
  readonly settings: Settings;
  readonly protocol: "UDP" | "TCP";
  /** Canonical address; undefined: all addresses of both families. */
  readonly address: string | undefined;
  readonly port: number;
  /** The option that sets the port. */
  readonly option: string;
}

/**
 * The address that a section listens on. `::` takes IPv4 in too, and is what is bound without `interface`.
 *
 * @returns undefined for all addresses.
 */
export function listenAddress(context: Context, settings: Settings): string | undefined {
  const value = effectiveValue(context, settings, "interface");
  return typeof value === "string" && value !== "::" ? value : undefined;
}

/** Checks every listener against every other one. */
export function checkListeners(context: Context): void {
  const listeners = collect(context);
  checkCollisions(context, listeners);
  checkNetworks(context, listeners);
}

function collect(context: Context): readonly Listener[] {
  const { main, sections } = context;
  const listeners: Listener[] = [];
  if (main !== undefined && main.set.has("status_port")) {
    const port = numberOf(main, "status_port");
    const address = textOf(main, "status_interface");
    if (port !== undefined && address !== undefined) {
      listeners.push({
        settings: main,
        protocol: "TCP",
        address: address === "::" ? undefined : address,
        port,
        option: "status_port",
      });
    }
  }
  for (const settings of sections) {
    const { table, set } = settings;
    if (table.kind === "client" || table.kind === "hidden") continue;
    // A wrong address has been reported; taking it for "all" would add collisions that aren't there.
    const own = set.get("interface") ?? main?.set.get("interface");
    if (own !== undefined && own.value === undefined) continue;
    const address = listenAddress(context, settings);
    const protocol = table.type.startsWith("radius_server_") ? "UDP" : "TCP";
    const port = numberOf(settings, "port");
    if (port !== undefined) listeners.push({ settings, protocol, address, port, option: "port" });
    const accountingPort = textOf(settings, "accounting") === "acknowledge"
      ? numberOf(settings, "accounting_port")
      : undefined;
    if (accountingPort !== undefined) {
      listeners.push({ settings, protocol, address, port: accountingPort, option: "accounting_port" });
    }
    const sslPort = table.type === "ldap_server_auto" && set.has("ssl_key_path")
      ? numberOf(settings, "ssl_port")
      : undefined;
    if (sslPort !== undefined && sslPort !== port) {
      listeners.push({ settings, protocol, address, port: sslPort, option: "ssl_port" });
    }
  }
  return listeners;
}

/**
 * Two sockets can't be bound: UDP sections on the very same address share one for logins, and one for accounting; everything
 * else collides.
 */
function checkCollisions({ findings }: Context, listeners: readonly Listener[]): void {
  // For each port the first listener on each address: compared with these alone, the work stays proportional, since a
  // listener either finds an equal address at once or is compared with the wildcards.
  const ports = new Map<string, Map<string, Listener>>();
  for (const listener of listeners) {
    const { settings, protocol, address, port, option } = listener;
    const portKey = `${protocol} ${port}`;
    const bound = ports.get(portKey) ?? new Map<string, Listener>();
    ports.set(portKey, bound);
    const addressKey = address ?? "*";
    const same = bound.get(addressKey);
    if (same !== undefined && protocol === "UDP" && same.option === option) continue;
    const other = same ?? colliding(bound, address);
    if (same === undefined) bound.set(addressKey, listener);
    if (other === undefined) continue;
    const entry = settings.set.get(option)?.entry;
    findings.error(
      "port-collision",
      entry === undefined ? headerPlace(settings.section, option) : valuePlace(settings.section, entry),
      `${protocol} port ${port} on ${named(address)} collides with ${
        other.option === option ? "" : `${other.option} on `
      }${named(other.address)} in ${shown(other.settings)}`,
      same === undefined
        ? "Either give every section on this port an interface of its own, or none of them one"
        : "Give one of the two another port or interface",
    );
  }
}

/** A listener on another address with which this one can't be bound: one of the two is a wildcard. */
function colliding(bound: ReadonlyMap<string, Listener>, address: string | undefined): Listener | undefined {
  const all = bound.get("*");
  const allIpv4 = bound.get("0.0.0.0");
  if (address !== undefined && address !== "0.0.0.0") {
    return all ?? (address.includes(":") ? undefined : allIpv4);
  }
  if (address === undefined) return allIpv4 ?? first(bound, () => true);
  return all ?? first(bound, (other) => !other.includes(":"));
}

function first(bound: ReadonlyMap<string, Listener>, wanted: (address: string) => boolean): Listener | undefined {
  for (const [address, listener] of bound) if (wanted(address)) return listener;
  return undefined;
}

function named(address: string | undefined): string {
  return address === undefined ? "all addresses" : address;
}

/** A gateway's network with where it stands. */
interface Claim {
  readonly settings: Settings;
  readonly setting: Setting;
  readonly network: Network;
  /** Counted over the whole file: of equal networks the earlier one decides. */
  readonly order: number;
}

/** Sections that share a socket are told apart by the gateway's address, the smallest network first. */
function checkNetworks(context: Context, listeners: readonly Listener[]): void {
  const groups = new Map<string, Claim[]>();
  let order = 0;
  for (const { settings, protocol, address, port, option } of listeners) {
    // Whose accounting it is matters to nobody: all of it gets the same answer.
    if (protocol !== "UDP" || option !== "port") continue;
    for (const setting of settings.set.values()) {
      if (setting.row.name !== "radius_ip" || typeof setting.value !== "string") continue;
      const network = parseNetwork(setting.value);
      if (network === undefined) continue;
      checkSize(context, settings, setting, network);
      const key = `${address ?? "*"} ${port} ${network.family}`;
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      group.push({ settings, setting, network, order: order++ });
    }
  }
  for (const claims of groups.values()) checkOverlaps(context, claims);
}

function checkSize({ findings }: Context, { section }: Settings, { entry }: Setting, network: Network): void {
  const bits = network.family === 4 ? 32n : 128n;
  if (networkSize(network) !== 1n << bits) return;
  findings.warning(
    "open-to-all",
    valuePlace(section, entry),
    `${entry.name} takes requests from every address`,
    "Name the gateways alone: whoever guesses the secret can ask",
  );
}

/**
 * Compares each network with the one that reaches furthest of those that begin before it: whatever overlaps, overlaps
 * that one, and the work is that of sorting.
 */
function checkOverlaps({ findings }: Context, claims: Claim[]): void {
  claims.sort((a, b) =>
    compare(a.network.first, b.network.first) || compare(b.network.last, a.network.last) || a.order - b.order
  );
  let furthest: Claim | undefined;
  for (const claim of claims) {
    const { settings, network } = claim;
    if (furthest !== undefined && network.first <= furthest.network.last) {
      const same = sameNetwork(network, furthest.network);
      // Within a section, equal addresses are compared by their secrets, and smaller networks inside larger ones are
      // how exceptions are written.
      const exempt = settings === furthest.settings && (same || network.last <= furthest.network.last);
      if (!exempt) report(claim, furthest, same);
    }
    if (furthest === undefined || network.last > furthest.network.last) furthest = claim;
  }

  function report(a: Claim, b: Claim, same: boolean): void {
    const [later, earlier] = a.order > b.order ? [a, b] : [b, a];
    const winner = same || networkSize(a.network) === networkSize(b.network)
      ? earlier
      : networkSize(a.network) < networkSize(b.network)
      ? a
      : b;
    findings.warning(
      "overlapping-networks",
      optionPlace(later.settings.section, later.setting.entry),
      `${later.setting.entry.name} ${same ? "is the same network as" : "overlaps"} ${earlier.setting.entry.name} of ${
        shown(earlier.settings)
      } on line ${earlier.setting.entry.line}: ${winner.setting.entry.name} of ${shown(winner.settings)} decides${
        same ? ", which comes first" : " for the addresses in both"
      }`,
      "Give the sections ports of their own, or networks without common addresses",
    );
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
