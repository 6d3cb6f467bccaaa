/**
 * What `auto` learns of gateways, and what nobody can make it learn.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Attribute, attributeType, textAttribute } from "../../lib/radius/attributes.ts";
import type { ServedGateway } from "../../lib/radius/request.ts";
import { SigningMemory } from "../../lib/radius/signing.ts";
import { settle } from "../kit/fake_clock.ts";
import { accessRequest, mustDecode, octets, type RequestParts } from "./packets.ts";
import { secret, served, ServerFixture } from "./server_fixture.ts";
import { FakeSocket, peer } from "./sockets.ts";

const [alpha, beta] = ["192.0.2.1", "192.0.2.2"];

/** How a gateway names itself. */
function named(name: string, address?: readonly number[]): readonly Attribute[] {
  const identifier = textAttribute(attributeType.nasIdentifier, name);
  return address === undefined
    ? [identifier]
    : [identifier, { type: attributeType.nasIpAddress, value: Uint8Array.from(address) }];
}

/** A server with `auto` for all gateways of a network. */
class Rig implements AsyncDisposable {
  readonly socket = new FakeSocket();
  readonly signing = new SigningMemory();
  readonly fixture: ServerFixture;

  constructor(gateways: readonly ServedGateway[] = [served({ network: "192.0.2.0/24", number: 7 })]) {
    this.fixture = new ServerFixture(this.socket, gateways, {}, { signing: this.signing });
  }

  /** Whether a request is answered. */
  async asks(hostname: string, parts: RequestParts | Uint8Array): Promise<boolean> {
    const bytes = parts instanceof Uint8Array ? parts : accessRequest(secret, { user: "alice", ...parts });
    this.socket.deliver(bytes, peer(hostname));
    await settle();
    return this.socket.sent.splice(0).length > 0;
  }

  /** The log's lines of a level. */
  lines(level: string): readonly string[] {
    return this.fixture.observer.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
  }
}

for (const pass of [0, 31_000]) {
  Deno.test(`a captured request sent ${pass / 1_000} s later under the address of a gateway that doesn't sign locks it not out`, async () => {
    await using rig = new Rig();
    const captured = accessRequest(secret, { user: "alice" });
    assert(await rig.asks(alpha, captured));
    await rig.fixture.clock.advance(pass);
    await rig.asks(beta, captured);
    assert(await rig.asks(beta, { signature: "none" }));
    assert(!await rig.asks(alpha, { signature: "none" }), "the one that signed is known for it");
  });
}

Deno.test("a captured request of a gateway that gives one Request Authenticator to all of them locks nobody out", async () => {
  await using rig = new Rig();
  const authenticator = new Uint8Array(16);
  const captured = accessRequest(secret, { user: "alice", authenticator });
  for (const bytes of [captured, accessRequest(secret, { user: "bob", authenticator })]) await rig.asks(alpha, bytes);
  await rig.fixture.clock.advance(31_000);
  await rig.asks(beta, captured);
  assert(await rig.asks(beta, { signature: "none" }));
});

Deno.test("several gateways behind one address, of which one signs, are all served, and a warning names the option once", async () => {
  await using rig = new Rig();
  assert(await rig.asks(alpha, { signature: "none", attributes: named("old", [10, 0, 0, 1]) }));
  for (let count = 0; count < 3; count++) assert(await rig.asks(alpha, { attributes: named("new", [10, 0, 0, 2]) }));
  assert(await rig.asks(alpha, { signature: "none", attributes: named("old", [10, 0, 0, 1]) }));
  const [warning, ...more] = rig.lines("warning");
  assertMatch(warning ?? "", /192\.0\.2\.1 .*several gateways.*radius_require_message_authenticator_7/);
  assertEquals(more, []);
  assertEquals(rig.lines("info"), []);
});

for (
  const [what, unsigned, signed] of [
    ["NAS-Identifier", named("old"), named("new")],
    ["NAS-IP-Address", named("one", [10, 0, 0, 1]), named("one", [10, 0, 0, 2])],
  ] as const
) {
  Deno.test(`auto learns nothing from an address whose unsigned requests carry another ${what}`, async () => {
    await using rig = new Rig();
    await rig.asks(alpha, { signature: "none", attributes: unsigned });
    await rig.asks(alpha, { attributes: signed });
    assert(await rig.asks(alpha, { signature: "none", attributes: unsigned }));
  });
}

Deno.test("a gateway that begins to sign is learned, and the log names the line that makes it last", async () => {
  await using rig = new Rig([
    served({ network: "192.0.2.1", number: 3 }),
    served({ network: "192.0.2.0/24", number: 7 }),
    served({ network: "198.51.100.1", requireMessageAuthenticator: "false", limitProxyState: "auto" }),
  ]);
  for (const address of [alpha, beta]) {
    assert(await rig.asks(address, { signature: "none", attributes: named("asa") }));
    assert(await rig.asks(address, { attributes: named("asa") }));
    assert(!await rig.asks(address, { signature: "none", attributes: named("asa") }));
  }
  await rig.asks("198.51.100.1", {});
  const [first, second, third] = rig.lines("info");
  assertMatch(
    first ?? "",
    /required from it from now on; radius_require_message_authenticator_3=true makes that last$/,
  );
  assertMatch(second ?? "", /_7=true \(for all of 192\.0\.2\.0\/24\) makes that last$/);
  assertMatch(third ?? "", /where there is Proxy-State from now on; limit_proxy_state=true makes that last$/);
});

Deno.test("what was learned is not unlearned by a request that anybody can forge", async () => {
  await using rig = new Rig();
  assert(await rig.asks(alpha, { attributes: named("asa") }));
  for (const name of ["other", "third", "asa"]) {
    assert(!await rig.asks(alpha, { signature: "none", attributes: named(name) }));
  }
  assert(await rig.asks(alpha, { attributes: named("asa") }));
  assert(!await rig.asks(alpha, { signature: "none", attributes: named("other") }));
});

Deno.test("what was learned for requests with Proxy-State is not unlearned either", async () => {
  await using rig = new Rig([served({ network: "192.0.2.0/24", requireMessageAuthenticator: "false" })]);
  assert(await rig.asks(alpha, { attributes: named("asa") }));
  assert(await rig.asks(alpha, { signature: "none", attributes: named("other") }));
  const forged = [...named("other"), textAttribute(attributeType.proxyState, "1")];
  assert(!await rig.asks(alpha, { signature: "none", attributes: forged }));
});

for (
  const [what, change, kept] of [
    ["nothing", {}, true],
    ["its number", { number: 8 }, true],
    ["the secret", { secret: octets("another secret") }, false],
    ["the network", { network: "192.0.2.0-192.0.2.9" }, false],
    ["the rule", { limitProxyState: "false" }, false],
    ["the section", { section: "radius_server_auto2" }, false],
  ] as const
) {
  Deno.test(`what was learned is ${kept ? "kept" : "forgotten"} over a reload that changes ${what}`, async () => {
    await using rig = new Rig();
    assert(await rig.asks(alpha, {}));
    const after = served({ network: "192.0.2.0/24", number: 7, ...change });
    rig.fixture.server.setGateways([after]);
    assertEquals(await rig.asks(alpha, accessRequest(after.secret, { user: "alice", signature: "none" })), !kept);
  });
}

Deno.test("a section learns for itself: another service of the gateway need not sign", () => {
  const memory = new SigningMemory();
  const packet = mustDecode(accessRequest(secret, { user: "alice" }));
  const [vpn, wifi] = [served({ section: "vpn" }), served({ section: "wifi" })];
  assertEquals(memory.noteSigned(alpha, vpn, packet), "learned");
  assertEquals([memory.signs(alpha, vpn), memory.signs(alpha, wifi)], [true, false]);
});

Deno.test("the list has each gateway as signing, not signing or unknown", async () => {
  const gateways = [
    served({ network: "192.0.2.0/24", number: 1 }),
    served({ network: "198.51.100.1", number: 2 }),
    served({ network: "198.51.100.2", number: 3 }),
  ];
  await using rig = new Rig(gateways);
  await rig.asks(alpha, { attributes: named("signs") });
  await rig.asks(beta, { attributes: named("does not"), signature: "none" });
  await rig.asks("192.0.2.3", { attributes: named("one"), signature: "none" });
  await rig.asks("192.0.2.3", { attributes: named("other") });
  await rig.asks("198.51.100.1", { attributes: named("began"), signature: "none" });
  await rig.asks("198.51.100.1", { attributes: named("began") });
  assertEquals(
    rig.signing.list(gateways).map(({ address, state }) => [address, state]).toSorted(),
    [
      ["192.0.2.1", "signing"],
      ["192.0.2.2", "not-signing"],
      ["192.0.2.3", "not-signing"],
      ["198.51.100.1", "signing"],
      ["198.51.100.2", "unknown"],
    ],
  );
});

Deno.test("as many addresses are remembered as may be, whoever sends", () => {
  const memory = new SigningMemory(100);
  const own = served({ network: "10.0.0.0/8" });
  const packet = mustDecode(accessRequest(secret, { user: "alice" }));
  for (let index = 0; index < 1_000; index++) {
    memory.noteUnsigned(`10.0.${index >> 8}.${index & 0xff}`, own, packet);
    memory.noteSigned(`10.1.${index >> 8}.${index & 0xff}`, own, packet);
    const { signing, unsigned } = memory.remembered;
    assert(signing <= 100 && unsigned <= 100);
  }
  assert(memory.signs("10.1.0.0", own), "what was learned stays");
});
