/**
 * Octets to text.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeText } from "../../lib/config/encoding.ts";

/** UTF-16 or UTF-32 of a text of the basic plane. */
function wide(text: string, size: 2 | 4, little: boolean, mark: boolean): Uint8Array {
  const characters = mark ? `\ufeff${text}` : text;
  const view = new DataView(new ArrayBuffer(characters.length * size));
  for (let index = 0; index < characters.length; index++) {
    const code = characters.charCodeAt(index);
    if (size === 2) view.setUint16(index * 2, code, little);
    else view.setUint32(index * 4, code, little);
  }
  return new Uint8Array(view.buffer);
}

Deno.test("decodeText() names UTF-16 and UTF-32, with and without a byte order mark", () => {
  const text = "[main]\r\ndebug=true\r\n";
  const kinds = [
    [wide(text, 2, true, true), "UTF-16 (little-endian)"],
    [wide(text, 2, false, true), "UTF-16 (big-endian)"],
    [wide(text, 2, true, false), "UTF-16 (little-endian)"],
    [wide(text, 2, false, false), "UTF-16 (big-endian)"],
    [wide(text, 4, true, true), "UTF-32 (little-endian)"],
    [wide(text, 4, false, true), "UTF-32 (big-endian)"],
  ] as const;
  for (const [bytes, encoding] of kinds) assertEquals(decodeText(bytes), { kind: "wide", encoding });
});

Deno.test("decodeText() takes a stray NUL for what it is", () => {
  const decoded = decodeText(new TextEncoder().encode("[main]\ndebug=tr\0ue\n"));
  assertEquals(decoded.kind, "text");
});

Deno.test("decodeText() points to the first octet that isn't UTF-8", () => {
  const cases: readonly (readonly [bytes: readonly number[], index: number])[] = [
    [[0x61, 0xe9, 0x62], 1],
    [[0x61, 0xc3, 0xa9, 0xff], 3],
    [[0xc0, 0x80], 0],
    [[0xe0, 0x80, 0x80], 0],
    [[0xed, 0xa0, 0x80], 0],
    [[0xf0, 0x9f, 0x98, 0x80, 0xf4, 0x90, 0x80, 0x80], 4],
    [[0x61, 0xe2, 0x82], 1],
  ];
  for (const [bytes, index] of cases) {
    const decoded = decodeText(new Uint8Array(bytes));
    assert(decoded.kind === "text");
    assertEquals([decoded.encoding, decoded.firstInvalid], ["windows-1252", index]);
    assertEquals(decoded.text.length, bytes.length);
  }
});

Deno.test("decodeText() agrees with the runtime on what UTF-8 is", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const decoded = decodeText(bytes);
      if (decoded.kind === "wide" || decoded.byteOrderMark) return;
      const { firstInvalid } = decoded;
      const decode = (part: Uint8Array): string =>
        new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(part);
      if (firstInvalid === undefined) assertEquals(decoded.text, decode(bytes));
      else decode(bytes.subarray(0, firstInvalid));
      assertEquals(decoded.encoding === "utf-8", firstInvalid === undefined);
    }),
    { numRuns: 2000 },
  );
});
