/**
 * The Duo application that a section stands for, how its API is reached, and what happens while it can't be.
 *
 * @module
 */

import type { Failmode } from "../../../login/failmode.ts";
import type { DuoConfig } from "../../config.ts";
import type { OptionRow } from "../../row.ts";
import { preset, required, secretRows } from "../../rows.ts";
import type { Context, Settings, SoundSection } from "../../section.ts";
import { headerPlace } from "../../settings.ts";
import { given, givenCertificates, givenSecret } from "../../sound.ts";
import { apiHost as apiHostName } from "../../values/addresses.ts";
import { integrationKey, secretKey } from "../../values/keys.ts";
import { choice, port, seconds } from "../../values/words.ts";
import { httpCaCertsFile, httpProxyHost, httpProxyPort } from "./general.ts";

const ikey = required("ikey", integrationKey("DI"), "Integration key of the application in the Duo Admin Panel.");
const skey = secretRows("skey", secretKey, "Secret key of that application.", { required: true });
const apiHost = required(
  "api_host",
  apiHostName,
  "API host name of that application, such as api-1234abcd.duosecurity.com.",
);

/** The Duo application that a section stands for. */
export const duoRows: readonly OptionRow[] = [ikey, ...skey.rows, apiHost];

const apiPort = preset("api_port", port, "443", "Port of Duo's API.");

/** Time limit of a question to Duo, in seconds. */
export const apiTimeout = preset(
  "api_timeout",
  seconds(0),
  "0",
  "Limit for a question to Duo; 0 = only login_timeout.",
);

/** Port and time limit of Duo's API. */
export const apiRows: readonly OptionRow[] = [apiPort, apiTimeout];

/** Which of Duo's APIs is spoken. */
export const apiVersion = preset(
  "api_version",
  choice(["auto", "1", "2"]),
  "auto",
  "Version of Duo's API; auto tries 2 first.",
  { since: "duoproxy" },
);

/** How requests to Duo are signed. */
export const signature = preset(
  "signature",
  choice(["hmac-sha1", "hmac-sha512"]),
  "hmac-sha1",
  "How requests to Duo are signed.",
  { since: "duoproxy" },
);

/** What happens while Duo can't be reached. */
export const failmode = preset(
  "failmode",
  choice<Failmode>(["safe", "secure"]),
  "safe",
  "While Duo can't be reached: safe lets users in without a second factor, secure keeps them out.",
  { decisive: true },
);

/** Whether users get in while Duo can't be reached should be a decision. */
export function checkFailmode({ findings }: Context, { section, set, empty }: Settings): void {
  if (set.has(failmode.name) || empty.has(failmode.name)) return;
  findings.warning(
    "failmode-unset",
    headerPlace(section, failmode.name),
    "failmode is not set, so it is safe: users get in without a second factor while Duo can't be reached",
    "Write failmode=safe or failmode=secure, so that it is a decision",
  );
}

const apiVersions = { "auto": "auto", "1": 1, "2": 2 } as const;

/** How a section reaches Duo. */
export function buildDuo(section: SoundSection): DuoConfig {
  const proxyHost = given(section, httpProxyHost);
  return {
    ikey: given(section, ikey),
    skey: givenSecret(section, skey),
    apiHost: given(section, apiHost),
    apiPort: given(section, apiPort),
    apiTimeout: given(section, apiTimeout),
    apiVersion: apiVersions[given(section, apiVersion)],
    signature: given(section, signature),
    caCerts: givenCertificates(section, httpCaCertsFile),
    httpProxy: proxyHost === undefined ? undefined : { host: proxyHost, port: given(section, httpProxyPort) },
  };
}
