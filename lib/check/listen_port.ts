/**
 * Whether the port of a section is free, or held by the proxy that this file belongs to.
 *
 * @module
 */

import { RadiusClient } from "../radius/client.ts";
import { type CheckContext, failed, ok, type Outcome, type SectionCheck } from "./check.ts";
import type { Machine } from "./machine.ts";

/** How many secrets are tried on whoever holds the port: the server itself tries no more. */
const maxSecrets = 16;

/** How long an answer is waited for and how often it is asked for, in ms. On one machine nothing gets lost for long. */
const patience = { first: 300, total: 1_000, tries: 3, jitter: 0 } as const;

/** `port`: it can be opened, or the proxy itself has it. */
export const listenPort: SectionCheck = {
  scope: "section",
  name: "listen-port",
  summary: "Whether the port is free, or in use by this proxy",
  needs: ["interface"],
  run: (context) => {
    const { interface: address, port, accountingPort } = context.server;
    const places: readonly Place[] = [
      { address, port, option: "port" },
      ...accountingPort === undefined ? [] : [{ address, port: accountingPort, option: "accountingPort" } as const],
    ];
    // Sections may share a socket.
    return Promise.all(
      places.map((place) => context.once(`listen ${address ?? "*"} ${place.port}`, () => checkPort(context, place))),
    );
  },
};

/** A port that a section wants, for logins or for accounting. */
interface Place {
  readonly address: string | undefined;
  readonly port: number;
  readonly option: "port" | "accountingPort";
}

async function checkPort(context: CheckContext, wanted: Place): Promise<Outcome> {
  const { address, port, option } = wanted;
  const place = `UDP port ${port}${option === "port" ? "" : " (accounting)"} on ${address ?? "all addresses"}`;
  const facts = { port, interface: address ?? "*" };
  try {
    open(context.machine, address, port);
    return ok(`${place} is free`, { ...facts, in_use: false });
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      return failed(
        "machine",
        `${place} can't be opened: ports below 1024 need a right that this process lacks`,
        "Give the service CAP_NET_BIND_SERVICE (`duoproxy install --port-capability`), or use a port above 1023; the service's user may have the right where yours doesn't",
        facts,
      );
    }
    if (!(error instanceof Deno.errors.AddrInUse)) {
      return failed(
        "machine",
        `${place} can't be opened: ${error instanceof Error ? error.message : String(error)}`,
        `See who listens where with: ss -ulpn`,
        facts,
      );
    }
  }
  if (await isOurs(context, wanted)) {
    return ok(`${place} is in use by this proxy, which is running and answers`, { ...facts, in_use: true });
  }
  return failed(
    "machine",
    `${place} is taken by another program, or by a proxy with other secrets`,
    `See which one with: ss -ulpn 'sport = :${port}'; stop it, or give the section another port`,
    { ...facts, in_use: true },
  );
}

/** Opens the port as the proxy does, and closes it. */
function open({ listen }: Machine, address: string | undefined, port: number): void {
  if (address !== undefined) return listen({ hostname: address, port }).close();
  try {
    listen({ hostname: "::", port }).close();
  } catch (error) {
    // Machines without IPv6 have no "::".
    if (error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.PermissionDenied) throw error;
    listen({ hostname: "0.0.0.0", port }).close();
  }
}

/** Asks with Status-Server (RFC 5997), signed with the secrets of the sections on this port. */
async function isOurs({ machine, servers, signal }: CheckContext, { address, port, option }: Place): Promise<boolean> {
  const here = servers.filter((other) => other[option] === port && other.interface === address);
  const secrets = new Set(here.flatMap(({ gateways }) => gateways.map(({ secret }) => secret.reveal())));
  const hostname = address === undefined || address === "0.0.0.0" ? "127.0.0.1" : address;
  const answers = await Promise.all(
    [...secrets].slice(0, maxSecrets).map(async (secret) => {
      await using client = new RadiusClient({
        // From the very address that it asks: that proves to the server that the question comes from its own machine.
        socket: machine.listen({ hostname, port: 0 }),
        server: { hostname, port },
        secret: new TextEncoder().encode(secret),
        clock: machine.clock,
        retransmission: patience,
      });
      const close = (): void => void client[Symbol.asyncDispose]();
      signal.addEventListener("abort", close, { once: true });
      const { kind } = await client.statusServer();
      signal.removeEventListener("abort", close);
      return kind === "accept";
    }),
  );
  return answers.includes(true);
}
