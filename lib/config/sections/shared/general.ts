/**
 * Options that `[main]` gives where a section has none of its own: the log, trust, the way out and the address to listen on.
 *
 * @module
 */

import type { OptionRow } from "../../row.ts";
import { inherited, optional, preset } from "../../rows.ts";
import type { Context, Settings, SoundSection } from "../../section.ts";
import { effectiveSetting, effectiveValue, optionPlace, settingOf } from "../../settings.ts";
import { given } from "../../sound.ts";
import { host, interfaceAddress } from "../../values/addresses.ts";
import { boolean, file, port } from "../../values/words.ts";

/** `debug`, which every section takes. */
export const debug = inherited(
  preset(
    "debug",
    boolean,
    "false",
    "Adds packets and API calls to the log, with secrets, passwords and passcodes masked.",
  ),
);

/** Whom to trust for Duo's API. */
export const httpCaCertsFile = inherited(
  optional(
    "http_ca_certs_file",
    file("duo-authorities"),
    "PEM file with the certificate authorities that are trusted for Duo's API, instead of those that come with the program. Relative to the configuration file.",
  ),
);

/** Options of every section that talks to Duo. */
export const generalRows: readonly OptionRow[] = [debug, httpCaCertsFile];

/** The outbound proxy through which Duo is reached. */
export const httpProxyHost = inherited(
  optional("http_proxy_host", host, "Host of an outbound HTTP CONNECT proxy through which Duo is reached."),
);

/** Its port. */
export const httpProxyPort = inherited(preset("http_proxy_port", port, "80", "Port of that proxy."));

/** How a section reaches Duo through an outbound HTTP proxy. */
export const httpProxyRows: readonly OptionRow[] = [httpProxyHost, httpProxyPort];

/** The address of a server's socket. */
export const listenInterface = inherited(
  optional(
    "interface",
    interfaceAddress,
    "Address to listen on. Without it, that of [main], else all addresses.",
  ),
);

/** A port of an outbound proxy that nobody names. */
export function checkOutboundProxy(context: Context, settings: Settings): void {
  const setting = settingOf(settings, httpProxyPort);
  if (setting === undefined || effectiveSetting(context, settings, httpProxyHost) !== undefined) return;
  context.findings.error(
    "unpaired",
    optionPlace(settings.section, setting.entry),
    "http_proxy_port is set without http_proxy_host",
    "Add http_proxy_host or remove the port",
  );
}

/** The address that a section listens on; undefined for all addresses. */
export function listenAddress(context: Context, settings: Settings): string | undefined {
  return boundAddress(effectiveValue(context, settings, listenInterface));
}

/** The same of a section without errors. */
export function givenAddress(section: SoundSection): string | undefined {
  return boundAddress(given(section, listenInterface));
}

/** `::` takes IPv4 in too, and is what is bound without an address. */
export function boundAddress(address: string | undefined): string | undefined {
  return address === "::" ? undefined : address;
}
