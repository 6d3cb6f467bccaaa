/**
 * FreeRADIUS and radsecproxy between the gateway and us.
 *
 * @module
 */

import { processSecret, proxiedSecret } from "../kit/planted_secrets.ts";
import { assert, assertEquals } from "@std/assert";
import { verifyResponseAuthenticator } from "../../lib/radius/authenticator.ts";
import { decodePacket } from "../../lib/radius/packet.ts";
import { attributeType } from "../../lib/radius/attributes.ts";
import { type RadiusPlace, startFreeRadiusProxy } from "../../scripts/lab/free_radius.ts";
import type { Peer } from "../../scripts/lab/peer.ts";
import { labPrograms } from "../../scripts/lab/programs.ts";
import { radclient, textOf } from "../../scripts/lab/radclient.ts";
import { startRadsecproxy } from "../../scripts/lab/radsecproxy.ts";
import { freePort } from "../kit/world.ts";
import { Lab, labTest } from "./support/lab.ts";
import { Relay } from "./support/relay.ts";

/** RADIUS proxies that stand between gateways and ours in the field. */
const proxies = [
  { name: "FreeRADIUS", program: labPrograms.freeradius, start: startFreeRadiusProxy },
  { name: "radsecproxy", program: labPrograms.radsecproxy, start: startRadsecproxy },
] as const;

const secret = proxiedSecret;
const ours = new TextEncoder().encode(processSecret);

for (const { name, program: proxy, start } of proxies) {
  for (const version of [1, 2] as const) {
    labTest([labPrograms.radclient, proxy], `logins go through ${name} (version ${version})`, async (program) => {
      await using lab = await Lab.start({ program, version });
      await using relay = new Relay(lab.port);
      const own: RadiusPlace = { port: freePort(), secret };
      await using _peer: Peer = await start(own, { ...lab.place, port: relay.port });
      for (
        const [user, typed, code, text] of [
          ["alice", "push2", "Access-Accept", "Success. Logging you in..."],
          ["bob", "push", "Access-Reject", "Login request denied."],
          ["alice", "123456", "Access-Accept", "Success. Logging you in..."],
        ] as const
      ) {
        const answer = await radclient({
          server: `127.0.0.1:${own.port}`,
          secret,
          attributes: [
            `User-Name="${user}"`,
            `User-Password="${typed}"`,
            "Proxy-State=0x6f7574657231",
            "Proxy-State=0x6f7574657232",
            "Message-Authenticator=0x00",
          ],
        });
        assertEquals([answer.code, textOf(answer, "Reply-Message")], [code, text], answer.output);
        const states = answer.attributes.filter((attribute) => attribute.name === "Proxy-State");
        assertEquals(states.map(({ value }) => value), ["0x6f7574657231", "0x6f7574657232"], answer.output);
      }
      assertEquals([lab.asked("preauth"), lab.asked("auth")], [3, 3]);
      // Ours gave back whatever stood in each request, in its order.
      const requests = relay.requests.filter((bytes) => bytes[0] === 1);
      // On a machine that is slow a proxy repeats what it waits for, octet by octet.
      const logins = [...new Map(requests.map((bytes) => [bytes.toHex(), bytes])).values()];
      assertEquals(logins.length, 3);
      for (const bytes of logins) {
        // An identifier may come twice; the Response Authenticator is of this request alone.
        const reply = relay.replies.find((other) => verifyResponseAuthenticator(other, bytes.subarray(4, 20), ours));
        assert(reply !== undefined, "every request is answered");
        assertEquals(proxyStates(reply), proxyStates(bytes));
        assertEquals(reply[20], attributeType.messageAuthenticator);
      }
    });
  }

  labTest([labPrograms.radclient, proxy], `what ${name} repeats is one push`, async (program) => {
    await using lab = await Lab.start({ program, version: 1 });
    await using relay = new Relay(lab.port);
    const own: RadiusPlace = { port: freePort(), secret };
    await using _peer: Peer = await start(own, { ...lab.place, port: relay.port });
    const asked = radclient({
      server: `127.0.0.1:${own.port}`,
      secret,
      attributes: ['User-Name="heidi"', 'User-Password="push"', "Message-Authenticator=0x00"],
      wait: 0.5,
      repeats: 40,
    });
    const [push] = await lab.simulator.whenPending();
    // Until the same login has come three times.
    for (let count = 1; relay.requests.filter((bytes) => bytes[0] === 1).length < 3; count++) {
      await relay.whenRequests(count);
    }
    lab.simulator.answer(push?.number ?? -1, "approve");
    const answer = await asked;
    assertEquals(answer.code, "Access-Accept", answer.output);
    assertEquals([lab.asked("preauth"), lab.asked("auth"), lab.simulator.pending.length], [1, 1, 0]);
  });
}

function proxyStates(bytes: Uint8Array): readonly string[] {
  const decoded = decodePacket(bytes);
  if (decoded.kind === "malformed") throw new Error("malformed");
  return decoded.packet.attributes
    .filter(({ type }) => type === attributeType.proxyState)
    .map(({ value }) => value.toHex());
}
