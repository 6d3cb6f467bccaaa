/**
 * The account that looks users up in a directory.
 *
 * @module
 */

import type { SecretRows, SingleRow } from "../../row.ts";
import { optional, secretRows } from "../../rows.ts";
import { accountPassword } from "../../values/keys.ts";
import { text } from "../../values/words.ts";

/** Its name. */
export function accountName(doc: string): SingleRow<string, undefined> {
  return optional("service_account_username", text, doc);
}

/** Its password. */
export function accountSecret(doc: string): SecretRows {
  return secretRows("service_account_password", accountPassword, doc);
}
