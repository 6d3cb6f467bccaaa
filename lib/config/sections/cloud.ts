/**
 * `[cloud]`: the agent for Duo's directory synchronisation. Not served.
 *
 * @module
 */

import type { SectionTable } from "../section.ts";
import { accountName, accountSecret } from "./shared/account.ts";
import { duoRows } from "./shared/duo.ts";
import { generalRows, httpProxyRows } from "./shared/general.ts";

/** `[cloud]`. */
export const cloud: SectionTable = {
  type: "cloud",
  kind: "service",
  fate: "ignored",
  reason: "directory synchronisation speaks a protocol that isn't public",
  doc: "Agent for Duo's directory synchronisation. Not served: its protocol isn't public.",
  rows: [
    ...duoRows,
    accountName("Account that reads the directory."),
    ...accountSecret("Password of that account.").rows,
    ...httpProxyRows,
    ...generalRows,
  ],
};
