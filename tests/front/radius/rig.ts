/**
 * Requests of gateways without sockets, and logins that come in by them.
 *
 * @module
 */

import { readRequest } from "../../../lib/front/radius/request.ts";
import type { LoginRequest } from "../../../lib/login/request.ts";
import { type Attribute, attributeType, textAttribute } from "../../../lib/radius/attributes.ts";
import { packetCode } from "../../../lib/radius/packet.ts";
import { hidePassword } from "../../../lib/radius/password.ts";
import type { AccessRequest } from "../../../lib/radius/request.ts";
import { Rig, type RigRequest } from "../../login/rig.ts";

const secret = new TextEncoder().encode("the-secret-of-the-rig");

/** A request as a test says it. */
export interface GatewayRequest extends RigRequest {
  /** Beside User-Name and User-Password. */
  readonly attributes?: readonly Attribute[];
}

/** A request that has passed the server's checks. `number` tells it from others. */
export function accessRequest(
  { user = "alice", field = "push", attributes = [], gateway = "192.0.2.1", signed = true }: GatewayRequest,
  number = 1,
  receivedAt = 0,
  section = "radius_server_duo_only",
): AccessRequest {
  const authenticator = crypto.getRandomValues(new Uint8Array(16));
  return {
    packet: {
      code: packetCode.accessRequest,
      identifier: number & 0xff,
      authenticator,
      attributes: [
        textAttribute(attributeType.userName, user),
        {
          type: attributeType.userPassword,
          value: hidePassword(new TextEncoder().encode(field), authenticator, secret),
        },
        ...attributes,
      ],
    },
    source: { address: gateway, port: 1_024 + number },
    secret,
    receivedAt,
    id: `rig-${number}`,
    signed,
    gateway: {
      network: { text: "0.0.0.0/0", family: 4, first: 0n, last: 0xffff_ffffn },
      secret,
      requireMessageAuthenticator: "false",
      limitProxyState: "false",
      section,
      number: 1,
      debug: false,
      rejectReplay: () => ({ kind: "reject" }),
      handler: () => Promise.reject(new Error("The rig asks the login itself")),
    },
  };
}

/** A rig whose requests come as packets. */
export class RadiusRig extends Rig<GatewayRequest> {
  #packets = 0;

  override request(asked: GatewayRequest = {}, section = "radius_server_duo_only"): LoginRequest {
    return readRequest(accessRequest(asked, ++this.#packets, this.clock.now(), section), {
      name: section,
      passwordEncoding: "utf-8",
      clientIpAttribute: { name: "Calling-Station-Id", type: attributeType.callingStationId, kind: "text" },
    });
  }
}
