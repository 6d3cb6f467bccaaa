/**
 * The names of text encodings, as the old proxy's Python and the runtime write them.
 *
 * @module
 */

import { quoted, say } from "../message.ts";
import type { Reading, ValueType } from "../row.ts";
import { suggestion, value, wrong } from "./reading.ts";

/** The name of a text encoding; the value is the one that the runtime's decoder has for it. */
export const encoding: ValueType<string> = { type: { kind: "encoding" }, read: readEncoding };

/** Python's names of encodings, without blanks, `-` and `_`, where the Encoding Standard has other ones. */
const pythonEncodings: ReadonlyMap<string, string> = new Map([
  ["utf8", "utf-8"],
  ["u8", "utf-8"],
  ["utf", "utf-8"],
  ["utf8sig", "utf-8"],
  ["cp65001", "utf-8"],
  ["ascii", "windows-1252"],
  ["usascii", "windows-1252"],
  ["646", "windows-1252"],
  ["latin", "windows-1252"],
  ["latin1", "windows-1252"],
  ["l1", "windows-1252"],
  ["8859", "windows-1252"],
  ["cp819", "windows-1252"],
  ["latin2", "iso-8859-2"],
  ["latin3", "iso-8859-3"],
  ["latin4", "iso-8859-4"],
  ["latin5", "windows-1254"],
  ["latin6", "iso-8859-10"],
  ["latin7", "iso-8859-13"],
  ["latin8", "iso-8859-14"],
  ["latin9", "iso-8859-15"],
  ["latin10", "iso-8859-16"],
  ["cyrillic", "iso-8859-5"],
  ["greek", "iso-8859-7"],
  ["hebrew", "iso-8859-8"],
  ["arabic", "iso-8859-6"],
  ["utf16", "utf-16le"],
  ["utf16le", "utf-16le"],
  ["utf16be", "utf-16be"],
  ["cp866", "ibm866"],
  ["866", "ibm866"],
  ["cp874", "windows-874"],
  ["cp932", "shift_jis"],
  ["ms932", "shift_jis"],
  ["sjis", "shift_jis"],
  ["shiftjis", "shift_jis"],
  ["eucjp", "euc-jp"],
  ["euckr", "euc-kr"],
  ["cp949", "euc-kr"],
  ["cp936", "gbk"],
  ["cp950", "big5"],
  ["koi8r", "koi8-r"],
  ["koi8u", "koi8-u"],
  ["macroman", "macintosh"],
]);

function readEncoding(text: string): Reading<string> {
  const compact = text.length > 40 ? "" : text.toLowerCase().replaceAll(/[\s_-]/g, "");
  const windows = /^(?:cp|windows)?(125[0-8])$/.exec(compact)?.[1];
  const iso = /^iso8859([0-9]{1,2})$/.exec(compact)?.[1];
  const label = pythonEncodings.get(compact) ??
    (windows !== undefined ? `windows-${windows}` : iso !== undefined ? `iso-8859-${iso}` : compact);
  try {
    // The decoder's own name is the one spelling; it takes iso-8859-1 for windows-1252, which holds all of it.
    return value(new TextDecoder(label).encoding);
  } catch {
    const known = [...pythonEncodings.values(), "utf-8", "latin-1"];
    return wrong(
      say`names an encoding that can't be decoded: ${quoted(text)}`,
      suggestion(text, known) ?? "Use utf-8 or latin-1",
    );
  }
}
