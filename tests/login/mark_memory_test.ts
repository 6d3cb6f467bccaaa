import { assertEquals } from "@std/assert";
import { MarkMemory, type SessionMarks } from "../../lib/login/mark_memory.ts";

/** What a request of a gateway carries that gives its sessions numbers. */
function marks(session: string, gateway = "192.0.2.1"): SessionMarks {
  return { named: false, session: { source: gateway, value: session }, portId: undefined, port: undefined };
}

Deno.test("one value teaches nothing, however often it comes", () => {
  const memory = new MarkMemory();
  for (let count = 0; count < 5; count++) memory.learn(marks("1"));
  assertEquals(memory.varies(marks("1").session), false);
});

Deno.test("two values make a mark, of their gateway alone, and no constant after them unmakes it", () => {
  const memory = new MarkMemory();
  for (const id of ["1", "2", "2", "1"]) memory.learn(marks(id));
  memory.learn(marks("1", "192.0.2.2"));
  assertEquals(["192.0.2.1", "192.0.2.2"].map((gateway) => memory.varies(marks("9", gateway).session)), [true, false]);
  assertEquals(memory.varies(undefined), false);
});

Deno.test("the memory is bounded, and forgets who was taught longest ago", () => {
  const memory = new MarkMemory(2);
  const [a, b, c] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"] as const;
  for (const gateway of [a, b]) for (const id of ["1", "2"]) memory.learn(marks(id, gateway));
  memory.learn(marks("3", a));
  memory.learn(marks("1", c));
  assertEquals(memory.size, 2);
  assertEquals([a, b, c].map((gateway) => memory.varies(marks("1", gateway).session)), [true, false, false]);
});
