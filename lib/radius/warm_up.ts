/**
 * Exercise for the codec before a port opens: the first packets are the slow ones, for what they need is loaded and compiled
 * only then, and whatever arrives meanwhile waits in the kernel, which holds 256 small datagrams.
 *
 * @module
 */

import { attributeType, getAttribute, textAttribute } from "./attributes.ts";
import { signRequest, verifyMessageAuthenticator } from "./authenticator.ts";
import { fingerprint } from "./fingerprint.ts";
import { decodePacket, encodePacket, packetCode } from "./packet.ts";
import { hidePassword, revealPassword } from "./password.ts";
import { encodeReply } from "./reply.ts";

/**
 * How often each step runs. After 20 to 50 rounds a burst that comes when the port opens loses nothing as long as the kernel
 * can hold it; 300 lose as little, and what they compile keeps 8 MB of memory.
 */
const rounds = 50;

/** Runs requests and their replies through the codec, so that nothing of it is cold. Takes a few milliseconds. */
export function warmUp(): void {
  const secret = new TextEncoder().encode("warm-up");
  for (let round = 0; round < rounds; round++) {
    const authenticator = new Uint8Array(16).fill(round & 0xff);
    const request = encodePacket({
      code: packetCode.accessRequest,
      identifier: round & 0xff,
      authenticator,
      attributes: [
        { type: attributeType.messageAuthenticator, value: new Uint8Array(16) },
        textAttribute(attributeType.userName, "warm-up"),
        { type: attributeType.userPassword, value: hidePassword(secret, authenticator, secret) },
        textAttribute(attributeType.callingStationId, "192.0.2.1"),
        { type: attributeType.proxyState, value: secret },
      ],
    });
    signRequest(request, secret);
    const decoded = decodePacket(request);
    if (decoded.kind === "malformed" || verifyMessageAuthenticator(request, authenticator, secret) !== "valid") {
      throw new Error("The codec does not understand its own packet");
    }
    fingerprint(decoded.packet, true);
    const hidden = getAttribute(decoded.packet, attributeType.userPassword);
    if (hidden) revealPassword(hidden, authenticator, secret);
    encodeReply(decoded.packet, { kind: "accept", message: "Success. Logging you in..." }, secret);
  }
}
