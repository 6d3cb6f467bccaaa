/**
 * Run as a process of its own by official_client_test.ts: Duo's client for Node with `https.request` led to the simulator,
 * since it takes no port and knows only Duo's own CAs.
 *
 * Arguments: port, file-less CA certificate as PEM, ikey, skey. Prints one JSON array of replies.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import https from "node:https";
import process from "node:process";
// @ts-types="./duo_api.d.ts"
import { Client, SIGNATURE_VERSION_2, SIGNATURE_VERSION_5 } from "@duosecurity/duo_api";

const [port = "", ca = "", ikey = "", skey = ""] = process.argv.slice(2);
const original = https.request;
Reflect.set(
  https,
  "request",
  (options: https.RequestOptions, callback: (response: IncomingMessage) => void) =>
    original(
      { ...options, port: Number(port), host: "127.0.0.1", servername: "api-sim.duosecurity.test", ca },
      callback,
    ),
);

const replies: unknown[] = [];
for (const version of [SIGNATURE_VERSION_2, SIGNATURE_VERSION_5]) {
  const client = new Client(ikey, skey, "api-sim.duosecurity.test", version);
  const call = (method: string, path: string, params: Record<string, string>): Promise<Record<string, unknown>> =>
    new Promise((resolve) => client.jsonApiCall(method, path, params, resolve));
  replies.push(await call("GET", "/auth/v2/ping", {}));
  replies.push(await call("GET", "/auth/v2/check", {}));
  replies.push(await call("POST", "/auth/v2/preauth", { username: "alice" }));
  const auth = { username: "alice", pushinfo: "from=login%20portal&domain=ex'ample (x)*!" };
  replies.push(await call("POST", "/auth/v2/auth", { ...auth, factor: "push", device: "auto", type: "Größe ✓" }));
  replies.push(await call("POST", "/auth/v2/auth", { username: "alice", factor: "passcode", passcode: "123456" }));
  replies.push(await call("POST", "/auth/v2/auth", { username: "bob", factor: "phone", device: "auto" }));
  const begun = await call("POST", "/auth/v2/auth", { ...auth, factor: "push", device: "auto", async: "1" });
  const txid = JSON.stringify(begun["response"]).split('"')[3] ?? "";
  replies.push(await call("GET", "/auth/v2/auth_status", { txid }));
  replies.push(await call("GET", "/auth/v2/auth_status", { txid }));
}
await new Promise((resolve) => process.stdout.write(JSON.stringify(replies), resolve));
