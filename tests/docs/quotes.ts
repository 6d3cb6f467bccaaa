/**
 * What the program really writes, to compare with what our documents quote of it: logs and events of a few worlds in which all
 * happens that the documents tell of.
 *
 * @module
 */

import { systemClock } from "../../lib/clock.ts";
import { type Attribute, attributeType, encodeVendorAttributes } from "../../lib/radius/attributes.ts";
import { RadiusClient } from "../../lib/radius/client.ts";
import { defaultApplications } from "../../lib/simulator/applications.ts";
import { sharedSecret, text, World } from "../kit/process_world.ts";

/** Lines of the operational log and auth events, as they were written. */
export interface Written {
  readonly log: readonly string[];
  readonly events: readonly string[];
}

/** The gateway that the documents speak of, one that never signs, the one of the world's markers, and a stranger. */
const gateways = { usual: "127.0.0.1", unsigned: "127.0.0.2", markers: "127.0.0.254", stranger: "127.0.0.77" } as const;

const clients: readonly string[] = [gateways.usual, gateways.unsigned, gateways.markers].flatMap((address, index) => [
  `radius_ip_${index + 1}=${address}`,
  `radius_secret_${index + 1}=${sharedSecret}`,
]);

const station = text(attributeType.callingStationId, "203.0.113.7");

/** Everything that the worlds have written. */
export async function writeAll(): Promise<Written> {
  const parts = await Promise.all([writeLogins(), writeOutage(), writeWrongKey(), writePrimaryOnly()]);
  return { log: parts.flatMap(({ log }) => log), events: parts.flatMap(({ events }) => events) };
}

/** What a world that has ended has written. */
function writtenBy(world: World): Written {
  return { log: world.log.split("\n"), events: world.events.map((event) => JSON.stringify(event)) };
}

/** Logins of all kinds, and what is no login. */
async function writeLogins(): Promise<Written> {
  await using world = await World.start({ main: ["debug=true"], lines: clients });
  await world.ask("alice", "push", [station]);
  for (
    const [user, field] of [
      ["bob", "push"],
      ["alice", "123456"],
      ["alice", "sms"],
      ["alice", "hunter2"],
      ["erin", "push"],
    ] as const
  ) await world.ask(user, field);
  await repeatAndJoin(world);
  await knockInVain(world);
  await world.settled();
  await world.stop();
  return writtenBy(world);
}

/** A request that comes again as it is, and once more with a new identifier. */
async function repeatAndJoin(world: World): Promise<void> {
  const session = new TextEncoder().encode("audit-session-id=c0000207004711");
  const attributes = [encodeVendorAttributes(9, [{ type: 1, value: session }])];
  const first = await world.begin("heidi", "push", attributes);
  await world.simulator.whenPending();
  await first.retransmit();
  const second = await world.begin("heidi", "push", attributes);
  await world.fence();
  for (const { number } of world.simulator.pending) world.simulator.answer(number, "approve");
  await Promise.all([first.result, second.result]);
}

/** Requests that are refused: by whom they come from, or by what they carry. */
async function knockInVain(world: World): Promise<void> {
  const other = "not-the-secret-of-this-gateway";
  await knock(world, gateways.stranger, sharedSecret, {});
  await knock(world, gateways.usual, other, {});
  await knock(world, gateways.usual, sharedSecret, { messageAuthenticator: false });
  await knock(world, gateways.unsigned, other, { messageAuthenticator: false, password: "a password of some length" });
  const response: Attribute = encodeVendorAttributes(311, [{ type: 25, value: new Uint8Array(50) }]);
  await world.gateway().login({ user: "alice", attributes: [response] });
}

/** One request that may get no answer; its line is in the log afterwards. */
async function knock(
  world: World,
  address: string,
  secret: string,
  request: { readonly messageAuthenticator?: boolean; readonly password?: string },
): Promise<void> {
  const lines = world.log.length;
  await using gateway = new RadiusClient({
    socket: Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 }),
    server: { hostname: "127.0.0.1", port: world.port },
    secret: new TextEncoder().encode(secret),
    clock: systemClock,
  });
  await gateway.begin({ user: "alice", password: "push", ...request });
  await world.until(() => /\[warning\]/.test(world.log.slice(lines)));
}

/** Duo goes away and comes back. */
async function writeOutage(): Promise<Written> {
  await using world = await World.start({ lines: [...clients, "failmode=safe"] });
  await world.simulator.setReachable(false);
  for (const user of ["alice", "bob", "carol"]) await world.ask(user, "push");
  await world.simulator.setReachable(true);
  await world.ask("alice", "push");
  await world.logged(/Duo answers again/);
  await world.stop();
  return writtenBy(world);
}

/** An skey that is not the application's. */
async function writeWrongKey(): Promise<Written> {
  const [application] = defaultApplications;
  if (application === undefined) throw new Error("The simulator has no application");
  await using world = await World.start({ lines: [...clients, "skey=Wq7LpZ2sVn8RkT4yXc6MbH1dGf3JtA9uEo5NiKwQ"] });
  await world.stop();
  return writtenBy(world);
}

/** An operator who knows that Duo is down. */
async function writePrimaryOnly(): Promise<Written> {
  await using world = await World.start({ lines: clients, args: ["--primary-only", "60"] });
  await world.stop();
  return writtenBy(world);
}

/** What differs from one run to the next, from one machine to the other, and between our worlds and our readers'. */
const differences: readonly (readonly [pattern: RegExp, shown: string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "TIME"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "UUID"],
  [/\b[0-9a-f]{8}-[0-9a-z]{1,4}\b/g, "ID"],
  [/\b0x[0-9a-f]{32}\b/g, "HEX"],
  [/\bDI[0-9A-Z]{18}\b/g, "IKEY"],
  [/\bapi-\w+\.duosecurity\.com\b|\b\d+\.\d+\.\d+\.\d+\b|\[::\]/g, "ADDRESS"],
  [/\bADDRESS:\d+/g, "ADDRESS:PORT"],
  [/\b(port|identifier)=\d+/g, "$1=N"],
  [/ in \d+\.\d s\b/g, " in TOOK"],
  [/, \d+ ms\b/g, ", TOOK"],
  [/\b\d+ (?:second|minute|hour)s?\b/g, "SPAN"],
  [/\b\d+ login\(s\)/g, "N login(s)"],
  [/\S+\/authproxy\.cfg\b/g, "FILE"],
  [/"(latency_ms|seq)":\d+/g, '"$1":N'],
  [/"hostname":"[^"]*"/g, '"hostname":"NAME"'],
];

/** A line without what may differ. */
export function normalized(line: string): string {
  return differences.reduce((text, [pattern, shown]) => text.replaceAll(pattern, shown), line);
}
