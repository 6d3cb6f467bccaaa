/**
 * Who asks, and with what, out of a request.
 *
 * @module
 */

import type { AuthStage } from "../../login/events.ts";
import type { Claim, Credentials, Refusal } from "../../login/request.ts";
import { type Attribute, attributeType, getAttribute, getVendorAttribute } from "../../radius/attributes.ts";
import type { Packet } from "../../radius/packet.ts";
import { revealPassword } from "../../radius/password.ts";
import type { AccessRequest } from "../../radius/request.ts";
import { holdsControl, holdsInvisible, trimBlanks } from "../../text.ts";
import { readLoginKey } from "./login_key.ts";

/** A request that can't be a login here. */
export interface RefusedClaim extends Refusal {
  /** EAP-Failure for a request with EAP: goes into the reply instead of a text (RFC 3579 sections 2.6.3 and 2.6.5). */
  readonly eapFailure?: Attribute;
}

/** What of a section decides how its requests are read. */
export interface ReadingRules {
  readonly name: string;
  /** How gateways encode what is typed: a label that `TextDecoder` knows. */
  readonly passwordEncoding: string;
}

const microsoft = 311;
const msChapResponse = 1;
const msChap2Response = 25;

const msChapHint =
  "The gateway uses MS-CHAP, with which the password field never reaches the proxy: switch it to PAP. On a Cisco ASA " +
  'clear "Microsoft CHAPv2 Capable" of the AAA server (no mschapv2-capable) and use no password-management in the tunnel group';

/** Takes the user's name out of a request, and whatever the password field comes to when it is needed. */
export function readClaim(request: AccessRequest, rules: ReadingRules): Claim | RefusedClaim {
  const { packet } = request;
  const octets = getAttribute(packet, attributeType.userName);
  if (!octets) return refuse("no-user-name", "No username provided", "Primary authentication");
  const user = readUserName(octets);
  if (user === undefined) {
    return refuse(
      "bad-user-name",
      "Invalid username",
      "Primary authentication",
      "User-Name is empty, is no UTF-8, or holds control or format characters",
    );
  }
  const hidden = getAttribute(packet, attributeType.userPassword);
  if (!hidden) return { ...withoutPassword(packet), user };
  return { kind: "claim", user, readCredentials: () => readCredentials(request, hidden, rules) };
}

/**
 * Takes the password out of the field. In an unsigned request nothing but the field itself can show that the gateway has our
 * secret, so text with a control character, or with a NUL before its end, is taken for noise.
 */
function readCredentials(request: AccessRequest, hidden: Uint8Array, rules: ReadingRules): Credentials | Refusal {
  const { packet, secret, signed, source } = request;
  const { name, passwordEncoding } = rules;
  const octets = revealPassword(hidden, packet.authenticator, secret);
  const password = decode(octets, passwordEncoding);
  if (password !== undefined && (signed || !holdsControl(password))) {
    const state = getAttribute(packet, attributeType.state);
    return { kind: "credentials", password, state, key: readLoginKey(request, name, octets) };
  }
  const hint = signed
    ? `what was typed is no text in pw_codec=${passwordEncoding}: set pw_codec to the encoding that gateway ${source.address} uses`
    : `gateway ${source.address} and this proxy have different shared secrets, or pw_codec=${passwordEncoding} is not the ` +
      "gateway's encoding";
  return refuse("undecodable-password", "Cannot decode password", "Unknown", hint);
}

/**
 * The refusal of an automatic factor to a request whose password field may be noise; undefined if it can't. Any encoding but UTF-8
 * takes a good part of all octets for text. An unsigned request must not ring a phone then, for anybody can send one under a
 * gateway's address.
 */
export function refuseAutomatic(
  { signed, source }: AccessRequest,
  { passwordEncoding }: ReadingRules,
): Refusal | undefined {
  if (signed || passwordEncoding === "utf-8") return undefined;
  return refuse(
    "unsigned-automatic",
    "Enter push, phone, sms or a passcode",
    "Secondary authentication",
    `with pw_codec=${passwordEncoding} an automatic push or call needs a signed request: switch on Message-Authenticator at ` +
      `gateway ${source.address}`,
  );
}

function readUserName(octets: Uint8Array): string | undefined {
  const name = decode(octets, "utf-8");
  // U+FFFD stands for what somebody before us could not decode.
  if (name === undefined || holdsInvisible(name) || name.includes("\ufffd")) return undefined;
  const trimmed = trimBlanks(name);
  return trimmed === "" ? undefined : trimmed;
}

function withoutPassword(packet: Packet): RefusedClaim {
  const noPassword = "Missing or improperly-formatted password";
  if (getVendorAttribute(packet, microsoft, msChap2Response) || getVendorAttribute(packet, microsoft, msChapResponse)) {
    return refuse("mschap", noPassword, "Primary authentication", msChapHint);
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

function refuse(reason: string, text: string, stage: AuthStage, hint?: string): Refusal {
  return { kind: "refused", reason, text, stage, ...(hint === undefined ? {} : { event: `${text}: ${hint}` }) };
}

function decode(octets: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}
