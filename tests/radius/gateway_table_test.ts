import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Address, type Network, networkSize, parseAddress, parseNetwork } from "../../lib/net/network.ts";
import { GatewayTable } from "../../lib/radius/gateway_table.ts";

interface NamedClient {
  readonly network: Network;
  readonly name: string;
}

/** The plain meaning of what the table looks up quickly. */
function holds({ family, first, last }: Network, address: Address): boolean {
  return family === address.family && first <= address.value && address.value <= last;
}

/** A network that must be one. */
function network(text: string): Network {
  const parsed = parseNetwork(text);
  if (parsed === undefined) throw new Error(`${text} is no network`);
  return parsed;
}

function gateways(...texts: readonly string[]): readonly NamedClient[] {
  return texts.map((text, index) => ({ network: network(text), name: `${index} ${text}` }));
}

Deno.test("locate() takes the most specific network, whatever the order", () => {
  const texts = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "10.1.2.0-10.1.2.9", "::/0", "2001:db8::/32"];
  for (const order of [texts, texts.toReversed()]) {
    const table = new GatewayTable(gateways(...order));
    const of = (address: string): string | undefined => table.locate(address).gateway?.name.split(" ")[1];
    assertEquals(of("10.1.2.3"), "10.1.2.3");
    assertEquals(of("10.1.2.4"), "10.1.2.0-10.1.2.9");
    assertEquals(of("10.1.2.10"), "10.1.0.0/16");
    assertEquals(of("10.255.255.255"), "10.0.0.0/8");
    assertEquals(of("11.0.0.0"), "0.0.0.0/0");
    assertEquals(of("255.255.255.255"), "0.0.0.0/0");
    assertEquals(of("2001:db8::1"), "2001:db8::/32");
    assertEquals(of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "::/0");
  }
});

Deno.test("locate() counts IPv4-mapped addresses as IPv4, and spells each address in one way", () => {
  const table = new GatewayTable(gateways("127.0.0.1", "::1"));
  assertEquals(table.locate("::ffff:127.0.0.1").address, "127.0.0.1");
  assertEquals(table.locate("::ffff:127.0.0.1").gateway?.name, "0 127.0.0.1");
  assertEquals(table.locate("::ffff:7f00:1").gateway?.name, "0 127.0.0.1");
  assertEquals(table.locate("0:0:0:0:0:0:0:1").address, "::1");
  assertEquals(table.locate("0:0:0:0:0:0:0:1").gateway?.name, "1 ::1");
});

Deno.test("locate() finds nobody for strangers, nor for text that is no address", () => {
  const table = new GatewayTable(gateways("192.0.2.0/24"));
  for (const text of ["192.0.1.255", "192.0.3.0", "::1", "", "gateway", "fe80::1%eth0"]) {
    assertEquals(table.locate(text).gateway, undefined);
  }
  assertEquals(new GatewayTable([]).locate("192.0.2.1").gateway, undefined);
});

Deno.test("of networks of one size the first counts", () => {
  const table = new GatewayTable(gateways("192.0.2.1", "192.0.2.1", "10.0.0.0-10.0.0.3", "10.0.0.2-10.0.0.5"));
  assertEquals(table.locate("192.0.2.1").gateway?.name, "0 192.0.2.1");
  assertEquals(table.locate("10.0.0.2").gateway?.name, "2 10.0.0.0-10.0.0.3");
  assertEquals(table.locate("10.0.0.4").gateway?.name, "3 10.0.0.2-10.0.0.5");
});

Deno.test("locate() finds what a search through all networks finds", () => {
  // A small space, so that networks nest, cross and touch.
  const address = fc.integer({ min: 0, max: 40 }).map((value) => `10.0.0.${value}`);
  const range = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }))
    .map(([a, b]) => `10.0.0.${Math.min(a, b)}-10.0.0.${Math.max(a, b)}`);
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), fc.array(address, { minLength: 1 }), (ranges, addresses) => {
      const list = gateways(...ranges);
      const table = new GatewayTable(list);
      for (const text of addresses) {
        const parsed = parseAddress(text);
        const holding = list.filter((one) => parsed !== undefined && holds(one.network, parsed))
          .toSorted((a, b) => Number(networkSize(a.network) - networkSize(b.network)));
        assertEquals(table.locate(text).gateway?.name, holding[0]?.name, `${text} in ${ranges.join(" ")}`);
      }
    }),
    { seed: 1918, numRuns: 500 },
  );
});

Deno.test("a table of 20,000 networks that all hold each other is built at once", () => {
  const list = Array.from({ length: 20_000 }, (_, index) => ({
    network: { text: "", family: 4 as const, first: BigInt(index), last: BigInt(100_000 - index) },
    name: String(index),
  }));
  assertEquals(new GatewayTable(list).locate("0.0.195.80").gateway?.name, "19999");
});
