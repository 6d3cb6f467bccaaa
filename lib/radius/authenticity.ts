/**
 * What a packet must prove: the policy about Message-Authenticator (RFC 3579, section 3.2; CVE-2024-3596).
 *
 * @module
 */

import { attributeType, hasAttribute } from "./attributes.ts";
import type { DropReason } from "./observer.ts";
import { type Packet, packetCode } from "./packet.ts";
import { canBeAnswered } from "./reply.ts";
import type { Requirement, ServedGateway } from "./request.ts";

/** Why a packet is dropped. */
export interface Refusal {
  readonly reason: DropReason;
  /** Ends a sentence for the log. */
  readonly what: string;
}

/**
 * What Message-Authenticator or its absence means for a packet of a known gateway.
 *
 * @param signs whether the address is known for sending a valid one of its own accord.
 * @returns undefined if the packet may pass.
 */
export function refusal(
  packet: Packet,
  signature: "valid" | "invalid" | "absent",
  gateway: Pick<ServedGateway, "requireMessageAuthenticator" | "limitProxyState" | "number">,
  signs: boolean,
): Refusal | undefined {
  const option = `radius_require_message_authenticator_${gateway.number}`;
  if (signature === "invalid") {
    return {
      reason: "bad-message-authenticator",
      what: "a packet with a wrong Message-Authenticator: the gateway's shared secret most likely differs from " +
        `radius_secret_${gateway.number}`,
    };
  }
  const hasProxyState = hasAttribute(packet, attributeType.proxyState);
  if (hasProxyState && !canBeAnswered(packet)) {
    return { reason: "malformed", what: "a packet with so much Proxy-State that no reply has room for it" };
  }
  if (signature === "valid") return undefined;
  const isStatus = packet.code === packetCode.statusServer;
  if (isStatus || hasAttribute(packet, attributeType.eapMessage)) {
    return {
      reason: "no-message-authenticator",
      what: `${
        isStatus ? "a Status-Server" : "an EAP request"
      } without Message-Authenticator, which RADIUS requires of it`,
    };
  }
  if (applies(gateway.requireMessageAuthenticator, signs)) {
    return {
      reason: "no-message-authenticator",
      what: gateway.requireMessageAuthenticator === "auto"
        ? "a request without Message-Authenticator: an earlier one from there had it. If several gateways share this address " +
          `and one can't send it, set ${option}=false`
        : `a request without Message-Authenticator: switch it on at the gateway, or set ${option}`,
    };
  }
  if (hasProxyState && applies(gateway.limitProxyState, signs)) {
    return {
      reason: "proxy-state",
      what: "a request with Proxy-State but without Message-Authenticator (limit_proxy_state)",
    };
  }
  return undefined;
}

function applies(requirement: Requirement, signs: boolean): boolean {
  return requirement === "true" || (requirement === "auto" && signs);
}
