/**
 * Types of values that are keys and other secrets.
 *
 * @module
 */

import type { Reading, ValueType } from "../row.ts";
import { value, wrong } from "./reading.ts";
import { asWritten } from "./words.ts";

/** The 40 characters that Duo's requests are signed with. */
export const secretKey: ValueType<string> = { type: { kind: "secret-key" }, read: readSecretKey };
/** A secret that both ends of RADIUS share. */
export const sharedSecret: ValueType<string> = asWritten({ kind: "secret", use: "radius" });
/** The password of an account that looks users up. */
export const accountPassword: ValueType<string> = asWritten({ kind: "secret", use: "directory" });
/** What `authproxy_passwd` or `duoproxy encrypt` made of a secret. */
export const protectedSecret: ValueType<string> = asWritten({ kind: "protected" });

/** Two letters and 18 characters that name a Duo application, or an agent. */
export function integrationKey(prefix: "DI" | "RI"): ValueType<string> {
  return { type: { kind: "integration-key", prefix }, read: (text) => readIntegrationKey(text, prefix) };
}

/** True for 40 letters or digits, as Duo's secret keys have them. */
export function isSecretKey(text: string): boolean {
  return /^[A-Za-z0-9]{40}$/.test(text);
}

// Keys are never shown: they are often pasted into each other's place.

function readIntegrationKey(text: string, prefix: "DI" | "RI"): Reading<string> {
  if (/^[A-Z0-9]{20}$/.test(text) && text.startsWith(prefix)) return value(text);
  let hint = `Copy the ${prefix === "DI" ? "integration" : "remote identity"} key from the Duo Admin Panel`;
  if (isSecretKey(text)) hint = "This looks like the secret key, which belongs into skey";
  else if (/^["'].*["']$/.test(text)) hint = "Remove the quotes";
  else if (/^[A-Z0-9]{20}$/.test(text.toUpperCase()) && text.toUpperCase().startsWith(prefix)) {
    hint = "Write it in capital letters";
  }
  return wrong(`takes ${prefix} and 18 capital letters or digits; here are ${characters(text)}`, hint);
}

function readSecretKey(text: string): Reading<string> {
  if (isSecretKey(text)) return value(text);
  let hint = "Copy the secret key from the Duo Admin Panel";
  if (/^DI[A-Z0-9]{18}$/.test(text)) hint = "This looks like the integration key, which belongs into ikey";
  else if (/^["'].*["']$/.test(text)) hint = "Remove the quotes";
  return wrong(`takes 40 letters or digits; here are ${characters(text)}`, hint);
}

function characters(text: string): string {
  const count = text.length;
  return count === 1 ? "1 character" : `${count} characters`;
}
