/**
 * Whether the address to listen on is one of this machine's.
 *
 * @module
 */

import { failed, ok, type SectionCheck } from "./check.ts";

/** `interface`: a UDP socket can be opened on it, on some port. */
export const interfaceCheck: SectionCheck = {
  scope: "section",
  name: "interface",
  summary: "Whether `interface` is an address of this machine",
  needs: [],
  applies: ({ interface: address }) => address !== undefined,
  run: ({ server, machine }) => {
    const address = server.interface ?? "";
    const facts = { interface: address };
    try {
      machine.listen({ hostname: address, port: 0 }).close();
      return Promise.resolve(ok(`${address} is an address of this machine`, facts));
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrNotAvailable)) {
        return Promise.resolve(failed(
          "machine",
          `No socket can be opened on interface=${address}: ${error instanceof Error ? error.message : String(error)}`,
          "See which addresses this machine has with: ip address",
          facts,
        ));
      }
      return Promise.resolve(failed(
        "machine",
        `This machine has no address ${address} (interface)`,
        "Correct `interface`, or remove it to listen on all addresses; see which there are with: ip address",
        facts,
      ));
    }
  },
};
