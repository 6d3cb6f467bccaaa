/**
 * Everything that happens to a request before an endpoint sees it: route, credentials, date, content type, parameters,
 * signature, application type; in this order.
 *
 * @module
 */

import { type Endpoint, refuses, type SimulatedApplication } from "./applications.ts";
import { fieldOf } from "../net/http_head.ts";
import type { RequestHead } from "./http_message.ts";
import { type Pairs, parseForm, parseJsonBody } from "./parameters.ts";
import { fail, type Failure, wrongTypeDetail } from "./reply.ts";
import { dateTolerance, parseDate, verifySignature } from "./verify_signature.ts";

/** An endpoint in one of the versions. */
export interface Route {
  readonly version: 1 | 2;
  readonly endpoint: Endpoint;
  readonly method: "GET" | "POST";
  readonly signed: boolean;
}

function route(version: 1 | 2, endpoint: Endpoint, method: "GET" | "POST", signed = true): Route {
  return { version, endpoint, method, signed };
}

const routes: ReadonlyMap<string, Route> = new Map([
  ["/rest/v1/ping", route(1, "ping", "GET", false)],
  ["/rest/v1/check", route(1, "check", "GET")],
  ["/rest/v1/logo", route(1, "logo", "GET")],
  ["/rest/v1/preauth", route(1, "preauth", "POST")],
  ["/rest/v1/auth", route(1, "auth", "POST")],
  ["/rest/v1/status", route(1, "auth_status", "GET")],
  ["/auth/v2/ping", route(2, "ping", "GET", false)],
  ["/auth/v2/check", route(2, "check", "GET")],
  ["/auth/v2/logo", route(2, "logo", "GET")],
  ["/auth/v2/preauth", route(2, "preauth", "POST")],
  ["/auth/v2/auth", route(2, "auth", "POST")],
  ["/auth/v2/auth_status", route(2, "auth_status", "GET")],
  ["/auth/v2/enroll", route(2, "enroll", "POST")],
  ["/auth/v2/enroll_status", route(2, "enroll_status", "POST")],
]);

/** The endpoint behind a path, or undefined. */
export function findRoute(path: string): Route | undefined {
  return routes.get(path);
}

/** What a request says, read but not yet believed. */
export interface Reading {
  readonly credentials: { readonly ikey: string; readonly signature: string } | undefined;
  /** Undefined if query or body can't be decoded. */
  readonly params: Pairs | undefined;
  readonly content: "none" | "form" | "json" | "other";
}

/** Reads query, body and credentials. */
export function read(head: RequestHead, body: Uint8Array): Reading {
  const type = (fieldOf(head.headers, "content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const content = type === "application/x-www-form-urlencoded"
    ? "form"
    : type === "application/json"
    ? "json"
    : type === "" && body.length === 0
    ? "none"
    : "other";
  return { credentials: readCredentials(head), params: readParams(head, body, content), content };
}

/** The `ikey` of a request whose body isn't read yet; undefined if there is none. */
export function readIkey(head: RequestHead): string | undefined {
  return readCredentials(head)?.ikey;
}

function readCredentials(head: RequestHead): { readonly ikey: string; readonly signature: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(fieldOf(head.headers, "authorization") ?? "")?.[1];
  if (encoded === undefined) return undefined;
  let text: string;
  try {
    text = atob(encoded);
  } catch {
    return undefined;
  }
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { ikey: text.slice(0, colon), signature: text.slice(colon + 1) };
}

function readParams(head: RequestHead, body: Uint8Array, content: Reading["content"]): Pairs | undefined {
  const query = parseForm(head.query);
  if (query === undefined) return undefined;
  if (content !== "form" && content !== "json") return query;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
  const pairs = content === "form" ? parseForm(text) : text === "" ? [] : parseJsonBody(text);
  return pairs === undefined ? undefined : [...query, ...pairs];
}

/** A request that may go on to its endpoint. */
export interface Admission {
  readonly kind: "admitted";
  readonly application: SimulatedApplication;
  readonly params: ReadonlyMap<string, string>;
  /** Such as `v2 sha1`. */
  readonly signature: string;
}

/** Checks a request for a signed endpoint. `now` is the server's time in milliseconds since the epoch. */
export function admit(
  { head, body, reading, target, applications, now }: {
    readonly head: RequestHead;
    readonly body: Uint8Array;
    readonly reading: Reading;
    readonly target: Route;
    readonly applications: readonly SimulatedApplication[];
    readonly now: number;
  },
): Admission | Failure {
  if (reading.credentials === undefined) return fail(40101);
  const { ikey, signature } = reading.credentials;
  const application = applications.find((candidate) => candidate.ikey === ikey);
  if (application === undefined) return fail(40102);
  const access = target.version === 1 ? application.v1 : application.v2;
  const refused = refuses(access, target.endpoint);
  if (refused && access.code === 40102) return fail(40102);

  const date = fieldOf(head.headers, "x-duo-date") ?? fieldOf(head.headers, "date");
  if (date === undefined || date === "") return fail(40104);
  const time = parseDate(date);
  if (time === undefined || Math.abs(time - now) > dateTolerance) return fail(40105);

  const post = target.method === "POST";
  // No client is known to send JSON to v1.
  const acceptable = post ? reading.content === "form" || (reading.content === "json" && target.version === 2) : true;
  if (!acceptable) return fail(40106);
  if (reading.params === undefined) return fail(40002);

  const json = post && reading.content === "json";
  const query = parseForm(head.query) ?? [];
  const form = verifySignature(
    {
      date,
      method: head.method,
      host: fieldOf(head.headers, "host") ?? "",
      path: head.path,
      // Of a JSON request the octets of the body are signed, not what they say. A form on GET is no part of the request.
      params: json || !post ? query : reading.params,
      json: json ? body : undefined,
      headers: head.headers,
    },
    application.skey,
    signature,
  );
  if (form === undefined) return fail(40103);
  if (refused) return fail(40301, wrongTypeDetail);

  const params = new Map<string, string>();
  for (const [name, value] of post ? reading.params : query) {
    if (params.has(name)) return fail(40002, name);
    params.set(name, value);
  }
  return { kind: "admitted", application, params, signature: `v${form.version} ${form.hash}` };
}
