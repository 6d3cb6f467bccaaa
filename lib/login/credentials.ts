/**
 * Who asks, and with what, out of a request.
 *
 * @module
 */

import { type Attribute, attributeType, getAttribute, getVendorAttribute } from "../radius/attributes.ts";
import { revealPassword } from "../radius/password.ts";
import type { AccessRequest } from "../radius/server.ts";
import type { AuthStage } from "./events.ts";

/** What a login begins with. */
export interface Credentials {
  readonly kind: "credentials";
  readonly user: string;
  /** The password field in clear. */
  readonly password: string;
  readonly passwordOctets: Uint8Array;
  /** State of a challenge that this request answers, if there is one. */
  readonly state: Uint8Array | undefined;
}

/** A request that can't be a login here. `hint` is for the operator's log. */
export interface RefusedCredentials {
  readonly kind: "refused";
  readonly reason: string;
  readonly text: string;
  readonly stage: AuthStage;
  readonly event?: string;
  readonly hint?: string;
  /** Who asked, if the request says so. */
  readonly user?: string;
  /** EAP-Failure for a request with EAP: goes into the reply instead of a text (RFC 3579 sections 2.6.3 and 2.6.5). */
  readonly eapFailure?: Attribute;
}

const microsoft = 311;
const msChapResponse = 1;
const msChap2Response = 25;

const msChapHint =
  "The gateway uses MS-CHAP, with which the password field never reaches the proxy: switch it to PAP. On a Cisco ASA " +
  'clear "Microsoft CHAPv2 Capable" of the AAA server (no mschapv2-capable) and use no password-management in the tunnel group';

/** Takes user name and password field out of a request. `encoding` is a label that `TextDecoder` knows. */
export function readCredentials(request: AccessRequest, encoding: string): Credentials | RefusedCredentials {
  const { packet, secret } = request;
  const userOctets = getAttribute(packet, attributeType.userName);
  const user = userOctets && new TextDecoder().decode(userOctets);
  if (!user) return refuse("no-user-name", "No username provided", "Primary authentication");

  const hidden = getAttribute(packet, attributeType.userPassword);
  if (!hidden) return { ...withoutPassword(request), user };
  const passwordOctets = revealPassword(hidden, packet.authenticator, secret);
  const password = decode(passwordOctets, encoding);
  if (password === undefined) {
    return refuse(
      "undecodable-password",
      "Cannot decode password",
      "Unknown",
      "The password is no text in pw_codec: most likely the gateway and the proxy have different shared secrets",
    );
  }
  const state = getAttribute(packet, attributeType.state);
  return { kind: "credentials", user, password, passwordOctets, state };
}

function withoutPassword({ packet }: AccessRequest): RefusedCredentials {
  const noPassword = "Missing or improperly-formatted password";
  if (getVendorAttribute(packet, microsoft, msChap2Response) || getVendorAttribute(packet, microsoft, msChapResponse)) {
    return { ...refuse("mschap", noPassword, "Primary authentication", msChapHint), event: msChapHint };
  }
  const eap = getAttribute(packet, attributeType.eapMessage);
  if (eap) {
    const hint = "The gateway uses EAP, which this section cannot check: switch it to PAP";
    return { ...refuse("eap", noPassword, "Primary authentication", hint), eapFailure: eapFailure(eap) };
  }
  if (getAttribute(packet, attributeType.chapPassword)) {
    return refuse(
      "chap",
      noPassword,
      "Primary authentication",
      "The gateway uses CHAP, which this section cannot check: switch it to PAP",
    );
  }
  return refuse("no-password", noPassword, "Primary authentication");
}

/** EAP-Failure to the packet that came: code 4, its identifier, length 4 (RFC 3748 section 4.2). */
function eapFailure(request: Uint8Array): Attribute {
  return { type: attributeType.eapMessage, value: Uint8Array.of(4, request[1] ?? 0, 0, 4) };
}

function refuse(reason: string, text: string, stage: AuthStage, hint?: string): RefusedCredentials {
  return { kind: "refused", reason, text, stage, ...(hint === undefined ? {} : { hint, event: `${text}: ${hint}` }) };
}

function decode(octets: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}
