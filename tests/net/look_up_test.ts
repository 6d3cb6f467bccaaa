import { assertEquals, assertRejects } from "@std/assert";
import { LookUps } from "../../lib/net/look_up.ts";
import { FakeClock } from "../kit/fake_clock.ts";

Deno.test("look-ups of one name that come close together are one; later and other ones are not", async () => {
  const clock = new FakeClock();
  const asked: string[] = [];
  const answers: ((addresses: readonly string[]) => void)[] = [];
  const lookUps = new LookUps(clock, (name) => {
    asked.push(name);
    return new Promise((resolve) => answers.push(resolve));
  });
  const first = lookUps.addresses("a");
  await clock.advance(1_999);
  const second = lookUps.addresses("a");
  const other = lookUps.addresses("b");
  await clock.advance(1);
  const third = lookUps.addresses("a");
  assertEquals(asked, ["a", "b", "a"]);
  answers[2]?.(["192.0.2.3"]);
  assertEquals(await third, ["192.0.2.3"]);
  answers[0]?.(["192.0.2.1"]);
  answers[1]?.(["192.0.2.2"]);
  assertEquals([await first, await second, await other], [["192.0.2.1"], ["192.0.2.1"], ["192.0.2.2"]]);
  void lookUps.addresses("a");
  assertEquals(asked.length, 4);
});

Deno.test("a look-up that failed fails for all who waited, and is not remembered", async () => {
  let asked = 0;
  const lookUps = new LookUps(new FakeClock(), () => {
    asked++;
    return Promise.reject(new Error("no such name"));
  });
  const both = [lookUps.addresses("a"), lookUps.addresses("a")];
  for (const one of both) await assertRejects(() => one, Error, "no such name");
  assertEquals(asked, 1);
  await assertRejects(() => lookUps.addresses("a"));
  assertEquals(asked, 2);
});
