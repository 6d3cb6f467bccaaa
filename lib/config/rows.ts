/**
 * Helpers that write rows of the option tables, and the option types that several tables share.
 *
 * @module
 */

import type { OptionRow, OptionType } from "./options.ts";

/** What a row says beyond name, type and doc; everything else has the usual value. */
export type RowExtras = Partial<Omit<OptionRow, "name" | "type" | "doc">>;

/** One row; without extras an optional, unnumbered option of the old proxy without default. */
export function row(name: string, type: OptionType, doc: string, extras: RowExtras = {}): OptionRow {
  return {
    name,
    type,
    default: undefined,
    required: false,
    numbered: "never",
    secret: type.kind === "secret" || type.kind === "secret-key" || type.kind === "protected",
    deprecated: undefined,
    since: "5.0",
    decisive: false,
    effect: "serve",
    variantOf: undefined,
    inherited: false,
    doc,
    ...extras,
  };
}

/**
 * The rows of a secret: in plain, protected, and in a file of its own. All three carry the number, if there is one, at
 * their end: `radius_secret_1`, `radius_secret_protected_1`, `radius_secret_file_1`.
 */
export function secretRows(name: string, type: OptionType, doc: string, extras: RowExtras = {}): readonly OptionRow[] {
  const { required: _, ...shared } = extras;
  const plain = row(name, type, doc, extras);
  return [
    plain,
    row(
      `${name}_protected`,
      { kind: "protected" },
      `${name} as \`duoproxy encrypt\` protects it. Values made on Windows can't be opened here.`,
      {
        ...shared,
        variantOf: name,
      },
    ),
    row(
      `${name}_file`,
      { kind: "file", content: "secret" },
      `Path of a file that holds ${name} and nothing else, for systemd credentials and containers. One line end at its end is dropped.`,
      { ...shared, since: "duoproxy", variantOf: name },
    ),
  ];
}

/** Any text. */
export const text: OptionType = { kind: "text" };
/** `true` or `false`, in any case, or an integer. */
export const boolean: OptionType = { kind: "boolean" };
/** A TCP or UDP port. */
export const port: OptionType = { kind: "integer", min: 1, max: 65535 };
/** What a client's requests must carry: see `Requirement` in config.ts. */
export const requirement: OptionType = { kind: "choice", values: ["true", "false", "auto"] };
/** A PEM file with certificates. */
export const certificates: OptionType = { kind: "file", content: "certificates" };

/** The largest number that the old proxy's 32-bit counters could be meant to hold. */
export const anyInteger = 2_147_483_647;

/** A number of seconds from `min` up. */
export function seconds(min: number, max = anyInteger): OptionType {
  return { kind: "integer", min, max, unit: "seconds" };
}

/** `debug`, which every section takes. */
export const debugRow: OptionRow = row(
  "debug",
  boolean,
  "Adds packets and API calls to the log, with secrets, passwords and passcodes masked.",
  { default: "false", inherited: true },
);

/** Options of every section that talks to Duo, which `[main]` gives where the section doesn't. */
export const inheritedRows: readonly OptionRow[] = [
  debugRow,
  row(
    "http_ca_certs_file",
    certificates,
    "PEM file with the certificate authorities that are trusted for Duo's API, instead of those that come with the program. Relative to the configuration file.",
    { inherited: true },
  ),
];

/** How a section reaches Duo through an outbound HTTP proxy. */
export const httpProxyClientRows: readonly OptionRow[] = [
  row("http_proxy_host", { kind: "host" }, "Host of an outbound HTTP CONNECT proxy through which Duo is reached.", {
    inherited: true,
  }),
  row("http_proxy_port", port, "Port of that proxy.", { default: "80", inherited: true }),
];

/** Splitting of password and factor in one field. */
export const splittingRows: readonly OptionRow[] = [
  row("delimiter", text, "What stands between password and factor. The last one in the field counts.", {
    default: ",",
  }),
  row(
    "delimited_password_length",
    { kind: "integer", min: 0, max: anyInteger, unit: "characters" },
    "If not 0: this many characters are the password, one delimiter behind them is dropped, and the rest is the factor.",
    { default: "0" },
  ),
];

/** The list of factors to try. */
export const factorsRow: OptionRow = row(
  "factors",
  { kind: "list", values: ["auto", "push", "phone", "passcode"] },
  "Factors to try when the user names none, the first that the user can use wins.",
  { default: "auto" },
);

/** TLS of the sections that are servers of it. */
export const tlsServerRows: readonly OptionRow[] = [
  row(
    "minimum_tls_version",
    { kind: "choice", values: ["ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"] },
    "Oldest version of TLS that clients may use.",
    { default: "tls1.2" },
  ),
  row("cipher_list", text, "Cipher suites in OpenSSL's notation. Without it, the runtime's defaults."),
];
