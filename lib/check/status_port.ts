/**
 * Whether the port for probes and metrics is free, or held by the proxy itself.
 *
 * @module
 */

import { authority } from "../net/authority.ts";
import { failed, type MachineCheck, ok, warning } from "./check.ts";
import type { Machine } from "./machine.ts";
import { closeSocket, reach } from "./reach.ts";

/** `status_port`: it can be opened, or what answers there says that it is duoproxy. */
export const statusPort: MachineCheck = {
  scope: "machine",
  name: "status-port",
  summary: "Whether the status port is free, or in use by this proxy",
  run: async ({ main, machine, signal }) => {
    if (main?.statusPort === undefined) return [];
    const { statusPort: port, statusInterface: address } = main;
    const place = `TCP port ${port} on ${address} (status_port)`;
    const facts = { port, interface: address };
    try {
      machine.listenTcp({ hostname: address, port }).close();
      return ok(`${place} is free`, { ...facts, in_use: false });
    } catch (error) {
      if (error instanceof Deno.errors.AddrNotAvailable) {
        return failed(
          "machine",
          `This machine has no address ${address} (status_interface)`,
          "Correct status_interface; see which addresses there are with: ip address",
          facts,
        );
      }
      if (!(error instanceof Deno.errors.AddrInUse)) {
        const text = error instanceof Error ? error.message : String(error);
        return failed("machine", `${place} can't be opened: ${text}`, "Choose another port above 1023", facts);
      }
    }
    const taken = { ...facts, in_use: true };
    const host = address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
    const answer = await get(machine, host, port, signal);
    if (/"program":\s*"duoproxy"/.test(answer)) return ok(`${place} is in use by a running duoproxy`, taken);
    const remedy = `See which one with: ss -tlpn 'sport = :${port}'; stop it, or choose another status_port`;
    return answer === "silent"
      ? warning("machine", `${place} is taken, and what holds it did not say what it is`, remedy, taken)
      : failed("machine", `${place} is taken by another program`, remedy, taken);
  },
};

/** Longest answer that is read, in characters. */
const longest = 1 << 16;

/** What `GET /status` brings, head and body; `silent` if nothing came in time. */
async function get(machine: Machine, host: string, port: number, signal: AbortSignal): Promise<string> {
  const reached = await reach(machine, host, port, signal);
  if (reached.kind === "unreached") return reached.code;
  const { socket } = reached;
  let text = "";
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (bytes: Uint8Array) => {
      text += new TextDecoder("latin1").decode(bytes);
      if (text.length > longest) resolve();
    });
    socket.once("end", () => resolve());
    socket.once("close", () => resolve());
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  socket.write(`GET /status HTTP/1.1\r\nHost: ${authority({ hostname: host, port })}\r\nConnection: close\r\n\r\n`);
  socket.resume();
  await ended;
  await closeSocket(socket);
  return text === "" && signal.aborted ? "silent" : text;
}
