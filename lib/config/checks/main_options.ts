/**
 * Options of `[main]` that don't go together with what stands in other sections.
 *
 * @module
 */

import type { Context } from "../section.ts";
import { httpProxy } from "../sections/http_proxy.ts";
import { fipsMode } from "../sections/main.ts";
import { httpProxyHost } from "../sections/shared/general.ts";
import { minimumTlsVersion } from "../sections/shared/tls_server.ts";
import { optionPlace, settingOf, shown } from "../settings.ts";

/** Checks `[main]` against all other sections. */
export function checkMainOptions({ findings, main, sections }: Context): void {
  if (main === undefined) return;
  if (settingOf(main, fipsMode)?.value === true) {
    for (const other of sections) {
      const version = settingOf(other, minimumTlsVersion);
      if (version === undefined) continue;
      findings.warning(
        "ineffective",
        optionPlace(other.section, version.entry),
        "minimum_tls_version is ignored with fips_mode=true",
      );
    }
  }
  const outbound = settingOf(main, httpProxyHost);
  const proxy = sections.find(({ table }) => table === httpProxy);
  if (outbound !== undefined && proxy !== undefined) {
    findings.error(
      "conflicting-options",
      optionPlace(main.section, outbound.entry),
      `http_proxy_host and the section ${shown(proxy)} exclude each other`,
      "A proxy that reaches Duo through another one can't be one itself: remove one of the two",
    );
  }
}
