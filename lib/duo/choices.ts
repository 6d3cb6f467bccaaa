/**
 * What a user can choose from, whichever version of the API said so.
 *
 * @module
 */

import type { Choices } from "./api.ts";

/** Whether the user has something that can be asked without her typing anything more: a push, a call, or either. */
export function offers(choices: Choices, factor: "push" | "phone" | "auto"): boolean {
  if (factor === "auto") {
    // Version 1 names a default exactly for users who have an out-of-band factor; without a list only Duo knows.
    return choices.version === 1
      ? choices.default !== undefined || choices.names === undefined
      : offers(choices, "push") || offers(choices, "phone");
  }
  return choices.version === 1
    ? choices.names === undefined || choices.names.some((name) => modernName(name).startsWith(factor))
    : choices.devices.some(({ capabilities }) => capabilities.includes(factor));
}

/** Duo's old names for a call and for new codes, brought to the words that users type. */
export function modernName(name: string): string {
  return name.replace(/^voice/, "phone").replace(/^smsrefresh/, "sms");
}
