/**
 * The status port's address, found in files that have errors, too.
 *
 * @module
 */

import { findStatusAddress, type StatusAddress } from "../../lib/config/status_address.ts";
import type { ConfigHost } from "../../lib/config/host.ts";
import { assertEquals } from "@std/assert";

function hostWith(content: string | Uint8Array): ConfigHost {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    readFile: () => Promise.resolve(bytes),
    stat: () => Promise.resolve({ kind: "file", size: bytes.length, mode: 0o640 }),
    wallNow: () => 0,
    runtime: "2.9.6",
  };
}

const cases: readonly (readonly [string, StatusAddress])[] = [
  ["[main]\nstatus_port=8812\n", { kind: "set", hostname: "127.0.0.1", port: 8812 }],
  ["[MAIN]\nStatus_Port : 8812\n", { kind: "set", hostname: "127.0.0.1", port: 8812 }],
  ["[main]\nstatus_port=1\nstatus_interface=192.0.2.1", { kind: "set", hostname: "192.0.2.1", port: 1 }],
  ["[main]\nstatus_port=1\nstatus_interface=0.0.0.0", { kind: "set", hostname: "127.0.0.1", port: 1 }],
  ["[main]\nstatus_port=1\nstatus_interface=::", { kind: "set", hostname: "::1", port: 1 }],
  // Errors elsewhere, and in the option beside.
  ["[main]\nwhat is this\nstatus_port=8812\nfips_mode=maybe\n[nonsense", {
    kind: "set",
    hostname: "127.0.0.1",
    port: 8812,
  }],
  ["[main]\nstatus_port=8812\nstatus_interface=eth0", { kind: "set", hostname: "127.0.0.1", port: 8812 }],
  ["", { kind: "unset" }],
  ["[main]\n", { kind: "unset" }],
  ["[main]\nstatus_port=\n", { kind: "unset" }],
  ["[main]\nstatus_port=0\n", { kind: "unset" }],
  ["[main]\nstatus_port=65536\n", { kind: "unset" }],
  ["[main]\n# status_port=8812\n", { kind: "unset" }],
  ["[radius_server_auto]\nstatus_port=8812\n", { kind: "unset" }],
];

for (const [text, expected] of cases) {
  Deno.test(`findStatusAddress() in ${JSON.stringify(text)}`, async () => {
    assertEquals(await findStatusAddress("authproxy.cfg", hostWith(text)), expected);
  });
}

Deno.test("findStatusAddress() says why a file can't be read", async () => {
  const absent: ConfigHost = { ...hostWith(""), stat: () => Promise.reject(new Deno.errors.NotFound()) };
  assertEquals(await findStatusAddress("x", absent), { kind: "unreadable", problem: "doesn't exist" });
  const wide = hostWith(new Uint8Array([0xff, 0xfe, 0x5b, 0x00]));
  assertEquals((await findStatusAddress("x", wide)).kind, "unreadable");
});
