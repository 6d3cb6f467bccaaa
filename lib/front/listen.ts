/**
 * Opening a UDP port, and what to say when that fails.
 *
 * @module
 */

import type { Place } from "./front.ts";

/**
 * Opens a socket at a place.
 *
 * @throws what `listen` throws.
 */
export function listenAt<Socket>(
  { interface: address, port }: Place,
  listen: (address: { readonly hostname: string; readonly port: number }) => Socket,
): Socket {
  if (address !== undefined) return listen({ hostname: address, port });
  try {
    return listen({ hostname: "::", port });
  } catch (error) {
    // Machines without IPv6 have no "::". A port that is taken must not be tried again on half of the addresses.
    if (error instanceof Deno.errors.AddrInUse) throw error;
    return listen({ hostname: "0.0.0.0", port });
  }
}

/** Why a port could not be opened, and what helps. */
export function explainListenFailure(error: unknown, { interface: address, port }: Place): string {
  const where = `${address ?? "all addresses"}, UDP port ${port}`;
  if (error instanceof Deno.errors.AddrInUse) {
    return `Cannot listen on ${where}: the port is taken; see who has it with: ss -ulpn 'sport = :${port}'`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `Cannot listen on ${where}: this machine has no such address; see which it has with: ip address`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `Cannot listen on ${where}: ports below 1024 need CAP_NET_BIND_SERVICE (install --port-capability)`;
  }
  return `Cannot listen on ${where}: ${error instanceof Error ? error.message : String(error)}`;
}
