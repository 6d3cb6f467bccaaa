/**
 * TLS of the sections that are servers of it.
 *
 * @module
 */

import type { OptionRow } from "../../row.ts";
import { optional, preset } from "../../rows.ts";
import { choice, text } from "../../values/words.ts";

/** The oldest version that clients may use. */
export const minimumTlsVersion = preset(
  "minimum_tls_version",
  choice(["ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"]),
  "tls1.2",
  "Oldest version of TLS that clients may use.",
);

/** TLS of the sections that are servers of it. */
export const tlsServerRows: readonly OptionRow[] = [
  minimumTlsVersion,
  optional("cipher_list", text, "Cipher suites in OpenSSL's notation. Without it, the runtime's defaults."),
];
