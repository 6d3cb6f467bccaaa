import { assertEquals } from "@std/assert";
import { Gate } from "../../lib/net/gate.ts";

const forever = new AbortController().signal;

Deno.test("as many as the limit enter at once, the others in their order as places are given back", async () => {
  const gate = new Gate(2);
  const entered: number[] = [];
  const enter = async (number: number): Promise<() => void> => {
    const leave = await gate.enter(forever);
    entered.push(number);
    return leave ?? ((): void => {});
  };
  const all = [1, 2, 3, 4].map(enter);
  const [first, second] = await Promise.all([all[0], all[1]]);
  assertEquals([entered, gate.inside, gate.waiting], [[1, 2], 2, 2]);
  second?.();
  (await all[2])?.();
  await all[3];
  assertEquals([entered, gate.inside], [[1, 2, 3, 4], 2]);
  first?.();
  (await all[3])?.();
  assertEquals([gate.inside, gate.waiting], [0, 0]);
});

Deno.test("a place that is given back twice counts once", async () => {
  const gate = new Gate(1);
  const leave = await gate.enter(forever);
  leave?.();
  leave?.();
  await gate.enter(forever);
  assertEquals(gate.inside, 1);
});

Deno.test("whoever gives up leaves the queue, and takes no place", async () => {
  const gate = new Gate(1);
  const leave = await gate.enter(forever);
  const patience = new AbortController();
  const impatient = gate.enter(patience.signal);
  const patient = gate.enter(forever);
  patience.abort();
  assertEquals(await impatient, undefined);
  assertEquals(gate.waiting, 1);
  leave?.();
  assertEquals(typeof await patient, "function");
  assertEquals(await gate.enter(AbortSignal.abort()), undefined);
});

Deno.test("the urgent pass those who wait, and some places are theirs alone", async () => {
  const gate = new Gate(3, 1);
  const entered: string[] = [];
  const enter = async (name: string): Promise<() => void> => {
    const leave = await gate.enter(forever, name.startsWith("urgent"));
    entered.push(name);
    return leave ?? ((): void => {});
  };
  const [one, two, three, urgent1, urgent2, urgent3] = ["1", "2", "3", "urgent 1", "urgent 2", "urgent 3"].map(enter);
  const leaves = await Promise.all([one, two, urgent1]);
  assertEquals([entered, gate.inside, gate.waiting], [["1", "2", "urgent 1"], 3, 3]);
  for (const leave of leaves) leave?.();
  (await urgent2)?.();
  (await urgent3)?.();
  (await three)?.();
  assertEquals(entered, ["1", "2", "urgent 1", "urgent 2", "urgent 3", "3"]);
  assertEquals([gate.inside, gate.waiting], [0, 0]);
});
