/**
 * `[sso]`: the agent for Duo Single Sign-On. Not served.
 *
 * @module
 */

import { required } from "../rows.ts";
import type { SectionTable } from "../section.ts";
import { integrationKey } from "../values/keys.ts";
import { accountName, accountSecret } from "./shared/account.ts";
import { generalRows, httpProxyRows } from "./shared/general.ts";

/** `[sso]`. */
export const sso: SectionTable = {
  type: "sso",
  kind: "service",
  fate: "ignored",
  reason: "Duo Single Sign-On speaks a protocol that isn't public",
  doc: "Authentication agent for Duo Single Sign-On. Not served: its protocol isn't public.",
  rows: [
    required("rikey", integrationKey("RI"), "Key that names the agent."),
    accountName("Account that looks users up."),
    ...accountSecret("Password of that account.").rows,
    ...httpProxyRows,
    ...generalRows,
  ],
};
