import { assert, assertEquals } from "@std/assert";
import { handlerOf, type RadiusSection } from "../../../lib/front/radius/handler.ts";
import type { LogFields, LogLevel } from "../../../lib/login/events.ts";
import type { LoginRequest } from "../../../lib/login/request.ts";
import type { Verdict } from "../../../lib/login/verdict.ts";
import {
  type Attribute,
  attributeType,
  encodeVendorAttributes,
  textAttribute,
} from "../../../lib/radius/attributes.ts";
import type { AccessRequest } from "../../../lib/radius/request.ts";
import { accessRequest } from "./rig.ts";

/** A section whose logins the test decides itself. */
class Door {
  readonly logins: LoginRequest[] = [];
  readonly lines: (readonly [level: LogLevel, message: string, fields: LogFields | undefined])[] = [];
  verdict: Verdict = { kind: "reject", text: "No" };
  readonly section: RadiusSection;

  constructor(debug = false) {
    this.section = {
      name: "radius_server_duo_only",
      debug,
      passwordEncoding: "utf-8",
      clientIpAttribute: { name: "Calling-Station-Id", type: attributeType.callingStationId, kind: "text" },
      events: { log: (level, message, fields) => void this.lines.push([level, message, fields]) },
      logins: {
        login: (request) => {
          this.logins.push(request);
          return Promise.resolve(this.verdict);
        },
        rejectReplay: (request, report) => {
          this.logins.push(request);
          return { kind: "reject", text: report ? "reported" : "quiet" };
        },
      },
    };
  }
}

/** A request that carries these attributes alone. */
function only(...attributes: readonly Attribute[]): AccessRequest {
  const request = accessRequest({});
  return { ...request, packet: { ...request.packet, attributes } };
}

const name = textAttribute(attributeType.userName, " alice ");
const station = textAttribute(attributeType.callingStationId, "198.51.100.7:4500");
const clientless = encodeVendorAttributes(3076, [{ type: 150, value: Uint8Array.of(0, 0, 0, 3) }]);
const state = { type: attributeType.state, value: Uint8Array.of(1, 2, 3) };

Deno.test("a login is told who asks, from where, and with what when it asks for that", async () => {
  const door = new Door();
  const request = accessRequest({ user: " alice ", field: "push", attributes: [station, clientless, state] }, 7, 1_234);
  await handlerOf(door.section).handler(request);
  const [login] = door.logins;
  assert(login?.claim.kind === "claim");
  const { id, receivedAt, door: through, peer, signed, clientIp, fromBrowser, automaticRefusal, claim } = login;
  assertEquals({ id, receivedAt, through, peer, signed, clientIp, fromBrowser, automaticRefusal, user: claim.user }, {
    id: "rig-7",
    receivedAt: 1_234,
    through: "radius",
    peer: { address: "192.0.2.1", port: 1_031 },
    signed: true,
    clientIp: { text: "198.51.100.7:4500", ipv4: "198.51.100.7" },
    fromBrowser: true,
    automaticRefusal: undefined,
    user: "alice",
  });
  const credentials = claim.readCredentials();
  assert(credentials.kind === "credentials");
  assertEquals([credentials.password, credentials.state], ["push", state.value]);
});

/** What a request carries in the place of a password, and why it is refused. */
const refused: readonly (readonly [what: string, attributes: readonly Attribute[], reason: string])[] = [
  ["no name", [], "no-user-name"],
  ["no field", [name], "no-password"],
  ["CHAP", [name, { type: attributeType.chapPassword, value: new Uint8Array(17) }], "chap"],
  ["MS-CHAP", [name, encodeVendorAttributes(311, [{ type: 1, value: new Uint8Array(50) }])], "mschap"],
  ["MS-CHAP version 2", [name, encodeVendorAttributes(311, [{ type: 25, value: new Uint8Array(50) }])], "mschap"],
  ["EAP", [name, { type: attributeType.eapMessage, value: Uint8Array.of(2, 77, 0, 5, 1) }], "eap"],
];

for (const [what, attributes, reason] of refused) {
  Deno.test(`a request with ${what} comes to the login as refused, and the user as far as there is one`, async () => {
    const door = new Door();
    const { attributes: answer = [], message } = await handlerOf(door.section).handler(only(...attributes));
    const claim = door.logins[0]?.claim;
    assert(claim?.kind === "refused");
    assertEquals([claim.reason, claim.user], [reason, attributes.length === 0 ? undefined : "alice"]);
    const eapFailure = [{ type: attributeType.eapMessage, value: Uint8Array.of(4, 77, 0, 4) }];
    assertEquals([answer, message], reason === "eap" ? [eapFailure, undefined] : [[], "No"]);
  });
}

Deno.test("an unsigned request may start no automatic factor where its field may be noise", async () => {
  const door = new Door();
  for (const [signed, passwordEncoding] of [[true, "gbk"], [false, "utf-8"], [false, "gbk"]] as const) {
    await handlerOf({ ...door.section, passwordEncoding }).handler(accessRequest({ signed }));
  }
  assertEquals(door.logins.map(({ automaticRefusal }) => automaticRefusal?.reason), [
    undefined,
    undefined,
    "unsigned-automatic",
  ]);
});

Deno.test("a replay is answered by the verdict on replays, also one with EAP", () => {
  const { rejectReplay } = handlerOf(new Door().section);
  const eap = only(name, { type: attributeType.eapMessage, value: Uint8Array.of(2, 77, 0, 5, 1) });
  assertEquals([rejectReplay(accessRequest({}), false), rejectReplay(eap, true)], [
    { kind: "reject", message: "quiet" },
    { kind: "reject", message: "reported" },
  ]);
});

Deno.test("a group that is left out is a warning that names section, request and user", async () => {
  const door = new Door();
  door.verdict = { kind: "accept", text: "Welcome", groups: ["a;b"] };
  await handlerOf(door.section).handler(accessRequest({}));
  assertEquals(door.lines.map(([level, , fields]) => [level, fields]), [
    ["warning", { section: "radius_server_duo_only", request_id: "rig-1", user: "alice" }],
  ]);
});

Deno.test("debug lines show request and response without the password, and name the datagram", async () => {
  const door = new Door(true);
  await handlerOf(door.section).handler(accessRequest({ field: "hunter2" }, 7));
  const datagram = { address: "192.0.2.1", port: 1_031, identifier: 7 };
  const login = { section: "radius_server_duo_only", request_id: "rig-7" };
  assertEquals(door.lines, [
    ["debug", "Access-Request: User-Name=alice User-Password=*****", { ...login, user: null, ...datagram }],
    ["debug", "Answer: reject, Reply-Message=No", { ...login, user: "alice", ...datagram }],
  ]);
});
