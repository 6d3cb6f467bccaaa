import { assert, assertEquals } from "@std/assert";
import { LocalStatus } from "../../lib/radius/local_status.ts";
import { packetCode } from "../../lib/radius/packet.ts";
import type { ServedGateway } from "../../lib/radius/request.ts";
import { settle } from "../kit/fake_clock.ts";
import { accessRequest, mustDecode, octets } from "./packets.ts";
import { secret, served, ServerFixture } from "./server_fixture.ts";
import { FakeSocket, peer } from "./sockets.ts";

const question = accessRequest(secret, { code: packetCode.statusServer });

/** Asks from an address at a time; the socket is bound to 192.0.2.9. */
function ask(local: LocalStatus, now: number, bytes = question, address = "127.0.0.1"): ServedGateway | undefined {
  return local.find(bytes, mustDecode(bytes), address, "192.0.2.9", now);
}

function serving(...gateways: readonly ServedGateway[]): LocalStatus {
  const local = new LocalStatus(0);
  local.setGateways(gateways);
  return local;
}

Deno.test("a Status-Server from this machine belongs to the gateway whose secret it is signed with", () => {
  const own = served({ network: "192.0.2.1" });
  const local = serving(served({ network: "192.0.2.2", secret: octets("another") }), own);
  for (const address of ["127.0.0.1", "::1", "192.0.2.9"]) assertEquals(ask(local, 0, question, address), own);
  assertEquals(ask(local, 0, question, "192.0.2.8"), undefined);
  assertEquals(ask(local, 0, accessRequest(octets("guessed"), { code: packetCode.statusServer })), undefined);
  assertEquals(ask(local, 0, accessRequest(secret, { user: "alice" })), undefined);
});

Deno.test("of very many secrets sixteen are tried", () => {
  const others = Array.from({ length: 16 }, (_, index) => served({ secret: octets(`secret ${index}`) }));
  const own = served();
  assertEquals(ask(serving(...others, own), 0), undefined);
  assertEquals(ask(serving(...others.slice(1), own), 0), own);
});

Deno.test("how often secrets are tried is limited: 64 times at once, then four times a second", () => {
  const own = served();
  const local = serving(own);
  const answered = (now: number): number =>
    Array.from({ length: 10_000 }, () => ask(local, now)).filter((found) => found !== undefined).length;
  assertEquals(answered(0), 64);
  assertEquals([answered(1_000), answered(1_100), answered(3_000)], [4, 0, 8]);
  assertEquals(answered(1e9), 64);
});

Deno.test("a flood from this machine keeps nobody's logins and gateways' Status-Server from their answers", async () => {
  const socket = new FakeSocket();
  await using _fixture = new ServerFixture(socket, [served({ network: "192.0.2.1" })]);
  for (let count = 0; count < 1_000; count++) socket.deliver(question, peer("127.0.0.1", count + 1));
  socket.deliver(question, peer("192.0.2.1", 1));
  socket.deliver(accessRequest(secret, { user: "alice" }), peer("192.0.2.1", 2));
  while (socket.waiting > 0) await settle();
  await settle();
  assertEquals(socket.sent.length, 66);
  assert(socket.sent.slice(64).every(({ to }) => to.transport === "udp" && to.hostname === "192.0.2.1"));
});
