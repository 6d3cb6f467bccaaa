/**
 * The checks of the world outside, in the order in which they are shown.
 *
 * @module
 */

import type { Check } from "./check.ts";
import { apiVersion, keys } from "./keys.ts";
import { clock, ping } from "./ping.ts";
import { tls } from "./tls.ts";
import { httpProxy, httpTunnel, nameResolution, tcp } from "./way.ts";

/** Those that `serve` makes at its start, since it looks at everything else itself. */
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
