/**
 * `[http_proxy]`: an HTTP CONNECT proxy to Duo and nothing else.
 *
 * @module
 */

import { optional, preset, required } from "../rows.ts";
import type { SectionTable, Settings, Socket } from "../section.ts";
import { valueOf } from "../settings.ts";
import { apiHost, networks } from "../values/addresses.ts";
import { port as portNumber } from "../values/words.ts";
import { generalRows, listenInterface } from "./shared/general.ts";

const port = preset("port", portNumber, "80", "TCP port to listen on.");

/** `[http_proxy]`. */
export const httpProxy: SectionTable = {
  type: "http_proxy",
  kind: "service",
  fate: "not-served",
  reason: "the HTTP proxy isn't built yet",
  doc: "HTTP CONNECT proxy through which other machines reach Duo and nothing else.",
  rows: [
    required("api_host", apiHost, "The only host that clients may connect to."),
    port,
    optional(
      "client_ip",
      networks,
      "Addresses of the clients, separated by commas: addresses, CIDR, netmasks, ranges.",
    ),
    listenInterface,
    ...generalRows,
  ],
  sockets,
};

function sockets(settings: Settings): readonly Socket[] {
  const number = valueOf(settings, port);
  return number === undefined ? [] : [{ protocol: "TCP", port: number, row: port, interface: listenInterface }];
}
