import { assertEquals } from "@std/assert";
import { judge, socketProbe } from "../../lib/duo/availability.ts";
import type { HttpFailure } from "../../lib/net/http_client.ts";

function failure(changes: Partial<HttpFailure>): HttpFailure {
  return {
    stage: "reply",
    end: "time",
    code: undefined,
    message: "",
    untrusted: false,
    underWay: 6_000,
    lag: 0,
    lagInAll: 0,
    writtenWhole: true,
    reused: false,
    ...changes,
  };
}

const usual = { canOpenSockets: (): boolean => true, leastWait: 2_000 };

Deno.test("judge() names in what way Duo failed", () => {
  const causes: readonly (readonly [Partial<HttpFailure>, string])[] = [
    [{ stage: "look-up", end: "error", code: "ENOTFOUND" }, "dns"],
    [{ stage: "connect", end: "error", code: "ECONNREFUSED" }, "refused"],
    [{ stage: "connect", end: "error", code: "ENETUNREACH" }, "network"],
    [{ stage: "connect" }, "timeout"],
    [{ stage: "tunnel", end: "tunnel-refused", tunnelStatus: 407 }, "proxy"],
    [{ stage: "tunnel", end: "malformed" }, "proxy"],
    [{ stage: "handshake", end: "error", code: "ERR_SSL_WRONG_VERSION_NUMBER" }, "tls"],
    [{ stage: "handshake", end: "error", code: "CERT_HAS_EXPIRED", untrusted: true }, "untrusted"],
    [{ stage: "handshake", end: "error", code: "ERR_TLS_CERT_ALTNAME_INVALID", untrusted: true }, "untrusted"],
    [{ end: "cut" }, "network"],
    [{ end: "malformed" }, "malformed"],
    [{}, "timeout"],
  ];
  for (const [changes, cause] of causes) {
    const judged = judge(failure(changes), usual);
    assertEquals([judged.kind, judged.kind === "unavailable" && judged.cause], ["unavailable", cause]);
  }
});

Deno.test("judge() draws its lines at 250 ms of lag and at the least wait", () => {
  const kind = (changes: Partial<HttpFailure>, leastWait = 2_000): string =>
    judge(failure(changes), { ...usual, leastWait }).kind;
  assertEquals([kind({ lag: 250 }), kind({ lag: 250.1 })], ["unavailable", "delayed"]);
  assertEquals([kind({ underWay: 2_000 }), kind({ underWay: 1_999.9 })], ["unavailable", "delayed"]);
  assertEquals([kind({ lag: 200, lagInAll: 4_000 }), kind({ lag: 200, lagInAll: 4_001 })], ["unavailable", "delayed"]);
  assertEquals([kind({ underWay: 300 }, 300), kind({ underWay: 299 }, 300)], ["unavailable", "delayed"]);
  // What needs no wait is believed however slow we are: a refusal comes from the other side.
  assertEquals(kind({ stage: "connect", end: "error", code: "ECONNREFUSED", lag: 5_000, underWay: 1 }), "unavailable");
});

Deno.test("judge() takes a shortage of this machine for ours at every stage", () => {
  for (const stage of ["queue", "look-up", "connect", "tunnel", "handshake", "write", "reply"] as const) {
    for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "EAGAIN"]) {
      const judged = judge(failure({ stage, end: "error", code }), usual);
      assertEquals(judged, { kind: "overloaded", detail: `Cannot open a connection to Duo: ${code}` });
    }
  }
});

Deno.test("judge() believes nothing about the network while no socket can be opened", () => {
  const short = { ...usual, canOpenSockets: (): boolean => false };
  for (const stage of ["look-up", "connect"] as const) {
    assertEquals(judge(failure({ stage }), short).kind, "overloaded");
    assertEquals(judge(failure({ stage, end: "error", code: "ENOTFOUND" }), short).kind, "overloaded");
  }
});

Deno.test("socketProbe() says no for ten seconds after sockets ran out, and closes what it opens", () => {
  let now = 0;
  let open = 0;
  let broken = false;
  const probe = socketProbe(() => {
    if (broken && open === 2) throw new Error("EMFILE");
    open++;
    return { close: () => open-- };
  }, () => now);
  assertEquals(probe(), true);
  broken = true;
  assertEquals(probe(), false);
  broken = false;
  now = 9_999;
  assertEquals(probe(), false);
  now = 10_000;
  assertEquals(probe(), true);
  assertEquals(open, 0);
});
