/**
 * A gateway that sends a request once and waits: a test that wants a repeat sends it.
 *
 * @module
 */

import { type Clock, systemClock } from "../../lib/clock.ts";
import { RadiusClient } from "../../lib/radius/client.ts";
import { sharedSecret } from "./planted_secrets.ts";

/** How a gateway asks, where a test wants it otherwise. Times in ms. */
export interface GatewayOptions {
  readonly clock?: Clock;
  readonly total?: number;
  readonly tries?: number;
}

/** Opens a gateway with the address `hostname` towards a proxy. */
export function patientGateway(
  hostname: string,
  server: { readonly hostname: string; readonly port: number },
  { clock = systemClock, total = 90_000, tries = 1 }: GatewayOptions,
): RadiusClient {
  return new RadiusClient({
    socket: Deno.listenDatagram({ transport: "udp", hostname, port: 0 }),
    server,
    secret: new TextEncoder().encode(sharedSecret),
    clock,
    retransmission: { first: 100_000, longest: 100_000, total, tries, jitter: 0 },
    requireMessageAuthenticator: true,
  });
}
