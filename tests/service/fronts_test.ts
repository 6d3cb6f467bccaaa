import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Front, Place } from "../../lib/front/front.ts";
import { Fronts } from "../../lib/service/fronts.ts";
import { settle } from "../kit/fake_clock.ts";

/** What a section is here: its name, and where its requests come in. */
interface Sketch {
  readonly config: { readonly name: string };
  readonly places: readonly Place[];
}

function section(name: string, ...ports: readonly number[]): Sketch {
  return { config: { name }, places: ports.map((port) => ({ interface: undefined, port, serves: "logins" })) };
}

/** A door that notes what is done to it. */
class Door implements Front<Sketch> {
  readonly address: { readonly hostname: string; readonly port: number };
  assigned: readonly string[] = [];
  state: "open" | "draining" | "closed" = "open";
  readonly ended = Promise.withResolvers<void>();

  constructor(port: number) {
    this.address = { hostname: "::", port };
  }

  assign(sections: readonly Sketch[]): void {
    this.assigned = sections.map(({ config }) => config.name);
  }

  drain(): void {
    this.state = "draining";
  }

  idle(): Promise<void> {
    return this.ended.promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.state = "closed";
    return Promise.resolve();
  }
}

/** Doors on a machine on which some ports are taken. */
class Street {
  readonly doors = new Map<number, Door>();
  readonly taken = new Set<number>();
  /** Ports in the order in which they were opened. */
  readonly opened: number[] = [];
  readonly fronts = new Fronts<Sketch>(({ port }) => {
    if (this.taken.has(port)) throw new Deno.errors.AddrInUse("taken");
    const door = new Door(port);
    this.doors.set(port, door);
    this.opened.push(port);
    return door;
  });

  /** Who is served where, and what became of the doors that were opened. */
  get sight(): readonly (readonly [port: number, state: string, sections: string])[] {
    return [...this.doors].map(([port, { state, assigned }]) => [port, state, assigned.join()]);
  }
}

Deno.test("sections with one place share its door", () => {
  const street = new Street();
  assertEquals(street.fronts.open([section("a", 1812), section("b", 1812, 1645)]), []);
  assertEquals(street.sight, [[1812, "open", "a,b"], [1645, "open", "b"]]);
});

Deno.test("a port that can't be opened leaves the others serving, and names the sections that wait for it", () => {
  const street = new Street();
  street.taken.add(1645);
  const failed = street.fronts.open([section("a", 1812), section("b", 1645), section("c", 1645)]);
  assertEquals(failed.map(({ sections, port }) => [sections, port]), [[["b", "c"], 1645]]);
  assertStringIncludes(failed[0]?.reason ?? "", "the port is taken");
  assertEquals(street.sight, [[1812, "open", "a"]]);
});

Deno.test("an exchange keeps the doors that both need, and closes the others after their last login", async () => {
  const street = new Street();
  const before = [section("a", 1812, 1645)];
  street.fronts.open(before);
  assertEquals(street.fronts.exchange(before, [section("b", 1812, 1646)]), []);
  assertEquals(street.sight, [[1812, "open", "b"], [1645, "draining", ""], [1646, "open", "b"]]);
  street.doors.get(1645)?.ended.resolve();
  await settle();
  assertEquals(street.sight[1], [1645, "closed", ""]);
  assertEquals(street.fronts.all.map(({ place }) => place.port), [1812, 1646]);
  assertEquals(street.opened, [1812, 1645, 1646]);
});

Deno.test("an exchange for which a port is missing changes nothing", async () => {
  const street = new Street();
  const before = [section("a", 1812)];
  street.fronts.open(before);
  street.taken.add(1646);
  const failed = street.fronts.exchange(before, [section("b", 1812, 1645, 1646)]);
  assertEquals(failed.map(({ sections, port }) => [sections, port]), [[["b"], 1646]]);
  street.doors.get(1645)?.ended.resolve();
  await settle();
  assertEquals(street.sight, [[1812, "open", "a"], [1645, "closed", "b"]]);
});

Deno.test("a port that is held for another use is told from one that a stranger has", () => {
  const street = new Street();
  const before = [section("a", 1812)];
  street.fronts.open(before);
  street.taken.add(1812);
  const next = [{ ...section("b"), places: [{ interface: "192.0.2.1", port: 1812, serves: "logins" as const }] }];
  assertStringIncludes(street.fronts.exchange(before, next)[0]?.reason ?? "", "This proxy itself holds UDP port 1812");
});

Deno.test("the end waits for the doors that are still closing", async () => {
  const street = new Street();
  const before = [section("a", 1812)];
  street.fronts.open(before);
  street.fronts.exchange(before, [section("b", 1645)]);
  let ended = false;
  const end = street.fronts[Symbol.asyncDispose]().then(() => ended = true);
  await settle();
  assertEquals(ended, false);
  street.doors.get(1812)?.ended.resolve();
  await end;
  assertEquals(street.sight.map(([, state]) => state), ["closed", "closed"]);
});
