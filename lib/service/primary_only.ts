/**
 * Primary-only mode: for some minutes Duo isn't asked, `safe` sections let in who passed the first factor, and `secure`
 * ones reject. For an outage of Duo that failmode doesn't see, or an account that is locked out.
 *
 * It is switched on by whoever starts the program (`serve --primary-only MINUTES`) or by root, through a file beside the
 * configuration that says when it ends and is read at start and at SIGHUP. Nothing on the network switches it, and it
 * always ends by itself.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Events } from "../login/events.ts";

/** The longest time, in minutes. */
export const longestMinutes = 240;

/** Name of the file beside the configuration. */
const switchFileName = "primary_only";

/** How often the log says that the mode is on, in ms. */
const reminderInterval = 60_000;

/** No time is longer than this, in bytes. */
const longestContent = 256;

/** What the mode is asked for with: a whole number of minutes from 1 to {@link longestMinutes}. Undefined for anything else. */
export function parseMinutes(text: string): number | undefined {
  const minutes = /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : undefined;
  return minutes !== undefined && minutes <= longestMinutes ? minutes : undefined;
}

/** What the system says about the switch file. */
export interface SwitchFileInfo {
  readonly kind: "file" | "link" | "other";
  /** Owner; null where the system has none. */
  readonly uid: number | null;
  /** Permission bits; null where the system has none. */
  readonly mode: number | null;
  /** Which file it is, so that one put in its place between two looks is noticed. */
  readonly identity: string;
}

/** The machine, as far as the switch file goes. */
export interface SwitchHost {
  /** Looks without following a link. Rejects with `Deno.errors.NotFound` and the like. */
  inspect(path: string): Promise<SwitchFileInfo>;
  /** Opens the file, looks at what was opened, and reads at most `limit` bytes of it. */
  read(path: string, limit: number): Promise<{ readonly info: SwitchFileInfo; readonly content: Uint8Array }>;
}

/** This machine's own files. */
export const systemSwitchHost: SwitchHost = {
  inspect: async (path) => describe(await Deno.lstat(path)),
  read: async (path, limit) => {
    using file = await Deno.open(path, { read: true });
    const info = describe(await file.stat());
    const buffer = new Uint8Array(limit);
    let length = 0;
    while (length < limit) {
      const count = await file.read(buffer.subarray(length));
      if (count === null) break;
      length += count;
    }
    return { info, content: buffer.subarray(0, length) };
  },
};

function describe(info: Deno.FileInfo): SwitchFileInfo {
  return {
    kind: info.isSymlink ? "link" : info.isFile ? "file" : "other",
    uid: info.uid,
    mode: info.mode,
    identity: `${info.dev} ${info.ino}`,
  };
}

/** What the switch file says. */
export type SwitchReading =
  | { readonly kind: "absent" }
  /** Milliseconds since the Unix epoch. */
  | { readonly kind: "until"; readonly until: number }
  | {
    readonly kind: "refused";
    /** Continues a sentence that begins with the file's name. */
    readonly problem: string;
  };

/**
 * Reads the switch file and judges it: it must be a file of root's that nobody else can write, with one time in it, in
 * the future and at most {@link longestMinutes} ahead. Never rejects.
 *
 * @param now milliseconds since the Unix epoch.
 */
export async function readSwitchFile(host: SwitchHost, path: string, now: number): Promise<SwitchReading> {
  const refused = (problem: string): SwitchReading => ({ kind: "refused", problem });
  let content: Uint8Array;
  try {
    const before = await host.inspect(path);
    const problem = judge(before);
    // What isn't a file may never give an end to reading, or an answer to opening.
    if (problem !== undefined) return refused(problem);
    const opened = await host.read(path, longestContent + 1);
    const later = opened.info.identity === before.identity
      ? judge(opened.info)
      : "was exchanged while it was read; send SIGHUP again";
    if (later !== undefined) return refused(later);
    content = opened.content;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "absent" };
    return refused(
      error instanceof Deno.errors.PermissionDenied
        ? "can't be read by the user this runs as; allow it with chmod o+r"
        : "can't be read",
    );
  }
  const until = content.length > longestContent ? undefined : parseTime(new TextDecoder().decode(content));
  if (until === undefined) {
    return refused(
      "doesn't hold a time such as 2026-11-25T14:30:00Z, with Z or an offset such as +01:00, and nothing else",
    );
  }
  if (until <= now) return refused(`ended at ${iso(until)}; remove it`);
  if (until - now > longestMinutes * 60_000) {
    return refused(`says ${iso(until)}, which is more than ${longestMinutes} minutes ahead`);
  }
  return { kind: "until", until };
}

/** Why a file may not switch anything; undefined if it may. */
function judge({ kind, uid, mode }: SwitchFileInfo): string | undefined {
  if (kind === "link") return "is a link; it must be a file itself";
  if (kind === "other") return "is no file";
  if (uid === null || mode === null) {
    return "can't be trusted, for this system doesn't say who owns it; use serve --primary-only";
  }
  if (uid !== 0) return `belongs to user ${uid}; it must belong to root`;
  if ((mode & 0o022) !== 0) return "can be written by others than root; take the right away with chmod go-w";
  return undefined;
}

/** One time of ISO 8601 with its offset, in milliseconds since the Unix epoch. Undefined if it is anything else. */
function parseTime(text: string): number | undefined {
  const match = /^\s*(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)([Zz]|[+-]\d\d(?::?\d\d)?)\s*$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [, day = "", time = "", offset = ""] = match;
  // 30 February would be taken for a day in March.
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined;
  const digits = offset.slice(1).replace(":", "");
  const zone = digits === "" ? "Z" : `${offset.charAt(0)}${digits.slice(0, 2)}:${digits.slice(2) || "00"}`;
  const milliseconds = Date.parse(`${day}T${time.replace(",", ".").replace(/(\.\d{3})\d+$/, "$1")}${zone}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** Who switched the mode on. */
export type PrimaryOnlySource = "command-line" | "file";

/** Whether the mode is on. Both null if it isn't. */
export interface PrimaryOnlyState {
  readonly until: Date | null;
  readonly source: PrimaryOnlySource | null;
}

/** When the mode ends, by both clocks: moving the date can shorten it, and never prolong it. */
interface End {
  readonly source: PrimaryOnlySource;
  /** By the monotonic clock, in ms. */
  readonly deadline: number;
  /** Milliseconds since the Unix epoch. */
  readonly until: number;
}

/** What {@link PrimaryOnly} works with. */
export interface PrimaryOnlyOptions {
  readonly clock: Clock;
  readonly events: Pick<Events, "log">;
  readonly host: SwitchHost;
  /** The configuration file, beside which the switch file is looked for. */
  readonly configFile: string;
}

/** The mode of a running proxy. */
export class PrimaryOnly implements Disposable {
  readonly #clock: Clock;
  readonly #events: Pick<Events, "log">;
  readonly #host: SwitchHost;
  readonly #path: string;
  readonly #ends = new Map<PrimaryOnlySource, End>();
  #cancel: () => void = () => {};
  #disposed = false;

  constructor({ clock, events, host, configFile }: PrimaryOnlyOptions) {
    this.#clock = clock;
    this.#events = events;
    this.#host = host;
    this.#path = join(dirname(configFile), switchFileName);
  }

  /** True while Duo must not be asked. */
  get active(): boolean {
    return this.#current() !== undefined;
  }

  /** For those who watch the proxy. */
  get state(): PrimaryOnlyState {
    const end = this.#current();
    return end === undefined ? { until: null, source: null } : { until: new Date(end.until), source: end.source };
  }

  /** Switches the mode on, as the command line says. */
  start(minutes: number): void {
    this.#set("command-line", this.#clock.wallNow() + minutes * 60_000);
  }

  /**
   * Reads the switch file: at start and at SIGHUP. A file that is gone, or is no longer good, ends what it began; it
   * doesn't end what the command line began.
   */
  async readFile(): Promise<void> {
    const reading = await readSwitchFile(this.#host, this.#path, this.#clock.wallNow());
    if (this.#disposed) return;
    if (reading.kind === "refused") {
      this.#events.log("error", `Primary-only mode: the file ${this.#path} ${reading.problem}`, {
        primary_only: false,
      });
    }
    if (reading.kind === "until") this.#set("file", reading.until);
    else if (this.#ends.delete("file")) this.#changed(true);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#cancel();
    this.#ends.clear();
  }

  #set(source: PrimaryOnlySource, until: number): void {
    const before = this.#ends.get(source);
    const now = this.#clock.now();
    // The same file read again is no news, and if the date was set back meanwhile, no reason to go on for longer.
    if (before?.until === until && before.deadline > now) return;
    this.#ends.set(source, { source, until, deadline: now + until - this.#clock.wallNow() });
    this.#changed(before !== undefined);
  }

  /** The end that lies farthest ahead, of those to come. */
  #current(): End | undefined {
    const now = this.#clock.now();
    const wall = this.#clock.wallNow();
    let last: End | undefined;
    for (const end of this.#ends.values()) {
      if (end.deadline > now && end.until > wall && (last === undefined || end.deadline > last.deadline)) last = end;
    }
    return last;
  }

  #changed(before: boolean): void {
    const end = this.#current();
    if (end !== undefined) {
      const by = end.source === "file" ? `the file ${this.#path}` : "--primary-only";
      this.#say(
        `PRIMARY-ONLY MODE until ${iso(end.until)}, by ${by}: Duo isn't asked; sections with failmode=safe let ` +
          "users in without a second factor, those with failmode=secure reject them",
        end,
      );
    } else if (before) this.#sayEnd();
    this.#watch();
  }

  /** Sets the timer for the next line of the log. */
  #watch(): void {
    this.#cancel();
    const end = this.#current();
    if (end === undefined || this.#disposed) {
      this.#ends.clear();
      return;
    }
    const left = Math.max(1, Math.min(end.deadline - this.#clock.now(), end.until - this.#clock.wallNow()));
    this.#cancel = this.#clock.after(Math.min(left, reminderInterval), () => {
      const still = this.#current();
      if (still === undefined) this.#sayEnd();
      else {
        this.#say(
          `PRIMARY-ONLY MODE is on until ${iso(still.until)}: users get in without a second factor where failmode=safe`,
          still,
        );
      }
      this.#watch();
    });
  }

  #say(message: string, { until, source }: End): void {
    this.#events.log("warning", message, { primary_only: true, until: iso(until), source });
  }

  #sayEnd(): void {
    this.#events.log("warning", "Primary-only mode has ended: Duo is asked again", { primary_only: false });
  }
}

/** To the second, in UTC. */
function iso(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, "Z");
}
