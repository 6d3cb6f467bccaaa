import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type RequestMark, RequestTable } from "../../lib/radius/request_table.ts";

const day = 24 * 60 * 60 * 1_000;
const limits = { keep: day, requestsPerGateway: 100, requests: 1_000, gateways: 10 };

/** A request whose authenticator and fingerprint come from two numbers. */
function mark(authenticator: number, fingerprint = authenticator): RequestMark {
  const octets = new Uint8Array(16);
  new DataView(octets.buffer).setUint32(12, authenticator);
  return {
    authenticator: octets,
    fingerprint: String.fromCharCode(0, 0xff, ...octets.subarray(14), fingerprint & 0xff, fingerprint >> 8, 7, 7),
  };
}

const unknown = { same: false, reused: false };

Deno.test("a request is known from whichever address it comes, for a day", () => {
  const table = new RequestTable(limits, 0);
  assertEquals(table.find("a", mark(1), 0), unknown);
  table.add("a", mark(1), 0);
  assertEquals(table.find("a", mark(1), day), { same: true, reused: false });
  assertEquals(table.find("b", mark(1), day), { same: true, reused: false });
  assertEquals(table.find("a", mark(1), day + 1_000), unknown);
});

Deno.test("another request with its Request Authenticator is told from it, if the same gateway sent it", () => {
  const table = new RequestTable(limits, 0);
  table.add("a", mark(1, 1), 0);
  assertEquals(table.find("a", mark(1, 2), 0), { same: false, reused: true });
  assertEquals(table.find("b", mark(1, 2), 0), { same: false, reused: false });
});

Deno.test("a gateway that always sends one Request Authenticator takes one place", () => {
  const table = new RequestTable(limits, 0);
  for (let index = 0; index < 10_000; index++) table.add("a", mark(1, index), 0);
  assertEquals([table.size, table.gateways], [1, 1]);
});

Deno.test("beyond its number a gateway's oldest request goes, and no other gateway's", () => {
  const table = new RequestTable(limits, 0);
  table.add("b", mark(1_000_000), 0);
  for (let index = 0; index < 150; index++) table.add("a", mark(index), index);
  assertEquals(table.size, 101);
  assertEquals(table.find("a", mark(49), 150), unknown);
  assert(table.find("a", mark(50), 150).same);
  assert(table.find("b", mark(1_000_000), 150).same);
});

Deno.test("beyond the number of all, the gateway that has most loses the older half of it", () => {
  const table = new RequestTable({ ...limits, requestsPerGateway: 900 }, 0);
  for (let index = 0; index < 700; index++) table.add("much", mark(index), 0);
  for (let index = 700; index < 1_000; index++) table.add("little", mark(index), 0);
  table.add("little", mark(1_000), 0);
  assertEquals(table.size, 651);
  assertEquals([table.find("much", mark(349), 0).same, table.find("much", mark(350), 0).same], [false, true]);
  for (let index = 700; index <= 1_000; index++) assert(table.find("little", mark(index), 0).same);
});

Deno.test("beyond the number of gateways the one that sent nothing for longest goes", () => {
  const table = new RequestTable(limits, 0);
  for (let index = 0; index < 10; index++) table.add(String(index), mark(index), 0);
  table.add("0", mark(100), 0);
  table.add("new", mark(200), 0);
  assertEquals([table.gateways, table.size], [10, 11]);
  assert(table.find("0", mark(0), 0).same);
  assertEquals(table.find("1", mark(1), 0), unknown);
});

Deno.test("a hundred thousand requests of a gateway take less than 6 MB", () => {
  const table = new RequestTable({ ...limits, requestsPerGateway: 100_000, requests: 2_000_000 }, 0);
  for (let index = 0; index < 100_000; index++) table.add("a", mark(index), index);
  assertEquals(table.size, 100_000);
  assert(table.octets < 6_000_000, `${table.octets}`);
});

Deno.test("the table knows what a plain list knows", () => {
  const steps = fc.array(
    fc.record({
      gateway: fc.constantFrom("a", "b", "c"),
      authenticator: fc.nat(30),
      fingerprint: fc.nat(2),
      pass: fc.nat(7_200),
    }),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(steps, (list) => {
      const table = new RequestTable({ ...limits, requestsPerGateway: 15 }, 5_000);
      let model: { gateway: string; authenticator: number; fingerprint: number; at: number }[] = [];
      let now = 5_000;
      for (const { gateway, authenticator, fingerprint, pass } of list) {
        now += pass * 1_000;
        model = model.filter(({ at }) => now - at <= day);
        const alike = model.filter((one) => one.authenticator === authenticator);
        const own = alike.find((one) => one.gateway === gateway);
        assertEquals(table.find(gateway, mark(authenticator, fingerprint), now), {
          same: alike.some((one) => one.fingerprint === fingerprint),
          reused: own !== undefined && own.fingerprint !== fingerprint,
        });
        table.add(gateway, mark(authenticator, fingerprint), now);
        if (own === undefined) {
          model.push({ gateway, authenticator, fingerprint, at: now });
          const all = model.filter((one) => one.gateway === gateway);
          if (all.length > 15) model.splice(model.findIndex((one) => one === all[0]), 1);
        }
      }
    }),
    { seed: 9, numRuns: 300 },
  );
});
