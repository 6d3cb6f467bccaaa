/**
 * What an installed unit says about the service, as far as its files go (systemd.exec(5), systemd.unit(5)).
 *
 * @module
 */

import type { FileView } from "./file_view.ts";

/** The settings of `[Service]` that decide what the service can read and where its log goes. */
export interface ServiceUnit {
  /** Words of the command line. */
  readonly command: readonly string[];
  /** Undefined: root. */
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly supplementaryGroups: readonly string[];
  /** Files that systemd opens for the service's output, as root. */
  readonly logs: readonly string[];
  /** Directories whose content the service doesn't see. */
  readonly hidden: readonly string[];
  /** What it sees of them after all. */
  readonly shown: readonly string[];
}

/** Reads a unit and its drop-ins in their order; undefined if there is no unit that can be read. */
export async function readServiceUnit(files: FileView, path: string): Promise<ServiceUnit | undefined> {
  let text: string;
  try {
    text = await files.readText(path);
  } catch {
    return undefined;
  }
  const more = `${path}.d`;
  const names = await files.list(more).catch(() => []);
  for (const name of [...names].sort()) {
    if (name.endsWith(".conf")) text += `\n${await files.readText(`${more}/${name}`).catch(() => "")}`;
  }
  return parseServiceUnit(text);
}

/** Reads the text of a unit, with its drop-ins behind it. */
export function parseServiceUnit(text: string): ServiceUnit {
  const values = new Map<string, string[]>();
  let section = "";
  for (const line of text.replaceAll(/\\\n/g, " ").split("\n").map((line) => line.trim())) {
    if (line.startsWith("#") || line.startsWith(";")) continue;
    section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
    const [, key, value = ""] = section === "Service" ? /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? [] : [];
    if (key === undefined) continue;
    // An empty value takes back what was said before.
    if (value === "") values.delete(key);
    else values.set(key, [...values.get(key) ?? [], value]);
  }
  const last = (key: string): string | undefined => values.get(key)?.at(-1);
  const words = (key: string): readonly string[] => (values.get(key) ?? []).flatMap(wordsOf);
  const isOn = (key: string): boolean => /^(?:yes|true|on|1|tmpfs|disconnected)$/.test(last(key) ?? "");
  return {
    command: wordsOf(last("ExecStart") ?? "").map((word) => word.replaceAll("$$", "$")),
    user: last("User"),
    group: last("Group"),
    supplementaryGroups: words("SupplementaryGroups"),
    logs: ["StandardOutput", "StandardError"].flatMap((key) => {
      const path = /^(?:append|file|truncate):(.*)$/.exec(last(key) ?? "")?.[1];
      return path === undefined ? [] : [unescaped(path)];
    }),
    hidden: [
      ...(isOn("ProtectHome") ? ["/home", "/root", "/run/user"] : []),
      ...(isOn("PrivateTmp") ? ["/tmp", "/var/tmp"] : []),
    ],
    shown: [...words("BindReadOnlyPaths"), ...words("BindPaths")].map(boundTo),
  };
}

/** The words of a list, with or without quotes around each. */
function wordsOf(value: string): readonly string[] {
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) =>
    unescaped(quoted?.replaceAll(/\\(["\\])/g, "$1") ?? bare ?? "")
  );
}

/** Where a word of `BindPaths=` puts something: `source:target`, or one path for both; a colon in a path is escaped. */
function boundTo(word: string): string {
  const places = word.replace(/^-/, "").split(/(?<!\\):/);
  return (places[1] ?? places[0] ?? "").replaceAll("\\:", ":");
}

/** Per cent signs are doubled in units. */
function unescaped(text: string): string {
  return text.replaceAll("%%", "%");
}
