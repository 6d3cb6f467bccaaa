/**
 * The readable line of a login, word by word.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describeLogin, levelOf } from "../../lib/log/login_line.ts";
import type { AuthEvent } from "../../lib/login/events.ts";
import { authEvent } from "../kit/auth_event.ts";

const where = "radius_server_duo_only, gateway 192.0.2.1";

const lines: readonly (readonly [changes: Partial<AuthEvent>, line: string, level: string])[] = [
  [{ latency_ms: 3_249 }, `alice push approved in 3.2 s, ${where}`, "info"],
  [{ factor: "passcode", latency_ms: 40 }, `alice passcode approved in 0.0 s, ${where}`, "info"],
  [
    { status: "Reject", reason: "denied", msg: "Login request denied." },
    `alice push denied in 1.2 s, ${where}: Login request denied.`,
    "info",
  ],
  [
    { status: "Reject", reason: "timeout", msg: "Login timed out.", latency_ms: 58_000 },
    `alice push timed out in 58.0 s, ${where}: Login timed out.`,
    "info",
  ],
  [
    { status: "Reject", reason: "sms-sent", factor: "sms", msg: "New SMS passcodes sent." },
    `alice sms sent in 1.2 s, ${where}: New SMS passcodes sent.`,
    "info",
  ],
  [
    { status: "Challenge", reason: "challenge", factor: "passcode", msg: "Enter passcode:" },
    `alice passcode asked for in 1.2 s, ${where}: Enter passcode:`,
    "info",
  ],
  [
    { reason: "exempt", factor: null, msg: "User exempted from 2FA", latency_ms: 1 },
    `alice let in without a second factor in 0.0 s, ${where}: User exempted from 2FA`,
    "info",
  ],
  [
    { reason: "failmode", factor: null, failmode: "safe", msg: "Duo cannot be reached" },
    `alice let in without a second factor in 1.2 s, ${where}: Duo cannot be reached`,
    "warning",
  ],
  [
    { status: "Error", reason: "undecodable-password", factor: null, msg: "Cannot decode password" },
    `alice rejected in 1.2 s, ${where}: Cannot decode password`,
    "warning",
  ],
  [
    { status: "Error", reason: "bad-user-name", username: null, factor: null, msg: "Invalid username" },
    `(no name) rejected in 1.2 s, ${where}: Invalid username`,
    "warning",
  ],
  [
    { joined: true, reason: "joined", msg: "Repeats r-1: Success." },
    `alice push let in with the login it repeats in 1.2 s, ${where}: Repeats r-1: Success.`,
    "info",
  ],
  [
    { username: "bob push approved in 0.1 s, x", status: "Reject", reason: "denied", msg: "No." },
    `"bob push approved in 0.1 s, x" push denied in 1.2 s, ${where}: No.`,
    "info",
  ],
  [
    { status: "Error", reason: "summed-up", username: null, count: 12, msg: "12 more unsigned requests were refused" },
    `${where}: 12 more unsigned requests were refused`,
    "warning",
  ],
];

for (const [changes, line, level] of lines) {
  Deno.test(`a login is logged as: ${line}`, () => {
    const event = authEvent(changes);
    assertEquals([describeLogin(event), levelOf(event)], [line, level]);
  });
}
