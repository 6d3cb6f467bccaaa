import { assert, assertEquals } from "@std/assert";
import type { Pairs } from "../../lib/simulator/parameters.ts";
import {
  canonicalHeaders,
  canonicalLine,
  digest,
  parseDate,
  verifySignature,
} from "../../lib/simulator/verify_signature.ts";

interface Vector {
  readonly id: string;
  readonly version: 1 | 2 | 4 | 5;
  readonly alg: string;
  readonly params: Pairs | "U";
  readonly body?: string;
  readonly xduo?: Readonly<Record<string, string>>;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly date: string;
  readonly skey: string;
  readonly signature: string;
}

async function readVectors<T>(file: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(`../vectors/${file}`, import.meta.url)));
}

/** Methods whose JSON body is signed; for others version 5 hashes the empty text. */
const withBody = ["POST", "PUT", "PATCH"];

const vectors = await readVectors<readonly Vector[]>("duo-signatures.json");
const unicode = vectors.find(({ params }) => params !== "U")?.params;

function parts(vector: Vector): Parameters<typeof verifySignature>[0] {
  const params = vector.params === "U" ? unicode : vector.params;
  if (params === undefined || params === "U") throw new TypeError("The first vector has no parameters");
  const json = vector.version > 2 && withBody.includes(vector.method.toUpperCase());
  return {
    date: vector.date,
    method: vector.method,
    host: vector.host,
    path: vector.path,
    params,
    json: json ? new TextEncoder().encode(vector.body ?? "") : undefined,
    headers: Object.entries(vector.xduo ?? {}),
  };
}

Deno.test("verifySignature() accepts the published and computed vectors in their version", () => {
  const versions = new Set<number>();
  for (const vector of vectors) {
    if (vector.version === 1) continue;
    const form = verifySignature(parts(vector), vector.skey, vector.signature);
    assertEquals(form, { version: vector.version, hash: vector.alg === "sha1" ? "sha1" : "sha512" }, vector.id);
    versions.add(vector.version);
  }
  assert(versions.has(2) && versions.has(5));
});

Deno.test("verifySignature() refuses each vector once anything that is signed differs", () => {
  for (const vector of vectors) {
    if (vector.version === 1) continue;
    const good = parts(vector);
    const changed = [
      { ...good, date: good.date.replace(/\d\d:/, "23:") + " " },
      { ...good, method: "DELETE" },
      { ...good, host: `x${good.host}` },
      { ...good, path: `${good.path}/` },
      { ...good, path: good.path.toUpperCase() },
      { ...good, params: [...good.params, ["a", "b"] as const] },
      ...(good.json === undefined ? [] : [{ ...good, json: new TextEncoder().encode("{ }") }]),
    ];
    for (const variant of changed) {
      assertEquals(verifySignature(variant, vector.skey, vector.signature), undefined, vector.id);
    }
    assertEquals(verifySignature(good, `${vector.skey}x`, vector.signature), undefined, vector.id);
    assertEquals(verifySignature(good, vector.skey, vector.signature.slice(1)), undefined, vector.id);
    assertEquals(verifySignature(good, vector.skey, vector.signature.toUpperCase()), undefined, vector.id);
  }
});

Deno.test("verifySignature() takes no notice of a port in the host, and refuses signature version 1", () => {
  const vector = vectors.find(({ version }) => version === 2);
  if (vector === undefined) throw new TypeError("No vector of version 2");
  const good = parts(vector);
  assert(verifySignature({ ...good, host: `${good.host}:8443` }, vector.skey, vector.signature) !== undefined);
  const old = {
    date: "",
    method: "POST",
    host: "api-xxxxxxxx.duosecurity.com",
    path: "/rest/v1/auth",
    params: [["auto", "phone1"], ["factor", "auto"], ["ipaddr", "141.213.231.43"], ["user", "bob"]] as const,
    headers: [],
  };
  assertEquals(verifySignature(old, "abcd", "f4633f3eca8d6baf799379d830c7be6805cad1d6"), undefined);
});

Deno.test("verifySignature() knows version 4, whose text ends with the digest of the body", async () => {
  const { createHmac } = await import("node:crypto");
  const body = new TextEncoder().encode('{"a":"b"}');
  const text = ["Tue, 21 Aug 2012 17:29:18 -0000", "POST", "h.test", "/p", "", digest(body)].join("\n");
  const signature = createHmac("sha512", "key").update(text).digest("hex");
  const request = {
    date: "Tue, 21 Aug 2012 17:29:18 -0000",
    method: "POST",
    host: "h.test",
    path: "/p",
    params: [],
    json: body,
    headers: [],
  };
  assertEquals(verifySignature(request, "key", signature), { version: 4, hash: "sha512" });
});

Deno.test("canonicalLine() gives the published lines", async () => {
  const cases = await readVectors<
    readonly { readonly params: Pairs | "U"; readonly expected?: string; readonly expected_sha256?: string }[]
  >("duo-canonical-params.json");
  assertEquals(cases.length, 8);
  for (const { params, expected } of cases) {
    if (params !== "U") assertEquals(canonicalLine(params), expected);
  }
});

Deno.test("digest() and canonicalHeaders() give the published digests", async () => {
  const cases = await readVectors<
    readonly { readonly text?: string; readonly xduo?: Readonly<Record<string, string>>; readonly sha512: string }[]
  >("duo-sha512-and-headers.json");
  for (const { text, xduo, sha512 } of cases) {
    const input = text ?? canonicalHeaders(Object.entries(xduo ?? {}));
    assertEquals(digest(new TextEncoder().encode(input)), sha512);
  }
});

Deno.test("canonicalHeaders() refuses duplicates in any case and NUL, and leaves other headers out", () => {
  assertEquals(canonicalHeaders([["X-Duo-A", "1"], ["x-duo-a", "1"]]), undefined);
  assertEquals(canonicalHeaders([["X-Duo-A", "1\0"]]), undefined);
  assertEquals(canonicalHeaders([["Date", "x"], ["X-Duo-B", "V"], ["x-duo-A", "w"]]), "x-duo-a\0w\0x-duo-b\0V");
});

Deno.test("parseDate() reads what Duo's clients send, and nothing else", () => {
  const expected = Date.UTC(2012, 7, 21, 17, 29, 18);
  for (const zone of ["-0000", "+0000", "GMT"]) assertEquals(parseDate(`Tue, 21 Aug 2012 17:29:18 ${zone}`), expected);
  assertEquals(parseDate("Tue, 21 Aug 2012 19:29:18 +0200"), expected);
  assertEquals(parseDate("Tue, 21 Aug 2012 12:59:18 -0430"), expected);
  for (const text of ["", "2012-08-21T17:29:18Z", "Di, 21 Aug 2012 17:29:18 GMT", "Tue, 21 Foo 2012 17:29:18 GMT"]) {
    assertEquals(parseDate(text), undefined, text);
  }
});
