import { assertEquals } from "#std/assert";
import { judge, SilenceMonitor, socketProbe, TunnelRefusedError } from "../../lib/duo/availability.ts";

function coded(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

const theirs: readonly (readonly [error: unknown, cause: string])[] = [
  [coded("ENOTFOUND"), "dns"],
  [coded("EAI_AGAIN"), "dns"],
  [coded("ECONNREFUSED"), "refused"],
  [coded("ETIMEDOUT"), "timeout"],
  [coded("UND_ERR_CONNECT_TIMEOUT"), "timeout"],
  [coded("ECONNRESET"), "network"],
  [coded("UND_ERR_SOCKET"), "network"],
  [coded("EHOSTUNREACH"), "network"],
  [coded("CERT_HAS_EXPIRED"), "tls"],
  [coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), "tls"],
  [coded("ERR_TLS_CERT_ALTNAME_INVALID"), "tls"],
  [coded("UNKNOWN", "write UNKNOWN"), "tls"],
  [coded("HPE_INVALID_CONSTANT"), "malformed"],
  [coded("UND_ERR_RES_EXCEEDED_MAX_SIZE"), "malformed"],
  [new Deno.errors.UnexpectedEof("peer closed connection without sending TLS close_notify"), "network"],
  [new Deno.errors.ConnectionReset(), "network"],
  [new Deno.errors.ConnectionRefused(), "refused"],
  [new Deno.errors.BrokenPipe(), "network"],
  [new Deno.errors.TimedOut(), "timeout"],
  [new TunnelRefusedError(407), "proxy"],
  [new AggregateError([coded("ECONNREFUSED"), coded("ECONNREFUSED")]), "refused"],
  [new Error("wrapped", { cause: coded("ECONNREFUSED") }), "refused"],
];

for (const [error, cause] of theirs) {
  Deno.test(`judge() takes ${String(error)} as Duo's: ${cause}`, () => {
    const judged = judge(error, () => true);
    assertEquals([judged.kind, judged.kind === "unavailable" && judged.cause], ["unavailable", cause]);
  });
}

const ours: readonly unknown[] = [
  coded("EMFILE"),
  new Deno.errors.AddrNotAvailable(),
  coded("ENFILE"),
  coded("ENOBUFS"),
  coded("EADDRNOTAVAIL"),
  new AggregateError([coded("ECONNREFUSED"), coded("EMFILE")]),
  new Error("wrapped", { cause: coded("EMFILE") }),
  new TypeError("x is not a function"),
  coded("ERR_INVALID_ARG_TYPE"),
  coded("UND_ERR_INVALID_ARG"),
  coded("UND_ERR_DESTROYED"),
  new Error("who knows"),
  "a string",
];

for (const error of ours) {
  Deno.test(`judge() takes ${String(error)} as ours`, () => assertEquals(judge(error, () => true).kind, "overloaded"));
}

for (const code of ["ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "CERT_HAS_EXPIRED"]) {
  Deno.test(`judge() doesn't believe ${code} while no socket can be opened`, () => {
    assertEquals(judge(coded(code), () => false).kind, "overloaded");
  });
}

Deno.test("socketProbe() says no for ten seconds after sockets ran out, and closes what it opens", () => {
  let now = 0;
  let open = 0;
  let broken = false;
  const probe = socketProbe(() => {
    if (broken && open === 2) throw coded("EMFILE");
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

Deno.test("SilenceMonitor is silent from the third login in a row that waited in vain, until something is heard", () => {
  const monitor = new SilenceMonitor();
  assertEquals([monitor.waitedInVain(), monitor.waitedInVain(), monitor.silent], [false, false, false]);
  monitor.heard();
  assertEquals([monitor.waitedInVain(), monitor.waitedInVain(), monitor.waitedInVain()], [false, false, true]);
  assertEquals(monitor.silent, true);
  assertEquals(monitor.waitedInVain(), false);
  monitor.heard();
  assertEquals(monitor.silent, false);
});
