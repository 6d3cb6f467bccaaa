/**
 * What in a request tells its login from others: a gateway repeats a request with a new identifier or from a new port, and all else
 * that says who asks and for what stays the same.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { LoginKey } from "../../login/request.ts";
import { attributeType, getInteger } from "../../radius/attributes.ts";
import type { AccessRequest } from "../../radius/request.ts";
import { readMarks } from "./session_mark.ts";

/** Attributes that differ between a request and its repeat, or that the digest takes in another form. */
const notCompared: ReadonlySet<number> = new Set([
  attributeType.userPassword,
  attributeType.proxyState,
  attributeType.messageAuthenticator,
  attributeType.eventTimestamp,
  attributeType.acctDelayTime,
]);

/** The key of a request to a section whose password field holds `password` after decryption. */
export function readLoginKey(request: AccessRequest, section: string, password: Uint8Array): LoginKey {
  const { packet, source } = request;
  const hash = createHash("sha256");
  for (const part of [section, source.address]) hash.update(`${part.length}:${part}`);
  hash.update(`${password.length}:`).update(password);
  for (const { type, value } of packet.attributes) {
    if (!notCompared.has(type)) hash.update(`${type}:${value.length}:`).update(value);
  }
  const port = getInteger(packet, attributeType.nasPort) ?? 0;
  return {
    fingerprint: hash.digest("base64"),
    marks: readMarks(request, section),
    port: port === 0 ? undefined : `${source.address} ${port}`,
  };
}
