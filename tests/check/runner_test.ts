import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { allChecks } from "../../lib/check/all.ts";
import { type Check, ok } from "../../lib/check/check.ts";
import { UsageError } from "../../lib/cli/command.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { type CheckOptions, faulty, healthy, Rig } from "./rig.ts";

Deno.test("a crash of one check is a result and disturbs no other", async () => {
  await using rig = await Rig.start();
  const checks = allChecks.map((check): Check =>
    check.scope === "section" && check.name === "tls"
      ? { ...check, run: () => Promise.reject(new TypeError("undefined is no function")) }
      : check
  );
  const { code, checks: results } = await rig.check({ checks });
  const tls = results.filter(({ name }) => name === "tls");
  assertEquals(tls.map(({ status }) => status), ["failed", "failed"]);
  assertStringIncludes(tls[0]?.message ?? "", "a bug in duoproxy: TypeError: undefined is no function");
  assertEquals(results.filter(({ name, status }) => name === "tcp" && status === "ok").length, 2);
  assertEquals(results.find(({ name }) => name === "keys")?.message, "Skipped because tls failed");
  assertEquals(code, 1);
});

Deno.test("what is asked of a section with errors in the file brings the errors along, and the exit code is 1", async () => {
  await using rig = await Rig.start();
  const only = async (name: string, options: CheckOptions): Promise<readonly [number, readonly string[]]> => {
    const { code, checks: results } = await rig.check({ ...options, options: { only: [name] } });
    return [code, results.map(({ name, section, status }) => `${name} ${section} ${status}`)];
  };
  assertEquals(await only("tls", { lines: ["failmode=open"] }), [1, [
    `tls ${healthy} ok`,
    `configuration ${faulty} failed`,
    `tls ${faulty} skipped`,
  ]]);
  // The sound section beside it is not blamed.
  assertEquals((await only(healthy, { lines: ["failmode=open"] }))[0], 0);
  // So is what asks nothing of a section.
  assertEquals(await only("file-limit", { lines: ["failmode=open"] }), [0, ["file-limit null ok"]]);
  // A fault of [main] that both rely on is told once.
  const [code, results] = await only("tls", { main: ["http_proxy_port=none", "http_proxy_host=127.0.0.1"] });
  assertEquals([code, results.filter((one) => !one.startsWith("tls "))], [1, ["configuration main failed"]]);
  assertEquals(results.filter((one) => one.startsWith("tls ")), [`tls ${healthy} skipped`, `tls ${faulty} skipped`]);
});

Deno.test("a check that throws at once and one that never ends are results too", async () => {
  await using rig = await Rig.start();
  const clock = new FakeClock();
  const begun = Promise.withResolvers<void>();
  const checks: readonly Check[] = [
    {
      scope: "machine",
      name: "throws",
      summary: "Throws",
      run: () => {
        throw new RangeError("too much");
      },
    },
    {
      scope: "machine",
      name: "hangs",
      summary: "Hangs",
      run: () => {
        begun.resolve();
        return new Promise(() => {});
      },
    },
    { scope: "machine", name: "works", summary: "Works", run: () => Promise.resolve(ok("Works")) },
  ];
  const run = rig.check({ checks, machine: { clock } });
  await begun.promise;
  await clock.advance(11_000);
  const { checks: results } = await run;
  assertEquals(results.map(({ name, status }) => [name, status]), [
    ["throws", "failed"],
    ["hangs", "failed"],
    ["works", "ok"],
  ]);
  assertStringIncludes(results[1]?.message ?? "", "no result in 10 s");
});

Deno.test("--timeout ends the whole: what was not made is told, and the exit code is 69", async () => {
  await using rig = await Rig.start();
  const clock = new FakeClock();
  const begun = Promise.withResolvers<void>();
  const slow: Check = {
    scope: "section",
    name: "slow",
    summary: "Slow",
    needs: [],
    run: ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(ok("Done in the last moment")), { once: true });
        begun.resolve();
      }),
  };
  const after: Check = {
    scope: "section",
    name: "after",
    summary: "After",
    needs: ["slow"],
    run: () => Promise.resolve(ok("Done")),
  };
  const run = rig.check({ checks: [slow, after], machine: { clock }, timeout: 5_000 });
  await begun.promise;
  await clock.advance(5_000);
  const { code, checks } = await run;
  assertEquals(code, 69);
  assertEquals(checks.map(({ name, status, message }) => [name, status, message]), [
    ["slow", "ok", "Done in the last moment"],
    ["after", "skipped", "Not made: the time was up"],
    ["slow", "ok", "Done in the last moment"],
    ["after", "skipped", "Not made: the time was up"],
  ]);
});

Deno.test("never more than 16 checks run at once", async () => {
  await using rig = await Rig.start();
  let running = 0;
  let most = 0;
  const checks = Array.from({ length: 60 }, (_, index): Check => ({
    scope: "machine",
    name: `check-${index}`,
    summary: "Counts",
    run: async () => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      running--;
      return ok("Counted");
    },
  }));
  assertEquals((await rig.check({ checks })).checks.length, 60);
  assertEquals(most, 16);
});

Deno.test("--only takes checks and sections, and shows a fault in what they need", async () => {
  await using rig = await Rig.start({ certificate: "expired" });
  const names = async (...only: readonly string[]): Promise<readonly string[]> => {
    const { checks } = await rig.check({ options: { only } });
    return checks.map(({ name, section, status }) => `${section} ${name} ${status}`);
  };
  assertEquals(await names("api-version"), [
    `${healthy} api-version ok`,
    `${faulty} tls failed`,
    `${faulty} api-version skipped`,
  ]);
  assertEquals(await names("API-Version", `[${healthy}]`), [`${healthy} api-version ok`]);
  const section = await names(healthy);
  assertEquals(
    section,
    [
      ...["configuration", "interface", "listen-port", "name-resolution", "tcp", "tls", "ping", "clock", "keys"],
      "api-version",
    ].map((name) => `${healthy} ${name} ok`),
  );
  assertEquals((await rig.check({ options: { only: ["ca-file"] } })).code, 0);
});

Deno.test("an unknown name of --only is a usage error with the nearest name", async () => {
  await using rig = await Rig.start();
  const refused = (name: string): Promise<UsageError> =>
    assertRejects(() => rig.check({ options: { only: [name] } }), UsageError);
  assertStringIncludes((await refused("keyes")).message, "did you mean keys?");
  assertStringIncludes((await refused("radius_server_auto3")).message, "did you mean radius_server_auto2?");
  assertStringIncludes((await refused("weather")).message, "--list names the checks");
});
