/**
 * What a section is: its type, with the rows, the rules and the building that belong to it; what is set in it; and the
 * sections around it.
 *
 * @module
 */

import type { Network } from "../net/network.ts";
import type { RadiusServerConfig } from "./config.ts";
import type { Reporter } from "./diagnostics.ts";
import type { IniEntry, IniSection } from "./ini.ts";
import type { OptionRow, SingleRow } from "./row.ts";
import type { Secret } from "./secrets.ts";

/** One section type. */
export type SectionTable = SectionFacts & (ServedServer | ServedOther | Unserved);

/** What every section type has. */
interface SectionFacts {
  /** The name without a number at its end. */
  readonly type: string;
  /** Sentences without line breaks. */
  readonly doc: string;
  readonly rows: readonly OptionRow[];
  /** The rules about what stands in one such section. */
  readonly check?: (context: Context, settings: Settings) => void;
  /** The rules about its secrets, which are opened last. By key, as in {@link SoundSection}. */
  readonly checkSecrets?: (context: Context, settings: Settings, secrets: ReadonlyMap<string, Secret>) => void;
  /** The sockets that it opens. */
  readonly sockets?: (settings: Settings) => readonly Socket[];
  /** Of a server: who may check the first factor. */
  readonly firstFactor?: FirstFactor;
  /** Of a client: whom it asks about a password. */
  readonly asks?: "nobody" | "directory" | "radius";
}

/** A server section that is served. */
interface ServedServer {
  readonly kind: "server";
  readonly fate: "served";
  /** Its options in a few words, as they are seen with what `[main]` gives. */
  readonly summarize: (context: Context, settings: Settings) => string;
  /** What the rest of the program works with. */
  readonly build: (section: SoundSection) => RadiusServerConfig;
}

/** What servers that are served work with. */
interface ServedOther {
  readonly kind: "global" | "client";
  readonly fate: "served";
}

/** A section that is not: an error where the file relies on it, or a warning where it is left out. */
interface Unserved {
  readonly kind: "client" | "server" | "service" | "hidden";
  readonly fate: "not-served" | "ignored";
  /** Why, as the end of a sentence. */
  readonly reason: string;
}

/** How a server section finds the client that checks its users' passwords. */
export interface FirstFactor {
  /** The option that names the client. */
  readonly row: SingleRow<string, undefined>;
  /** Which clients will do; `none`: the password isn't seen here at all. */
  readonly client: "any" | "directory" | "none";
  /** The rules about the section together with its client; undefined if it has none. */
  readonly check?: (context: Context, settings: Settings, client: Settings | undefined) => void;
}

/** A socket that a section wants. */
export interface Socket {
  readonly protocol: "UDP" | "TCP";
  readonly port: number;
  /** The option that sets the port. */
  readonly row: OptionRow<number>;
  /** The option that sets the address. */
  readonly interface: OptionRow<string>;
  /** The option that names who may ask, by which sections that share a socket are told apart. */
  readonly gateways?: OptionRow<Network>;
}

/** One option of a section as it was set. */
export interface Setting<V = unknown> {
  readonly row: OptionRow<V>;
  readonly number: number | undefined;
  /** Such as `radius_ip_1`. */
  readonly key: string;
  readonly entry: IniEntry;
  /** Undefined if the value is wrong, which has been reported. */
  readonly value: V | undefined;
}

/** A section and what is set in it. */
export interface Settings {
  readonly section: IniSection;
  readonly table: SectionTable;
  /** By key; in the file's order. */
  readonly set: ReadonlyMap<string, Setting>;
  /** Keys that stand in the file without a value: they count as absent. */
  readonly empty: ReadonlyMap<string, IniEntry>;
}

/** All sections whose type is known and whose options count. */
export interface Context {
  readonly findings: Reporter;
  /** `[main]`, if the file has one. */
  readonly main: Settings | undefined;
  /** Clients, servers and services in the file's order, without sections that are left out. */
  readonly sections: readonly Settings[];
  /** The same by name. */
  readonly byName: ReadonlyMap<string, Settings>;
}

/** A section that no error concerns, with what the files that it names hold. */
export interface SoundSection {
  readonly settings: Settings;
  readonly main: Settings | undefined;
  /** By key, such as `skey` and `radius_secret_1`, wherever they came from. */
  readonly secrets: ReadonlyMap<string, Secret>;
  /** PEM text by the line that names the file. */
  readonly certificates: ReadonlyMap<IniEntry, string>;
}
