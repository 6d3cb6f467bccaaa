/**
 * An Access-Request as a login sees it.
 *
 * @module
 */

import type { Claim, LoginRequest } from "../../login/request.ts";
import { getDefined } from "../../radius/attributes.ts";
import type { AttributeDefinition } from "../../radius/dictionary.ts";
import type { AccessRequest } from "../../radius/request.ts";
import { formatValue } from "../../radius/value.ts";
import { readClientIp } from "../client_ip.ts";
import { comesFromBrowser } from "./browser.ts";
import { readClaim, type ReadingRules, refuseAutomatic, type RefusedClaim } from "./credentials.ts";

/** What of a section decides how its requests are read. */
export interface RequestRules extends ReadingRules {
  /** The attribute that says where the user is. */
  readonly clientIpAttribute: AttributeDefinition;
}

/** A login that came by RADIUS. */
export interface RadiusLogin extends LoginRequest {
  readonly claim: Claim | RefusedClaim;
}

/** Reads a request that has passed the server's checks. The password field is left alone until the login asks for it. */
export function readRequest(request: AccessRequest, rules: RequestRules): RadiusLogin {
  const { id, receivedAt, source, signed, packet } = request;
  const address = getDefined(packet, rules.clientIpAttribute);
  return {
    id,
    receivedAt,
    door: "radius",
    peer: source,
    signed,
    clientIp: readClientIp(address && formatValue(rules.clientIpAttribute, address)),
    fromBrowser: comesFromBrowser(packet),
    claim: readClaim(request, rules),
    automaticRefusal: refuseAutomatic(request, rules),
  };
}
