/**
 * Where a factor can stand, in Duo's words.
 *
 * @module
 */

import type { Step } from "./transaction.ts";

const texts = {
  success: "Success. Logging you in...",
  denied: "Login request denied.",
  timeout: "Login timed out.",
  fraud: "Login request reported as fraud.",
  wrongCode: "Incorrect passcode. Please try again.",
  noKey: "No keypress detected. Please try again.",
  sent: "New SMS passcodes sent.",
  lockedOut: "Your account is locked out. Please contact your administrator.",
  pushed: "Pushed a login request to your device...",
  answered: "Answered. Press any key on your phone to log in.",
} as const;

/** Steps that don't depend on a device. */
export const steps = {
  success: { result: "allow", status: "allow", text: texts.success },
  bypass: { result: "allow", status: "bypass", text: texts.success },
  denied: { result: "deny", status: "deny", text: texts.denied },
  timeout: { result: "deny", status: "timeout", text: texts.timeout },
  fraud: { result: "deny", status: "fraud", text: texts.fraud },
  wrongCode: { result: "deny", status: "deny", text: texts.wrongCode },
  noKey: { result: "deny", status: "deny", text: texts.noKey },
  sent: { result: "deny", status: "sent", text: texts.sent },
  lockedOut: { result: "deny", status: "locked_out", text: texts.lockedOut },
  pushed: { result: "waiting", status: "pushed", text: texts.pushed },
  answered: { result: "waiting", status: "answered", text: texts.answered },
} as const satisfies Record<string, Step>;
