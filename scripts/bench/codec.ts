/**
 * What the codec does with a login, without sockets: decode, verify, reveal the password, encode and sign the reply; and
 * beside it the digests alone that RADIUS asks for, which no codec can save.
 *
 * @module
 */

import { createHash, createHmac, randomBytes } from "node:crypto";
import { attributeType, getAttribute, textAttribute } from "../../lib/radius/attributes.ts";
import { signRequest, verifyMessageAuthenticator } from "../../lib/radius/authenticator.ts";
import { decodePacket, encodePacket, packetCode } from "../../lib/radius/packet.ts";
import { hidePassword, revealPassword } from "../../lib/radius/password.ts";
import { encodeReply } from "../../lib/radius/reply.ts";

/** How fast it was. */
export interface CodecResult {
  /** Requests read and replies made, a second, on one processor. */
  readonly packets: number;
  /** The same with the digests alone. */
  readonly digests: number;
}

const secret = new TextEncoder().encode("the secret of the bench");

/** Runs both, in turns, over `count` packets. */
export function measureCodec(count: number): CodecResult {
  const requests = Array.from({ length: 64 }, makeRequest);
  let codec = 0;
  let digests = 0;
  const turns = 4;
  // The first turn is for the compiler.
  for (let turn = 0; turn <= turns; turn++) {
    const [codecTime, digestTime] = [time(requests, count / turns, handle), time(requests, count / turns, digestOnly)];
    if (turn === 0) continue;
    codec += codecTime;
    digests += digestTime;
  }
  return { packets: count / codec, digests: count / digests };
}

function time(requests: readonly Uint8Array[], count: number, use: (request: Uint8Array) => number): number {
  const begun = performance.now();
  let octets = 0;
  for (let index = 0; index < count; index++) {
    const request = requests[index % requests.length];
    if (request !== undefined) octets += use(request);
  }
  if (octets === 0) throw new Error("Nothing was done");
  return (performance.now() - begun) / 1_000;
}

function makeRequest(): Uint8Array {
  const authenticator = randomBytes(16);
  const request = encodePacket({
    code: packetCode.accessRequest,
    identifier: authenticator[0] ?? 0,
    authenticator,
    attributes: [
      { type: attributeType.messageAuthenticator, value: new Uint8Array(16) },
      textAttribute(attributeType.userName, "alice@example.com"),
      {
        type: attributeType.userPassword,
        value: hidePassword(new TextEncoder().encode("push"), authenticator, secret),
      },
      textAttribute(attributeType.callingStationId, "203.0.113.7"),
      { type: attributeType.proxyState, value: authenticator },
    ],
  });
  signRequest(request, secret);
  return request;
}

function handle(request: Uint8Array): number {
  const decoded = decodePacket(request);
  if (decoded.kind === "malformed") throw new Error("The codec does not understand its own packet");
  const { packet } = decoded;
  if (verifyMessageAuthenticator(request, packet.authenticator, secret) !== "valid") {
    throw new Error("The codec does not believe its own packet");
  }
  const hidden = getAttribute(packet, attributeType.userPassword);
  const password = hidden && revealPassword(hidden, packet.authenticator, secret);
  if (password === undefined) throw new Error("The codec does not find its own password");
  return encodeReply(packet, { kind: "accept", message: "Success. Logging you in..." }, secret).length;
}

/** Message-Authenticator of request and reply, the password's block, the Response Authenticator. */
function digestOnly(request: Uint8Array): number {
  const verified = createHmac("md5", secret).update(request).digest();
  const revealed = createHash("md5").update(secret).update(request.subarray(4, 20)).digest();
  const signed = createHmac("md5", secret).update(request).digest();
  const answered = createHash("md5").update(request).update(secret).digest();
  return verified.length + revealed.length + signed.length + answered.length;
}
