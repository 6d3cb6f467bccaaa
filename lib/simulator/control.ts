/**
 * The control API: what a {@link DuoSimulator} can do and has seen, as plain HTTP with JSON on a loopback address, for tests
 * in other processes. `GET /` describes it.
 *
 * @module
 */

import * as v from "valibot";
import { type Clock, systemClock } from "../clock.ts";
import { authority } from "../net/authority.ts";
import { fieldOf } from "../net/http_head.ts";
import type { CallFilter } from "./calls.ts";
import { certificateKinds } from "./certificates.ts";
import type { Fault } from "./faults.ts";
import { type HttpReply, textReply } from "./http_message.ts";
import { type HttpRequest, HttpServer } from "./http_server.ts";
import type { ListenAddress } from "./listener.ts";
import { parseForm } from "./parameters.ts";
import type { Json } from "./reply.ts";
import type { DuoSimulator } from "./simulator.ts";
import { formatUser, parseUser, UsersFileError } from "./users_file.ts";

/** What `GET /` answers. */
export const controlHelp = `Control API of duoproxy's simulator. Replies are JSON; POST and PUT take JSON
(Content-Type: application/json).

GET    /                 this text
GET    /ca.pem           the certificate that clients have to trust
GET    /applications     the keys that are accepted, and which version of the API each may call
GET    /state            certificate, skew_seconds, reachable
GET    /counters         connections, calls by endpoint, pushes, phone calls, SMS, passcodes
GET    /calls            the transcript; ?path= ?version= ?ikey= ?user= ?outcome= ?after=NUMBER
DELETE /calls            forgets transcript and counts of calls
GET    /pending          pushes and calls that wait for an answer
POST   /pending/NUMBER   {"answer": "approve" | "deny" | "fraud" | "timeout"}
GET    /sms              codes sent and not used yet
GET    /users            all users
PUT    /users            one user, in the shape of the users file; replaces the one of that name
POST   /enroll           {"username": NAME}: NAME enrols a phone
GET    /faults           the faults that are set
POST   /faults           one fault, or a list; answers with the identifiers
DELETE /faults           removes all faults
DELETE /faults/NUMBER    removes one
PUT    /certificate      {"certificate": "good" | "other-ca" | "self-signed" | "wrong-name" | "expired"}
PUT    /clock            {"skew_seconds": NUMBER}
PUT    /reachable        {"reachable": true | false}: false closes the port
POST   /drop             {"connections": NUMBER}: the next NUMBER connections end before TLS begins
POST   /cut              {"which": "all" | "idle"}: cuts open connections
POST   /reset            back to the start

A fault is {"match": {...}, "do": {...}, "times": NUMBER}. Without "times" it stays until it is removed.
match: path (an endpoint's name or a whole path; v1's status is auth_status), version (1 or 2), ikey, user,
reused (not the first request of its connection), nth (only the Nth that matches). All are optional.
do: {"kind": KIND, ...}, where KIND is
  delay               ms                      waits, then goes on with the next fault that matches
  skew                seconds                 the server's clock is off for this request
  status              status, code, message, detail, retryAfter, xRetryAfter
  cut-before-read                             ends the connection before the body is read
  cut-after-read                              carries the request out, then ends the connection
  cut-in-status-poll  ms                      holds a status call, then ends the connection
  malformed-json, empty-body, truncated-body  carries the request out and spoils the reply
  html-body           status
  response            response                {"stat": "OK", "response": ...}
  body                body, status, type
  malformed-http, hang
  slow                ms                      eight pieces with a pause before each
  close-after         announced               answers, then ends the connection
`;

/** The control API of one simulator, while its port is open. */
export interface Control extends AsyncDisposable {
  /** Base address, such as `http://127.0.0.1:40001/`. */
  readonly url: string;
}

/**
 * Opens the control API, by default on 127.0.0.1 and a free port.
 *
 * @throws an error with the code `EADDRINUSE`, or another of the system's, if the port can't be opened.
 * @throws {RangeError} for an address that isn't loopback.
 */
export async function startControl(
  simulator: DuoSimulator,
  listen: ListenAddress = { hostname: "127.0.0.1", port: 0 },
  clock: Clock = systemClock,
): Promise<Control> {
  if (!isLoopback(listen.hostname)) {
    throw new RangeError(
      `The control API can't listen on ${listen.hostname}: whoever reaches it answers pushes. Use 127.0.0.1 or ::1`,
    );
  }
  const answer = async (request: HttpRequest): Promise<{ kind: "reply"; reply: HttpReply }> => {
    try {
      return { kind: "reply", reply: await answerControl(simulator, request) };
    } catch (error) {
      if (error instanceof v.ValiError || error instanceof UsersFileError || error instanceof SyntaxError) {
        return { kind: "reply", reply: json(400, { error: error.message }) };
      }
      return { kind: "reply", reply: json(500, { error: String(error) }) };
    }
  };
  const server = await HttpServer.start(listen, { answer }, clock);
  return {
    url: `http://${authority(server.address)}/`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** True for addresses that only this machine reaches. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

async function answerControl(simulator: DuoSimulator, request: HttpRequest): Promise<HttpReply> {
  const { head } = request;
  // A web page on this machine must not be able to drive the simulator: neither under a name of its own, nor by a form.
  const host = (fieldOf(head.headers, "host") ?? "localhost").replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
  if (!isLoopback(host)) return json(403, { error: "Use a loopback address" });
  const writes = head.method === "POST" || head.method === "PUT";
  const type = (fieldOf(head.headers, "content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (writes && request.body.length > 0 && type !== "application/json") {
    return json(400, { error: "Content-Type has to be application/json" });
  }
  if (fieldOf(head.headers, "origin") !== undefined) return json(403, { error: "Not for web pages" });
  const [, resource = "", item, more] = head.path.split("/");
  if (more !== undefined) return notFound();
  const key = `${head.method} /${resource}${item === undefined ? "" : "/N"}`;
  const number = item === undefined ? 0 : /^\d{1,9}$/.test(item) ? Number(item) : -1;
  const body = (): unknown => JSON.parse(bodyText(request));

  switch (key) {
    case "GET /":
      return textReply(200, "text/plain; charset=utf-8", controlHelp);
    case "GET /ca.pem":
      return textReply(200, "application/x-pem-file", simulator.caPem);
    case "GET /applications":
      return json(200, { applications: simulator.applications });
    case "GET /state":
      return json(200, state(simulator));
    case "GET /counters":
      return json(200, simulator.counters);
    case "GET /calls":
      return json(200, { calls: simulator.findCalls(filterOf(head.query)) });
    case "DELETE /calls":
      simulator.clearCalls();
      return json(200, {});
    case "GET /pending":
      return json(200, { pending: simulator.pending });
    case "POST /pending/N": {
      const { answer } = v.parse(answerSchema, body());
      return simulator.answer(number, answer)
        ? json(200, {})
        : json(404, { error: `Nothing pending with number ${item}` });
    }
    case "GET /sms":
      return json(200, { sms: simulator.sentCodes });
    case "GET /users":
      return json(200, { users: simulator.users.map(formatUser) });
    case "PUT /users":
      simulator.setUser(parseUser(bodyText(request)));
      return json(200, {});
    case "POST /enroll": {
      const { username } = v.parse(v.strictObject({ username: v.string() }), body());
      return simulator.completeEnrollment(username)
        ? json(200, {})
        : json(404, { error: `Nothing to enrol for ${username}` });
    }
    case "GET /faults":
      return json(200, { faults: simulator.faults });
    case "POST /faults": {
      const faults = v.parse(v.union([v.pipe(faultSchema, v.transform((one) => [one])), v.array(faultSchema)]), body());
      return json(200, { ids: faults.map((fault) => simulator.addFault(toFault(fault))) });
    }
    case "DELETE /faults":
      simulator.clearFaults();
      return json(200, {});
    case "DELETE /faults/N":
      return simulator.removeFault(number) ? json(200, {}) : json(404, { error: `No fault ${item}` });
    case "PUT /certificate": {
      const { certificate } = v.parse(v.strictObject({ certificate: v.picklist(certificateKinds) }), body());
      await simulator.setCertificate(certificate);
      return json(200, state(simulator));
    }
    case "PUT /clock": {
      const { skew_seconds } = v.parse(v.strictObject({ skew_seconds: v.pipe(v.number(), v.finite()) }), body());
      simulator.setSkew(skew_seconds);
      return json(200, state(simulator));
    }
    case "PUT /reachable": {
      await simulator.setReachable(v.parse(v.strictObject({ reachable: v.boolean() }), body()).reachable);
      return json(200, state(simulator));
    }
    case "POST /drop":
      simulator.dropConnections(v.parse(v.strictObject({ connections: count }), body()).connections);
      return json(200, {});
    case "POST /cut":
      simulator.cutConnections(v.parse(v.strictObject({ which: v.picklist(["all", "idle"]) }), body()).which);
      return json(200, {});
    case "POST /reset":
      await simulator.reset();
      return json(200, {});
    default:
      return notFound();
  }
}

function state(simulator: DuoSimulator): Readonly<Record<string, Json>> {
  return { certificate: simulator.certificate, skew_seconds: simulator.skew, reachable: simulator.reachable };
}

function notFound(): HttpReply {
  return json(404, { error: "No such resource, or not with this method; GET / lists them" });
}

function json(status: number, value: unknown): HttpReply {
  return textReply(status, "application/json", `${JSON.stringify(value)}\n`);
}

function bodyText(request: HttpRequest): string {
  return new TextDecoder("utf-8", { fatal: false }).decode(request.body);
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const ms = v.pipe(v.number(), v.minValue(0), v.maxValue(3_600_000));
const httpStatusCode = v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599));
/** A header's value: a line end in it would become a header of its own. */
const headerValue = v.pipe(v.string(), v.regex(/^[\x20-\x7e]*$/));

const answerSchema = v.strictObject({ answer: v.picklist(["approve", "deny", "fraud", "timeout"]) });

const jsonSchema: v.GenericSchema<Json> = v.lazy(() =>
  v.union([v.null(), v.boolean(), v.number(), v.string(), v.array(jsonSchema), v.record(v.string(), jsonSchema)])
);

const actionSchema = v.variant("kind", [
  v.strictObject({ kind: v.literal("delay"), ms }),
  v.strictObject({ kind: v.literal("skew"), seconds: v.pipe(v.number(), v.finite()) }),
  v.strictObject({
    kind: v.literal("status"),
    status: httpStatusCode,
    code: v.exactOptional(v.nullable(v.union([v.number(), v.string()]))),
    message: v.exactOptional(v.string()),
    detail: v.exactOptional(v.string()),
    retryAfter: v.exactOptional(headerValue),
    xRetryAfter: v.exactOptional(headerValue),
  }),
  v.strictObject({ kind: v.literal("cut-before-read") }),
  v.strictObject({ kind: v.literal("cut-after-read") }),
  v.strictObject({ kind: v.literal("cut-in-status-poll"), ms: v.exactOptional(ms) }),
  v.strictObject({ kind: v.literal("malformed-json") }),
  v.strictObject({ kind: v.literal("empty-body") }),
  v.strictObject({ kind: v.literal("html-body"), status: v.exactOptional(httpStatusCode) }),
  v.strictObject({ kind: v.literal("response"), response: jsonSchema }),
  v.strictObject({
    kind: v.literal("body"),
    body: v.string(),
    status: v.exactOptional(httpStatusCode),
    type: v.exactOptional(headerValue),
  }),
  v.strictObject({ kind: v.literal("malformed-http") }),
  v.strictObject({ kind: v.literal("truncated-body") }),
  v.strictObject({ kind: v.literal("hang") }),
  v.strictObject({ kind: v.literal("slow"), ms }),
  v.strictObject({ kind: v.literal("close-after"), announced: v.exactOptional(v.boolean()) }),
]);

const faultSchema = v.strictObject({
  match: v.exactOptional(v.strictObject({
    path: v.exactOptional(v.string()),
    version: v.exactOptional(v.picklist([1, 2])),
    ikey: v.exactOptional(v.string()),
    user: v.exactOptional(v.string()),
    reused: v.exactOptional(v.boolean()),
    nth: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  })),
  do: actionSchema,
  times: v.exactOptional(count),
});

/** The schema gives exactly what a fault is; this line makes the compiler compare them. */
function toFault(parsed: v.InferOutput<typeof faultSchema>): Fault {
  return parsed;
}

const filterSchema = v.strictObject({
  path: v.exactOptional(v.string()),
  version: v.exactOptional(v.pipe(v.picklist(["1", "2"]), v.transform((text): 1 | 2 => text === "1" ? 1 : 2))),
  ikey: v.exactOptional(v.string()),
  user: v.exactOptional(v.string()),
  outcome: v.exactOptional(v.picklist(["open", "answered", "cut", "hung", "gone"])),
  after: v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,12}$/), v.transform(Number))),
});

function filterOf(query: string): CallFilter {
  return v.parse(filterSchema, Object.fromEntries(parseForm(query) ?? []));
}
