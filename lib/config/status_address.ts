/**
 * Where the status port of a running proxy is, read from its configuration file and from nothing else.
 *
 * The file may have errors, or name secrets that only the service may read: that is when somebody wants to know how the
 * proxy is. So only the two options are looked at.
 *
 * @module
 */

import { Findings } from "./findings.ts";
import { decodeText } from "./encoding.ts";
import { type ConfigHost, readWhole } from "./host.ts";
import { type IniSection, readIni } from "./ini.ts";
import type { OptionRow } from "./row.ts";
import { main as mainTable, statusInterface, statusPort } from "./sections/main.ts";

/** What a file says about the status port. */
export type StatusAddress =
  | { readonly kind: "set"; readonly hostname: string; readonly port: number }
  /** `status_port` is absent or has no value that could be used. */
  | { readonly kind: "unset" }
  /** `problem` continues a sentence that begins with the file's name. */
  | { readonly kind: "unreadable"; readonly problem: string };

/** Addresses to ask at where a port listens on all of them. */
const loopbackOf: ReadonlyMap<string, string> = new Map([["0.0.0.0", "127.0.0.1"], ["::", "::1"]]);

/** Reads where the status port is. Never rejects. */
export async function findStatusAddress(file: string, host: ConfigHost): Promise<StatusAddress> {
  const content = await readWhole(host, file);
  if (content.kind === "unreadable") return content;
  const decoded = decodeText(content.bytes);
  if (decoded.kind === "wide") return { kind: "unreadable", problem: `is in ${decoded.encoding}: save it as UTF-8` };
  const main = readIni(decoded.text, new Findings(file)).sections.find(({ name }) => name === mainTable.type);
  const port = main && valueOf(main, statusPort);
  if (main === undefined || port === undefined) return { kind: "unset" };
  const hostname = valueOf(main, statusInterface) ?? statusInterface.absent();
  return { kind: "set", hostname: loopbackOf.get(hostname) ?? hostname, port };
}

/** The value of an option if it is there and right. */
function valueOf<V>(section: IniSection, row: OptionRow<V>): V | undefined {
  const text = section.entries.find(({ name }) => name === row.name)?.value ?? "";
  if (text === "") return undefined;
  const reading = row.read(text);
  return reading.kind === "value" ? reading.value : undefined;
}
