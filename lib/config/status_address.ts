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
import { mainRows } from "./sections/main.ts";
import { readValue, type Value } from "./values/words.ts";

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
  const main = readIni(decoded.text, new Findings(file)).sections.find(({ name }) => name === "main");
  const port = main && valueOf(main, "status_port");
  if (typeof port !== "number") return { kind: "unset" };
  const address = main && valueOf(main, "status_interface");
  const hostname = typeof address === "string" ? address : "127.0.0.1";
  return { kind: "set", hostname: loopbackOf.get(hostname) ?? hostname, port };
}

function valueOf(section: IniSection, name: string): Value | undefined {
  const row = mainRows.find((candidate) => candidate.name === name);
  const text = section.entries.find((entry) => entry.name === name)?.value ?? "";
  if (row === undefined || text === "") return undefined;
  const reading = readValue(row.type, text);
  return reading.kind === "value" ? reading.value : undefined;
}
