import { assert, assertEquals } from "@std/assert";
import {
  AnsweredChallenges,
  type Challenge,
  ChallengeSeal,
  type ChallengeSealOptions,
} from "../../lib/login/challenge_state.ts";
import { autoMode } from "../../lib/login/modes/auto.ts";
import type { Verdict } from "../../lib/login/verdict.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { Rig } from "./rig.ts";

const challenge: Challenge = { user: "alice", gateway: "192.0.2.1" };

/** A section on a process with a clock and a memory of its own, but for what a test shares. */
function seal(changes: Partial<ChallengeSealOptions> = {}): ChallengeSeal {
  const clock = changes.clock ?? new FakeClock();
  return new ChallengeSeal({
    ikey: "DIXXXXXXXXXXXXXXXXXX",
    skey: "k".repeat(40),
    section: "radius_server_auto",
    primary: "none",
    clock,
    answered: new AnsweredChallenges(clock),
    ...changes,
  });
}

Deno.test("a State opens once, also on another proxy with the same section", () => {
  const [one, other] = [seal(), seal()];
  const state = one.seal(challenge);
  assert(state.length <= 253);
  assertEquals([other.open(state, challenge), other.open(state, challenge)], [true, false]);
  assertEquals([one.open(state, challenge), one.open(state, challenge)], [true, false]);
});

Deno.test("a State that was answered is no good after a reload", () => {
  const clock = new FakeClock();
  const answered = new AnsweredChallenges(clock);
  const before = seal({ clock, answered });
  const state = before.seal(challenge);
  const open = before.seal(challenge);
  assertEquals(before.open(state, challenge), true);
  const after = seal({ clock, answered });
  assertEquals([after.open(state, challenge), after.open(open, challenge)], [false, true]);
});

const strangers: readonly (readonly [what: string, Partial<ChallengeSealOptions>])[] = [
  ["section with the same keys", { section: "radius_server_auto2" }],
  ["first factor", { primary: "directory" }],
  ["ikey", { ikey: "DIYYYYYYYYYYYYYYYYYY" }],
  ["skey", { skey: "K".repeat(40) }],
];

for (const [what, changes] of strangers) {
  Deno.test(`a State of another ${what} is refused`, () => {
    const state = seal(changes).seal(challenge);
    assertEquals([seal().open(state, challenge), seal(changes).open(state, challenge)], [false, true]);
  });
}

const claims: readonly (readonly [what: string, Challenge])[] = [
  ["user", { ...challenge, user: "bob" }],
  ["gateway", { ...challenge, gateway: "192.0.2.2" }],
  ["division between user and gateway", { user: "alice1", gateway: "92.0.2.1" }],
];

for (const [what, claim] of claims) {
  Deno.test(`a State is refused for another ${what}`, () => {
    assertEquals(seal().open(seal().seal(challenge), claim), false);
  });
}

Deno.test("a State expires after 300 s by the system's clock", () => {
  const clock = new FakeClock(Date.UTC(2026, 10, 25));
  const own = seal({ clock });
  const [early, late] = [own.seal(challenge), own.seal(challenge)];
  clock.setWall(clock.wallNow() + 299_999);
  assertEquals(own.open(early, challenge), true);
  clock.setWall(clock.wallNow() + 1);
  assertEquals(own.open(late, challenge), false);
});

Deno.test("a clock that jumps ahead and back brings no answered State back", () => {
  const clock = new FakeClock();
  const own = seal({ clock });
  const state = own.seal(challenge);
  assertEquals(own.open(state, challenge), true);
  const before = clock.wallNow();
  clock.setWall(before + 3_600_000);
  assertEquals(own.open(own.seal(challenge), challenge), true);
  clock.setWall(before);
  assertEquals(own.open(state, challenge), false);
});

Deno.test("a clock that is set back lengthens no State's life beyond its one answer", async () => {
  const clock = new FakeClock();
  const own = seal({ clock });
  const state = own.seal(challenge);
  const before = clock.wallNow();
  assertEquals(own.open(state, challenge), true);
  await clock.advance(400_000);
  clock.setWall(before);
  assertEquals(own.open(own.seal(challenge), challenge), true);
  assertEquals(own.open(state, challenge), false);
});

Deno.test("whatever is shorter, longer or changed by a bit is refused, and nothing of it is thrown", () => {
  const own = seal();
  const state = own.seal(challenge);
  for (let length = 0; length < state.length; length++) {
    assertEquals(own.open(state.subarray(0, length), challenge), false, `${length} octets`);
  }
  assertEquals(own.open(Uint8Array.from([...state, 0]), challenge), false);
  for (let index = 0; index < state.length; index++) {
    const changed = Uint8Array.from(state);
    changed[index] = (changed[index] ?? 0) ^ 1;
    assertEquals(own.open(changed, challenge), false, `octet ${index}`);
  }
  assertEquals(own.open(state, challenge), true, "none of it has used the State up");
});

Deno.test("the memory is bounded: what it has no room for is refused, and what has expired makes room", async () => {
  const clock = new FakeClock();
  const answered = new AnsweredChallenges(clock, 2);
  const own = seal({ clock, answered });
  const open = (): boolean => own.open(own.seal(challenge), challenge);
  assertEquals([open(), open(), open(), answered.size], [true, true, false, 2]);
  await clock.advance(300_000 + 1_000);
  assertEquals([open(), answered.size], [true, 1]);
});

/** State of a challenge that a login got. */
function stateOf(verdict: Verdict): Uint8Array {
  assert(verdict.kind === "challenge");
  return verdict.state;
}

Deno.test("a challenge is finished by its answer, once, and not in another section", async () => {
  const rig = new Rig({
    name: "radius_server_auto",
    mode: autoMode({ allowConcat: false, delimiter: ",", delimitedPasswordLength: 0, factors: ["passcode"] }),
  });
  const state = stateOf(await rig.ask({ field: "hunter2" }));
  const other = { ...rig.section, name: "radius_server_auto2", challenges: seal({ section: "radius_server_auto2" }) };
  assertEquals((await rig.ask({ field: "123456", state }, other)).kind, "reject");
  assertEquals(rig.events.at(-1)?.reason, "unknown-challenge");
  const [answer] = await rig.begin({ field: "123456", state });
  rig.pushes[0]?.approve();
  assertEquals((await answer)?.kind, "accept");
  assertEquals((await rig.ask({ field: "123456", state })).kind, "reject");
  assertEquals([rig.events.at(-1)?.reason, rig.begun], ["unknown-challenge", 1]);
});
