import { assert, assertEquals, assertFalse } from "@std/assert";
import { LogLimiter } from "../../lib/radius/log_limiter.ts";

Deno.test("a topic comes through once in an interval", () => {
  const limiter = new LogLimiter(60_000, 10);
  assert(limiter.allows("a", 0));
  assertFalse(limiter.allows("a", 59_999));
  assert(limiter.allows("b", 59_999));
  assert(limiter.allows("a", 60_000));
});

Deno.test("beyond its number of topics it stays quiet until others are over, and remembers no more", () => {
  const limiter = new LogLimiter(60_000, 3);
  const allowed = Array.from({ length: 1_000 }, (_, index) => limiter.allows(`topic ${index}`, index));
  assertEquals(allowed.filter(Boolean).length, 3);
  assertEquals(limiter.size, 3);
  assert(limiter.allows("new", 60_000));
  assertEquals(limiter.size, 3);
});
