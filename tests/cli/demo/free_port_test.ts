import { assertEquals } from "@std/assert";
import { freePorts } from "../../../lib/cli/demo/free_port.ts";

Deno.test("freePorts() gives each port once, however often chance comes to it again", () => {
  // Four times the same choice before each new one.
  let asked = 0;
  const chance = (): number => Math.floor(asked++ / 4) / 50;
  const ports = freePorts(8, chance);
  assertEquals(new Set(ports).size, 8);
});
