/**
 * Who listens where: ports that collide, and networks that several sections on one port claim.
 *
 * @module
 */

import { type Network, networkSize, sameNetwork } from "../../net/network.ts";
import type { Context, Setting, Settings, Socket } from "../section.ts";
import { boundAddress } from "../sections/shared/general.ts";
import {
  effectiveSetting,
  effectiveValue,
  headerPlace,
  optionPlace,
  settingOf,
  settingsOf,
  shown,
  valuePlace,
} from "../settings.ts";

/** One socket that a section wants. */
interface Listener extends Socket {
  readonly settings: Settings;
  /** Canonical address; undefined: all addresses of both families. */
  readonly address: string | undefined;
}

/** Checks every listener against every other one. */
export function checkListeners(context: Context): void {
  const listeners = collect(context);
  checkCollisions(context, listeners);
  checkNetworks(context, listeners);
}

function collect(context: Context): readonly Listener[] {
  const { main, sections } = context;
  return [...(main === undefined ? [] : [main]), ...sections].flatMap((settings) =>
    (settings.table.sockets?.(settings) ?? []).flatMap((socket) => {
      // A wrong address has been reported; taking it for "all" would add collisions that aren't there.
      const setting = effectiveSetting(context, settings, socket.interface);
      if (setting !== undefined && setting.value === undefined) return [];
      return [{ ...socket, settings, address: boundAddress(effectiveValue(context, settings, socket.interface)) }];
    })
  );
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
    const { settings, protocol, address, port, row } = listener;
    const portKey = `${protocol} ${port}`;
    const bound = ports.get(portKey) ?? new Map<string, Listener>();
    ports.set(portKey, bound);
    const addressKey = address ?? "*";
    const same = bound.get(addressKey);
    if (same !== undefined && protocol === "UDP" && same.row === row) continue;
    const other = same ?? colliding(bound, address);
    if (same === undefined) bound.set(addressKey, listener);
    if (other === undefined) continue;
    const entry = settingOf(settings, row)?.entry;
    findings.error(
      "port-collision",
      entry === undefined ? headerPlace(settings.section, row.name) : valuePlace(settings.section, entry),
      `${protocol} port ${port} on ${named(address)} collides with ${
        other.row.name === row.name ? "" : `${other.row.name} on `
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
  for (const { settings, address, port, gateways } of listeners) {
    // Whose accounting it is matters to nobody: all of it gets the same answer.
    if (gateways === undefined) continue;
    for (const setting of settingsOf(settings, gateways)) {
      const network = setting.value;
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
