import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { type Attribute, attributeType, getAllAttributes, textAttribute } from "../../lib/radius/attributes.ts";
import { verifyMessageAuthenticator, verifyResponseAuthenticator } from "../../lib/radius/authenticator.ts";
import { maxPacketLength, type Packet } from "../../lib/radius/packet.ts";
import { canBeAnswered, encodeReply } from "../../lib/radius/reply.ts";
import type { Response } from "../../lib/radius/response.ts";
import { fromHex, mustDecode, octets, packetVectors } from "./packets.ts";

const secret = octets("xyzzy5461");
const authenticator = fromHex("0f403f9473978057bd83d5cb98f4227a");

/** A request as the vectors' replies answer one. */
function request(attributes: readonly Attribute[] = []): Packet {
  return { code: 1, identifier: 0, authenticator, attributes };
}

function proxyState(length: number, octet = 0): Attribute {
  return { type: attributeType.proxyState, value: new Uint8Array(length).fill(octet) };
}

const one: Attribute = proxyState(1, 1);
const two: Attribute = proxyState(1, 2);
const vectorAnswers: readonly (readonly [id: string, answer: Response, attributes: readonly Attribute[]])[] = [
  ["ma-first-accept", { kind: "accept", message: "Success. Logging you in..." }, [one, two]],
  ["ma-first-reject", { kind: "reject" }, []],
];

for (const [id, answer, attributes] of vectorAnswers) {
  Deno.test(`encodeReply() reproduces ${id}`, () => {
    const expected = packetVectors.find((vector) => vector.id === id)?.response;
    assertEquals(encodeReply(request(attributes), answer, secret).toHex(), expected);
  });
}

Deno.test("encodeReply() makes a challenge that holds what the vector's does", () => {
  const state = { type: attributeType.state, value: fromHex("00112233445566778899aabbccddeeff") };
  const answer: Response = { kind: "challenge", message: "Enter a passcode:", attributes: [state] };
  const reply = mustDecode(encodeReply(request(), answer, secret));
  const vector = packetVectors.find(({ id }) => id === "ma-first-challenge");
  const expected = mustDecode(fromHex(vector?.response ?? ""));
  assertEquals(reply.code, expected.code);
  const inOrder = (packet: Packet): readonly Attribute[] =>
    packet.attributes.slice(1).toSorted((a, b) => a.type - b.type);
  assertEquals(inOrder(reply), inOrder(expected));
});

const long = "A very long message. ".repeat(500);
const manyStates = Array.from({ length: 200 }, (_, index) => proxyState(3, index));
const fewStates = [proxyState(253, 1), one, proxyState(253, 2)];
const answers: readonly Response[] = [
  { kind: "accept" },
  { kind: "accept", message: "Hello", attributes: [textAttribute(attributeType.class, "OU=Staff;")] },
  { kind: "challenge", message: long, attributes: [textAttribute(attributeType.state, "state")] },
  { kind: "reject", message: long },
];

for (const answer of answers) {
  for (const states of [[], [one, two], fewStates, manyStates]) {
    const message = answer.message?.length ?? 0;
    Deno.test(`a ${answer.kind} with ${message} characters and ${states.length} Proxy-States is sound`, () => {
      const asked = request([textAttribute(attributeType.userName, "alice"), ...states]);
      const bytes = encodeReply(asked, answer, secret);
      assert(bytes.length <= maxPacketLength);
      assert(verifyResponseAuthenticator(bytes, authenticator, secret));
      assertEquals(verifyMessageAuthenticator(bytes, authenticator, secret), "valid");
      const reply = mustDecode(bytes);
      assertEquals(reply.attributes[0]?.type, attributeType.messageAuthenticator);
      assertEquals(getAllAttributes(reply, attributeType.proxyState), states.map(({ value }) => value));
      for (const { type, value } of answer.attributes ?? []) assertEquals(getAllAttributes(reply, type), [value]);
      const text = getAllAttributes(reply, attributeType.replyMessage).map((value) => new TextDecoder().decode(value))
        .join("");
      assert((answer.message ?? "").startsWith(text));
      assertEquals(text === "", answer.message === undefined);
      assertFalse(reply.attributes.some(({ type }) => type === attributeType.userName));
    });
  }
}

Deno.test("a Reject carries no State, and nothing of a verdict takes the server's own attributes' place", () => {
  const attributes = [
    textAttribute(attributeType.state, "state"),
    proxyState(2),
    { type: attributeType.messageAuthenticator, value: new Uint8Array(16) },
  ];
  const reject = mustDecode(encodeReply(request([one]), { kind: "reject", attributes }, secret));
  assertEquals(reject.attributes.map(({ type }) => type), [80, 33]);
  assertEquals(getAllAttributes(reject, attributeType.proxyState), [one.value]);
});

Deno.test("canBeAnswered() knows how much Proxy-State a reply has room for", () => {
  // 4096 less the header of 20 and a Message-Authenticator of 18: 4058, of which fifteen full ones take 3825.
  const full = Array.from({ length: 15 }, () => proxyState(253));
  assert(canBeAnswered(request([...full, proxyState(231)])));
  assertFalse(canBeAnswered(request([...full, proxyState(232)])));
  const reply = encodeReply(request([...full, proxyState(231)]), { kind: "reject", message: "No" }, secret);
  assertEquals(reply.length, maxPacketLength);
});

Deno.test("encodeReply() refuses to leave attributes out", () => {
  const attributes = Array.from({ length: 16 }, () => ({ type: attributeType.class, value: new Uint8Array(253) }));
  assertThrows(() => encodeReply(request(), { kind: "accept", attributes }, secret), RangeError, "do not fit");
});
