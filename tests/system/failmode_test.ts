/**
 * Whatever can happen to Duo, for each failmode and each version of its API.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { LoginResult } from "../../lib/radius/client.ts";
import { certificateKinds } from "../../lib/simulator/certificates.ts";
import type { FaultAction } from "../../lib/simulator/faults.ts";
import { makeApplication } from "../kit/applications.ts";
import { refusingProxy } from "../kit/http_proxies.ts";
import { type SectionOptions, shown, versions, World } from "../kit/process_world.ts";

type Failmode = "safe" | "secure";

const failmodes: readonly Failmode[] = ["safe", "secure"];

/** How Duo can fail. */
interface Failure {
  readonly name: string;
  readonly fault: FaultAction;
  /** `outage`: Duo, or the way to it, is broken. `refusal`: Duo doesn't want this request. `oddity`: it answers, with words we don't know. */
  readonly kind: "outage" | "refusal" | "oddity";
}

const failures: readonly Failure[] = [
  { name: "cut before it has read", fault: { kind: "cut-before-read" }, kind: "outage" },
  { name: "cut after it has read", fault: { kind: "cut-after-read" }, kind: "outage" },
  { name: "503", fault: { kind: "status", status: 503 }, kind: "outage" },
  { name: "500 without Duo's envelope", fault: { kind: "html-body", status: 500 }, kind: "outage" },
  { name: "half of a JSON", fault: { kind: "malformed-json" }, kind: "outage" },
  { name: "an empty body", fault: { kind: "empty-body" }, kind: "outage" },
  { name: "a captive portal's page", fault: { kind: "html-body" }, kind: "outage" },
  { name: "no HTTP", fault: { kind: "malformed-http" }, kind: "outage" },
  { name: "half of a body", fault: { kind: "truncated-body" }, kind: "outage" },
  { name: "silence", fault: { kind: "hang" }, kind: "outage" },
  { name: "an answer of another shape", fault: { kind: "response", response: { result: "perhaps" } }, kind: "oddity" },
  { name: "401 wrong signature", fault: { kind: "status", status: 401, code: 40103 }, kind: "refusal" },
  { name: "400", fault: { kind: "status", status: 400, code: 40002 }, kind: "refusal" },
  { name: "403 of a box in between", fault: { kind: "html-body", status: 403 }, kind: "refusal" },
  {
    name: "429 for an hour",
    fault: { kind: "status", status: 429, code: 42901, retryAfter: "3600" },
    kind: "refusal",
  },
];

/** What fails: preauth alone, all signed calls, or auth alone. */
const places = ["preauth", "everything", "auth"] as const;

type Place = typeof places[number];

/**
 * Which failmode's decision it is, if it has a say at all: the expectation of every test of this file. It has one only where a
 * second witness says the same: ping and check are well when preauth alone fails.
 */
function decides(kind: Failure["kind"], place: Place, failmode: Failmode): Failmode | null {
  return place === "everything" && kind === "outage" ? failmode : null;
}

/** Logins under way at one time, beside those that wait for silence: a program that is short of time is no judge of Duo. */
const atOnce = 4;

for (const { version } of versions) {
  Deno.test(`whatever happens to Duo, failmode decides where it may, and nothing is sent twice (version ${version})`, async (t) => {
    const cases = failures.flatMap((failure) =>
      places.flatMap((place) => failmodes.map((failmode) => ({ ...failure, place, failmode })))
    ).map((one, index) => ({ ...one, index, application: makeApplication(index, version) }));
    const [first = {}, ...further] = cases.map(({ application, failmode, place }): SectionOptions => ({
      application,
      // Preauth has a time of its own; silence at auth needn't take longer than it has to.
      lines: [`failmode=${failmode}`, "max_pending=4", ...(place === "auth" ? ["login_timeout=5"] : [])],
    }));
    const applications = cases.map(({ application }) => application);
    await using world = await World.start({ ...first, further, simulator: { applications } });

    const results = new Map<number, LoginResult>();
    const run = async ({ index, application: { ikey }, fault, place }: typeof cases[number]): Promise<void> => {
      world.simulator.addFault({ match: { ikey, ...(place === "everything" ? {} : { path: place }) }, do: fault });
      await using gateway = world.gateway("127.0.0.1", { port: world.ports[index] ?? 0 });
      results.set(index, await gateway.login({ user: "alice", password: "push" }));
    };
    const silent = cases.filter(({ fault }) => fault.kind === "hang").map(run);
    const others = cases.filter(({ fault }) => fault.kind !== "hang").values();
    await Promise.all(Array.from({ length: atOnce }, async () => {
      for (const one of others) await run(one);
    }));
    await Promise.all(silent);
    await world.settled();

    for (const { index, application: { ikey }, name, fault, kind, place, failmode } of cases) {
      const decided = decides(kind, place, failmode);
      const allowed = decided === "safe";
      await t.step(`${name} at ${place}: failmode=${failmode} ${allowed ? "allows" : "rejects"}`, () => {
        const result = results.get(index);
        assertEquals(result?.kind, allowed ? "accept" : "reject", result && shown(result));
        const events = world.events.filter(({ server_section_ikey }) => server_section_ikey === ikey);
        assertEquals(events.map((event) => event.failmode), [decided]);
        const sent = world.simulator.findCalls({ path: "auth", ikey }).length;
        assertEquals(sent, place === "auth" ? 1 : 0);
        if (place === "auth" && fault.kind === "hang") assertEquals(result && shown(result), "Login timed out");
      });
    }
    const used = new Set(world.simulator.findCalls({ path: "preauth" }).map((call) => call.version));
    assertEquals([...used], [version]);
  });
}

/** A section for each version and failmode, each with keys of its own. */
const four = versions.flatMap(({ version }) => failmodes.map((failmode) => ({ version, failmode })));
const fourApplications = four.map(({ version }, index) => makeApplication(index, version));

/** A world with those sections. */
function startFour(lines: readonly string[] = []): Promise<World> {
  const [first = {}, ...further] = four.map(({ failmode }, index): SectionOptions => {
    const application = fourApplications[index];
    if (application === undefined) throw new Error("Each section has an application");
    return { application, lines: [`failmode=${failmode}`, ...lines] };
  });
  return World.start({ ...first, further, simulator: { applications: fourApplications } });
}

/** One login in each of the sections at once, as kinds of answers. */
async function askFour(world: World, user: string): Promise<readonly string[]> {
  const results = await Promise.all(
    world.ports.map((port) => world.gateway("127.0.0.1", { port }).login({ user, password: "push" })),
  );
  await world.settled();
  return results.map(({ kind }) => kind);
}

/** What each of the sections answers when its failmode decides. */
const byFailmode: readonly string[] = four.map(({ failmode }) => failmode === "safe" ? "accept" : "reject");

Deno.test("an unreachable Duo: failmode decides, and the next login asks Duo again", async () => {
  await using world = await startFour();
  await world.simulator.setReachable(false);
  assertEquals(await askFour(world, "alice"), byFailmode);
  assertEquals(world.events.map(({ failmode }) => failmode).toSorted(), ["safe", "safe", "secure", "secure"]);
  await world.simulator.setReachable(true);
  // bob denies every push.
  assertEquals(await askFour(world, "bob"), four.map(() => "reject"));
  assertEquals(world.asked("auth"), four.length);
});

Deno.test("a certificate that isn't Duo's never gets a request, and failmode decides", async (t) => {
  await using world = await startFour();
  for (const kind of certificateKinds.filter((kind) => kind !== "good")) {
    await t.step(kind, async () => {
      await world.simulator.setCertificate(kind);
      world.simulator.clearCalls();
      assertEquals(await askFour(world, "alice"), byFailmode);
      assertEquals(world.simulator.calls.length, 0);
      await world.simulator.setCertificate("good");
      assertEquals(await askFour(world, "alice"), four.map(() => "accept"));
    });
  }
});

for (const status of [407, 403, 502]) {
  Deno.test(`an HTTP proxy that answers ${status}: failmode decides, and the event names the status`, async () => {
    using proxy = refusingProxy(status);
    await using world = await startFour(["http_proxy_host=127.0.0.1", `http_proxy_port=${proxy.port}`]);
    assertEquals(await askFour(world, "alice"), byFailmode);
    for (const { msg } of world.events) assertStringIncludes(msg, String(status));
    assertEquals(world.simulator.calls.length, 0);
  });
}
