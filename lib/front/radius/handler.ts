/**
 * A section at its RADIUS door: an Access-Request becomes a login, and the login's verdict a response.
 *
 * @module
 */

import type { Events } from "../../login/events.ts";
import type { Verdict } from "../../login/verdict.ts";
import { describeAttributes } from "../../radius/describe.ts";
import type { AccessRequest, ServedGateway } from "../../radius/request.ts";
import type { Response } from "../../radius/response.ts";
import type { Logins } from "../front.ts";
import { type RadiusLogin, readRequest, type RequestRules } from "./request.ts";
import { toResponse } from "./response.ts";

/** A section, as far as this door goes. */
export interface RadiusSection extends RequestRules {
  /** Whether requests and responses are written to the log. */
  readonly debug: boolean;
  readonly events: Pick<Events, "log">;
  readonly logins: Logins;
}

/** What takes the requests of a section's gateways. */
export function handlerOf(section: RadiusSection): Pick<ServedGateway, "handler" | "rejectReplay"> {
  return {
    handler: async (request) => {
      if (section.debug) {
        trace(section, request, null, `Access-Request: ${describeAttributes(request.packet.attributes)}`);
      }
      const login = readRequest(request, section);
      const verdict = await section.logins.login(login);
      const response = eapFailure(login) ?? respond(section, login, verdict);
      if (section.debug) trace(section, request, login.claim.user ?? null, describeResponse(response));
      return response;
    },
    rejectReplay: (request, report) => {
      const login = readRequest(request, section);
      return respond(section, login, section.logins.rejectReplay(login, report));
    },
  };
}

/** A request with EAP that no login can begin with gets EAP's own answer, without a text. */
function eapFailure({ claim }: RadiusLogin): Response | undefined {
  return claim.kind === "refused" && claim.eapFailure ? { kind: "reject", attributes: [claim.eapFailure] } : undefined;
}

function respond({ name, events }: RadiusSection, { id, claim }: RadiusLogin, verdict: Verdict): Response {
  return toResponse(verdict, (message) => {
    events.log("warning", message, { section: name, request_id: id, user: claim.user ?? null });
  });
}

/** A debug line says which datagram it is about; the user is null until the request has been read. */
function trace({ name, events }: RadiusSection, request: AccessRequest, user: string | null, message: string): void {
  const { id, source: { address, port }, packet: { identifier } } = request;
  events.log("debug", message, { section: name, request_id: id, user, address, port, identifier });
}

function describeResponse({ kind, message = "", attributes = [] }: Response): string {
  return `Answer: ${kind}, Reply-Message=${message} ${describeAttributes(attributes)}`.trimEnd();
}
