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
import { listenPort } from "./listen_port.ts";
import { outsideChecks } from "./outside.ts";
import { serviceFiles } from "./service_files.ts";
import { statusPort } from "./status_port.ts";

/** All checks. */
export const allChecks: readonly Check[] = [
  configuration,
  filePermissions,
  sharedSecrets,
  clientNetworks,
  caFile,
  serviceFiles,
  fileLimit,
  statusPort,
  interfaceCheck,
  listenPort,
  ...outsideChecks,
];
