/**
 * Types of values that are addresses, networks or the names of hosts.
 *
 * @module
 */

import { canonicalAddress, type Network, parseAddress, parseNetwork } from "../../net/network.ts";
import { quoted, say } from "../message.ts";
import type { Reading, ValueType } from "../row.ts";
import { isSecretKey } from "./keys.ts";
import { value, wrong } from "./reading.ts";

/** One IP address of this machine to listen on, in its canonical form. */
export const interfaceAddress: ValueType<string> = { type: { kind: "interface" }, read: readInterface };
/** One IP address in its canonical form. */
export const address: ValueType<string> = { type: { kind: "address" }, read: readAddress };
/** An address, CIDR, address/netmask or a range. */
export const network: ValueType<Network> = { type: { kind: "network" }, read: readNetwork };
/** Several of them, separated by commas. */
export const networks: ValueType<readonly Network[]> = { type: { kind: "networks" }, read: readNetworks };
/** A host name or an address. */
export const host: ValueType<string> = { type: { kind: "host" }, read: readHost };
/** The API host of a Duo application: a bare host name, in small letters. */
export const apiHost: ValueType<string> = { type: { kind: "api-host" }, read: readApiHost };

function readAddress(text: string): Reading<string> {
  const address = canonicalAddress(text);
  return address === undefined ? wrong(say`takes an IP address, not ${quoted(text)}`) : value(address);
}

function readInterface(text: string): Reading<string> {
  const address = canonicalAddress(text);
  if (address !== undefined) return value(address);
  if (text.includes(",")) return wrong("takes one IP address, not several", "Give each address a section of its own");
  if (text.includes("/")) return wrong(say`takes an IP address without a mask, not ${quoted(text)}`);
  return wrong(
    say`takes an IP address of this machine, not ${quoted(text)}`,
    "A name such as eth0 or a host name isn't enough: give the address (`ip address` lists them)",
  );
}

function readNetwork(text: string): Reading<Network> {
  return parseNetworkOf(text, text, "takes one address, CIDR, address/netmask or range a-b");
}

function readNetworks(text: string): Reading<readonly Network[]> {
  const found: Network[] = [];
  for (const part of text.split(",")) {
    const reading = parseNetworkOf(part, text, "takes addresses, CIDR, netmasks or ranges, separated by commas");
    if (reading.kind === "wrong") return reading;
    found.push(reading.value);
  }
  return value(found);
}

function parseNetworkOf(part: string, whole: string, takes: string): Reading<Network> {
  const network = parseNetwork(part);
  if (network !== undefined) return value(network);
  const several = part === whole && /[,\s]/.test(part) && parseNetwork(part.split(/[,\s]/, 1)[0] ?? "") !== undefined;
  return wrong(
    say`${takes}, not ${quoted(part.trim(), whole)}`,
    several ? "Give each network a number of its own, as in radius_ip_2 and radius_secret_2" : undefined,
  );
}

/** True for a host name: labels of letters, digits, hyphens and underscores, not a bare number. */
function isHostName(text: string): boolean {
  if (text.length > 253 || /^[0-9.]+$/.test(text)) return false;
  return text.split(".").every((label) => /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label));
}

function readHost(text: string): Reading<string> {
  if (isSecretKey(text)) {
    return wrong("takes a host name or an IP address", "This looks like the secret key, which belongs into skey");
  }
  if (parseAddress(text) !== undefined || isHostName(text)) return value(text);
  return wrong(say`takes a host name or an IP address, not ${quoted(text)}`, bareHostHint(text, "port option"));
}

function readApiHost(text: string): Reading<string> {
  if (isSecretKey(text)) {
    return wrong("takes a bare host name", "This looks like the secret key, which belongs into skey");
  }
  if (parseAddress(text) !== undefined || isHostName(text)) return value(text.toLowerCase());
  return wrong(say`takes a bare host name, not ${quoted(text)}`, bareHostHint(text, "option api_port"));
}

/** What to take away so that a bare host name remains. */
function bareHostHint(text: string, portOption: string): string | undefined {
  const remedies: string[] = [];
  let rest = text;
  const scheme = /^[a-z]{2,8}:\/\//i.exec(rest)?.[0];
  if (scheme !== undefined) {
    remedies.push(`remove ${scheme}`);
    rest = rest.slice(scheme.length);
  }
  const slash = rest.indexOf("/");
  if (slash >= 0) {
    remedies.push("remove the slash and what follows it");
    rest = rest.slice(0, slash);
  }
  if (/:[0-9]{1,5}$/.test(rest)) remedies.push(`put the port into the ${portOption}`);
  if (rest.endsWith(".")) remedies.push("remove the dot at the end");
  if (/^["'].*["']$/.test(text)) remedies.push("remove the quotes");
  if (remedies.length === 0) return undefined;
  const sentence = remedies.join(", and ");
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}
