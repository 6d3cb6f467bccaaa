/**
 * The metrics: their names and form as Prometheus' own lint wants them, and what is counted where.
 *
 * @module
 */

import { systemClock } from "../../lib/clock.ts";
import type { AuthEvent } from "../../lib/login/events.ts";
import { type Gauges, Metrics } from "../../lib/service/metrics.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { authEvent } from "../kit/auth_event.ts";
import { FakeClock } from "../kit/fake_clock.ts";

const gauges: Gauges = {
  version: "1.2.3",
  platform: "deno",
  started: 1_500,
  pendingLogins: 4,
  logLinesDropped: { forgeable: 5, log: 3, event: 2, allow: 1 },
  primaryOnly: false,
  reloadSuccessful: true,
  sections: [{ name: "radius_server_auto", ready: true, silent: false, taken: 3, limit: 1_000 }],
};

/** Series of a text in Prometheus' format, read strictly: any other line fails the test. */
interface Exposition {
  readonly families: ReadonlyMap<string, { readonly type: string; readonly help: string }>;
  /** By name and labels as written. */
  readonly series: ReadonlyMap<string, number>;
}

function parse(text: string): Exposition {
  assert(text.endsWith("\n"), "the last line has no end");
  const families = new Map<string, { type: string; help: string }>();
  const series = new Map<string, number>();
  let current = "";
  let help: string | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const helpLine = /^# HELP ([a-z_]+) (\S.*)$/.exec(line);
    const typeLine = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (helpLine !== null) {
      current = helpLine[1] ?? "";
      help = helpLine[2];
      assert(!families.has(current), `${current} comes twice`);
    } else if (typeLine !== null) {
      assertEquals(typeLine[1], current);
      assert(help !== undefined);
      families.set(current, { type: typeLine[2] ?? "", help });
      help = undefined;
    } else {
      const label = '[a-z_][a-z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"';
      const sample = new RegExp(`^(([a-z_]+)(?:\\{${label}(?:,${label})*\\})?) (\\+Inf|[0-9.]+(?:e[-+]?[0-9]+)?)$`)
        .exec(line);
      assert(sample !== null, `no sample: ${line}`);
      const [, key = "", name = "", value = ""] = sample;
      const suffixes = families.get(current)?.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
      assert(suffixes.some((suffix) => name === current + suffix), `${name} among ${current}`);
      assert(!series.has(key), `${key} comes twice`);
      series.set(key, Number(value));
    }
  }
  return { families, series };
}

function event(changes: Partial<AuthEvent> = {}): AuthEvent {
  return authEvent({ username: "alice-the-user", server_section: "radius_server_auto", ...changes });
}

function count(metrics: Metrics, ...events: readonly AuthEvent[]): void {
  const counting = metrics.counting({ auth: () => {}, log: () => {} });
  for (const one of events) counting.auth(one);
}

Deno.test("every metric that operators were promised exists", () => {
  const { families } = parse(new Metrics(systemClock).render(gauges));
  const promised = [
    ["duoproxy_acknowledged_accounting_total", "counter"],
    ["duoproxy_build_info", "gauge"],
    ["duoproxy_dropped_packets_total", "counter"],
    ["duoproxy_duo_request_duration_seconds", "histogram"],
    ["duoproxy_failmode_allows_total", "counter"],
    ["duoproxy_joined_duplicates_total", "counter"],
    ["duoproxy_limited_logins_total", "counter"],
    ["duoproxy_log_lines_dropped_total", "counter"],
    ["duoproxy_logins_total", "counter"],
    ["duoproxy_pending_logins", "gauge"],
    ["duoproxy_repeated_packets_total", "counter"],
    ["duoproxy_slots_limit", "gauge"],
    ["duoproxy_slots_taken", "gauge"],
  ] as const;
  for (const [name, type] of promised) assertEquals(families.get(name)?.type, type, name);
});

Deno.test("names keep the rules of Prometheus: one prefix, base units, _total for counters and for nothing else", () => {
  const { families } = parse(new Metrics(systemClock).render(gauges));
  for (const [name, { type, help }] of families) {
    assertMatch(name, /^duoproxy_[a-z]+(_[a-z]+)*$/);
    assertEquals(name.endsWith("_total"), type === "counter", name);
    assert(!/_(bucket|count|sum|counter|gauge|histogram)$/.test(name), name);
    assert(!/(milli|micro|nano|minutes|hours|days|_ms|kilo|mega|percent|bits)/.test(name), `unit of ${name}`);
    if (type === "histogram") assertMatch(name, /_(seconds|bytes)$/);
    assert(!help.endsWith("."), name);
  }
});

Deno.test("a section's series are there with 0 before its first login", () => {
  const metrics = new Metrics(systemClock);
  metrics.addSections(["radius_server_auto", "radius_server_duo_only2"]);
  const { series } = parse(metrics.render(gauges));
  for (const section of ["radius_server_auto", "radius_server_duo_only2"]) {
    assertEquals(series.get(`duoproxy_failmode_allows_total{section="${section}"}`), 0);
    for (const result of ["allow", "reject", "challenge", "error"]) {
      for (const factor of ["push", "phone", "sms", "passcode", "auto", "none"]) {
        const key = `duoproxy_logins_total{section="${section}",result="${result}",factor="${factor}"}`;
        assertEquals(series.get(key), 0, key);
      }
    }
  }
  assertEquals(series.get('duoproxy_dropped_packets_total{reason="unknown-client"}'), 0);
  assertEquals(series.get('duoproxy_duo_request_duration_seconds_count{endpoint="auth",outcome="answer"}'), 0);
});

Deno.test("logins are counted by result and by the kind of factor, and go on to the log", () => {
  const metrics = new Metrics(systemClock);
  const seen: string[] = [];
  const counting = metrics.counting({
    auth: ({ request_id }) => void seen.push(request_id),
    log: (level, message) => void seen.push(`${level} ${message}`),
  });
  const cases: readonly (readonly [string | null, string])[] = [
    ["push", "push"],
    ["push2", "push"],
    ["phone12", "phone"],
    ["sms1", "sms"],
    ["passcode", "passcode"],
    ["auto", "auto"],
    [null, "none"],
    // What Duo chose by itself, and whatever else might come: no series of its own.
    ["desktop1", "auto"],
  ];
  for (const [factor] of cases) counting.auth(event({ factor, request_id: factor ?? "-" }));
  counting.log("info", "line");
  assertEquals(seen, ["push", "push2", "phone12", "sms1", "passcode", "auto", "-", "desktop1", "info line"]);
  const { series } = parse(metrics.render(gauges));
  const of = (factor: string): number | undefined =>
    series.get(`duoproxy_logins_total{section="radius_server_auto",result="allow",factor="${factor}"}`);
  for (const name of new Set(cases.map(([, name]) => name))) {
    assertEquals(of(name), cases.filter(([, other]) => other === name).length, name);
  }
});

Deno.test("each status is a result; a right first factor is not the end of a login", () => {
  const metrics = new Metrics(systemClock);
  count(
    metrics,
    event({ status: "Reject" }),
    event({ status: "Error" }),
    event({ status: "Challenge" }),
    event({ auth_stage: "Primary authentication", status: "Allow" }),
    event({ auth_stage: "Primary authentication", status: "Reject" }),
  );
  const { series } = parse(metrics.render(gauges));
  const of = (result: string): number | undefined =>
    series.get(`duoproxy_logins_total{section="radius_server_auto",result="${result}",factor="push"}`);
  assertEquals([of("allow"), of("reject"), of("error"), of("challenge")], [0, 2, 1, 1]);
});

Deno.test("only a login that failmode let in counts as one", () => {
  const metrics = new Metrics(systemClock);
  count(
    metrics,
    event({ failmode: "safe" }),
    event({ failmode: "safe", reason: "primary-only" }),
    event({ failmode: "secure", status: "Reject" }),
    event(),
  );
  const { series } = parse(metrics.render(gauges));
  assertEquals(series.get('duoproxy_failmode_allows_total{section="radius_server_auto"}'), 2);
});

Deno.test("no user's name comes into the metrics, and a label is escaped", () => {
  const metrics = new Metrics(systemClock);
  count(metrics, event({ server_section: 'a"b\\c\nd' }));
  const text = metrics.render(gauges);
  assert(!text.includes("alice-the-user"));
  const { series } = parse(text);
  assertEquals(series.get('duoproxy_failmode_allows_total{section="a\\"b\\\\c\\nd"}'), 0);
});

Deno.test("calls to Duo go into the buckets of their endpoint, of both versions of the API", () => {
  const metrics = new Metrics(systemClock);
  metrics.duoCall("/auth/v2/auth_status", 100, "answer");
  metrics.duoCall("/rest/v1/status", 100.5, "answer");
  metrics.duoCall("/rest/v1/status", 90_000, "answer");
  metrics.duoCall("/auth/v2/preauth", 40, "unavailable");
  metrics.duoCall("/unheard/of", 1, "answer");
  metrics.duoCall("/auth/v2/auth", 1, "unheard-of");
  const { series } = parse(metrics.render(gauges));
  const name = "duoproxy_duo_request_duration_seconds";
  const status = 'endpoint="status",outcome="answer"';
  const bucket = (le: string): number | undefined => series.get(`${name}_bucket{${status},le="${le}"}`);
  // A bound is part of its bucket, and each bucket holds those before it.
  assertEquals([bucket("0.05"), bucket("0.1"), bucket("0.25"), bucket("60"), bucket("+Inf")], [0, 1, 2, 2, 3]);
  assertEquals(series.get(`${name}_count{${status}}`), 3);
  assertEquals(series.get(`${name}_sum{${status}}`), 90.2005);
  assertEquals(series.get(`${name}_count{endpoint="preauth",outcome="unavailable"}`), 1);
  const counts = [...series].filter(([key]) => key.startsWith(`${name}_count`));
  assertEquals(counts.reduce((sum, [, value]) => sum + value, 0), 4);
});

Deno.test("an answer of Duo's is remembered, also a refusal, but no failure", () => {
  const clock = new FakeClock(1_000);
  const metrics = new Metrics(clock);
  metrics.duoCall("/auth/v2/ping", 1, "unavailable");
  assertEquals(metrics.lastAnswer, undefined);
  metrics.duoCall("/auth/v2/ping", 1, "refused");
  assertEquals(metrics.lastAnswer, 1_000);
});

Deno.test("repeats are counted by what became of them, acknowledged accounting by section", () => {
  const metrics = new Metrics(systemClock);
  metrics.addSections(["radius_server_auto", "radius_server_duo_only"]);
  for (const kind of ["pending", "pending", "answered", "replay"] as const) metrics.repeated(kind);
  metrics.acknowledged("radius_server_auto");
  const { series } = parse(metrics.render(gauges));
  const repeats = ["pending", "answered", "replay"].map((kind) =>
    series.get(`duoproxy_repeated_packets_total{kind="${kind}"}`)
  );
  assertEquals(repeats, [2, 1, 1]);
  const name = "duoproxy_acknowledged_accounting_total";
  assertEquals(series.get(`${name}{section="radius_server_auto"}`), 1);
  assertEquals(series.get(`${name}{section="radius_server_duo_only"}`), 0);
});

Deno.test("drops, joined requests and what is only looked at", () => {
  const metrics = new Metrics(systemClock);
  metrics.dropped({ reason: "malformed" });
  metrics.dropped({ reason: "malformed" });
  metrics.joined("radius_server_auto");
  const { series } = parse(metrics.render({ ...gauges, reloadSuccessful: false, primaryOnly: true }));
  assertEquals(series.get('duoproxy_dropped_packets_total{reason="malformed"}'), 2);
  assertEquals(series.get("duoproxy_joined_duplicates_total"), 1);
  assertEquals(series.get("duoproxy_pending_logins"), 4);
  for (const [kind, value] of Object.entries(gauges.logLinesDropped)) {
    assertEquals(series.get(`duoproxy_log_lines_dropped_total{kind="${kind}"}`), value);
  }
  assertEquals(series.get('duoproxy_build_info{version="1.2.3",platform="deno"}'), 1);
  assertEquals(series.get("duoproxy_start_time_seconds"), 1.5);
  assertEquals(series.get("duoproxy_primary_only"), 1);
  assertEquals(series.get("duoproxy_config_last_reload_successful"), 0);
});

Deno.test("a login that was repeated is counted once", () => {
  const metrics = new Metrics(systemClock);
  count(
    metrics,
    event({ failmode: "safe", reason: "failmode" }),
    event({ failmode: "safe", reason: "joined", joined: true, request_id: "2" }),
  );
  const { series } = parse(metrics.render(gauges));
  assertEquals(series.get('duoproxy_logins_total{section="radius_server_auto",result="allow",factor="push"}'), 1);
  assertEquals(series.get('duoproxy_failmode_allows_total{section="radius_server_auto"}'), 1);
});

Deno.test("rejects for a limit of ours are counted by their reason, and slots are what the section says", () => {
  const metrics = new Metrics(systemClock);
  const rejected = { status: "Reject", factor: null } as const;
  count(
    metrics,
    event({ ...rejected, reason: "overloaded" }),
    event({ ...rejected, reason: "overloaded" }),
    event({ ...rejected, reason: "push-limit" }),
    event({ ...rejected, reason: "denied" }),
  );
  const { series } = parse(metrics.render(gauges));
  const labels = (reason: string): string => `{section="radius_server_auto",reason="${reason}"}`;
  assertEquals(series.get(`duoproxy_limited_logins_total${labels("overloaded")}`), 2);
  assertEquals(series.get(`duoproxy_limited_logins_total${labels("push-limit")}`), 1);
  assertEquals(series.get(`duoproxy_limited_logins_total${labels("denied")}`), undefined);
  assertEquals(series.get('duoproxy_slots_taken{section="radius_server_auto"}'), 3);
  assertEquals(series.get('duoproxy_slots_limit{section="radius_server_auto"}'), 1_000);
});
