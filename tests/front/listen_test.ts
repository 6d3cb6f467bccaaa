import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Place } from "../../lib/front/front.ts";
import { explainListenFailure, listenAt } from "../../lib/front/listen.ts";

const everywhere: Place = { interface: undefined, port: 1812, serves: "logins" };
const one: Place = { ...everywhere, interface: "192.0.2.1" };

/** A machine on which some addresses can't be had. Tells what was tried, in order. */
class Machine {
  readonly tried: string[] = [];
  readonly #failures: ReadonlyMap<string, Error>;

  constructor(failures: readonly (readonly [hostname: string, error: Error])[] = []) {
    this.#failures = new Map(failures);
  }

  readonly listen = ({ hostname, port }: { readonly hostname: string; readonly port: number }): string => {
    this.tried.push(hostname);
    const failure = this.#failures.get(hostname);
    if (failure) throw failure;
    return `${hostname} ${port}`;
  };
}

Deno.test("without an interface all addresses of both families are taken, and of IPv4 where there is no IPv6", () => {
  assertEquals(listenAt(everywhere, new Machine().listen), ":: 1812");
  const old = new Machine([["::", new Deno.errors.AddrNotAvailable("no IPv6")]]);
  assertEquals([listenAt(everywhere, old.listen), old.tried], ["0.0.0.0 1812", ["::", "0.0.0.0"]]);
});

Deno.test("a port that is taken is not tried again on half of the addresses", () => {
  const machine = new Machine([["::", new Deno.errors.AddrInUse("taken")]]);
  assertThrows(() => listenAt(everywhere, machine.listen), Deno.errors.AddrInUse);
  assertEquals(machine.tried, ["::"]);
});

Deno.test("with an interface nothing else is tried", () => {
  const machine = new Machine([["192.0.2.1", new Deno.errors.AddrNotAvailable("none")]]);
  assertThrows(() => listenAt(one, machine.listen), Deno.errors.AddrNotAvailable);
  assertEquals(machine.tried, ["192.0.2.1"]);
});

const failures: readonly (readonly [error: unknown, place: Place, words: string])[] = [
  [
    new Deno.errors.AddrInUse(""),
    everywhere,
    "all addresses, UDP port 1812: the port is taken; see who has it with: ss",
  ],
  [new Deno.errors.AddrNotAvailable(""), one, "192.0.2.1, UDP port 1812: this machine has no such address"],
  [new Deno.errors.PermissionDenied(""), everywhere, "ports below 1024 need CAP_NET_BIND_SERVICE"],
  [new Error("odd"), everywhere, "UDP port 1812: odd"],
];

for (const [error, place, words] of failures) {
  Deno.test(`a port that can't be opened is explained: ${words}`, () => {
    assertStringIncludes(explainListenFailure(error, place), words);
  });
}
