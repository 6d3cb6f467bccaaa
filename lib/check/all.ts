/**
 * Every check, in the order in which they are shown.
 *
 * @module
 */

import { caFile } from "./ca_file.ts";
import type { Check } from "./check.ts";
import { clientNetworks, configuration, filePermissions, sharedSecrets } from "./configuration.ts";
import { fileLimit } from "./file_limit.ts";
import { interfaceCheck } from "./interface.ts";
import { apiVersion, keys } from "./keys.ts";
import { listenPort } from "./listen_port.ts";
import { clock, ping } from "./ping.ts";
import { statusPort } from "./status_port.ts";
import { tls } from "./tls.ts";
import { httpProxy, httpTunnel, nameResolution, tcp } from "./way.ts";

/** Checks of the world outside: those that `serve` makes at its start, since it looks at everything else itself. */
export const outsideChecks: readonly Check[] = [
  nameResolution,
  tcp,
  httpProxy,
  httpTunnel,
  tls,
  ping,
  clock,
  keys,
  apiVersion,
];

/** All checks. */
export const allChecks: readonly Check[] = [
  configuration,
  filePermissions,
  sharedSecrets,
  clientNetworks,
  caFile,
  fileLimit,
  statusPort,
  interfaceCheck,
  listenPort,
  ...outsideChecks,
];
