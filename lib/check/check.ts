/**
 * What a check is: a named question about the file, this machine or the world outside, and the answer to it.
 *
 * @module
 */

import type { MainConfig, RadiusServerConfig } from "../config/config.ts";
import type { Finding } from "../config/diagnostics.ts";
import type { Machine } from "./machine.ts";
import type { DuoSession } from "./session.ts";

/** How a check ended. A warning works today, a skipped check could not be made. */
export type CheckStatus = "ok" | "warning" | "failed" | "skipped";

/** Where the thing is that must be put right: decides between the exit codes 1 and 69. */
export type Where = "file" | "machine" | "outside";

/** Values beside the sentence, such as `latency_ms` or `certificate_names`. Never a secret. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What a check found out. */
export interface Outcome {
  readonly status: CheckStatus;
  /** One sentence without final period. */
  readonly message: string;
  /** What to do; null where there is nothing to do. */
  readonly remedy: string | null;
  readonly facts: Facts;
  readonly where: Where;
}

/** An outcome and what it is about. */
export interface CheckResult extends Outcome {
  /** Name of the check. */
  readonly name: string;
  /** Name of the section as in the file, lower-cased; null: the file as a whole, or this machine. */
  readonly section: string | null;
  /** True if the check wasn't made, or not to its end, because the time for the whole was up. */
  readonly timeUp: boolean;
}

/** The configuration that is checked, as it lies on this machine. */
export interface ConfigurationFiles {
  /** Absolute path of the configuration file. */
  readonly file: string;
  /** Absolute paths of all files that were read for it, itself among them. */
  readonly read: readonly string[];
  /** Name or number of the user who is to read them; undefined: whom the installed service runs as. */
  readonly serviceUser: string | undefined;
}

/** What a check works with. */
export interface CheckContext {
  readonly machine: Machine;
  /** Section that is checked; null: the file as a whole, or this machine. */
  readonly section: string | null;
  /** Findings about the section, or those that belong to none. */
  readonly findings: readonly Finding[];
  /** What becomes of the section, in words; undefined where that isn't known. */
  readonly detail: string | undefined;
  /** `[main]`; undefined where the file has errors. */
  readonly main: MainConfig | undefined;
  /** All server sections that are looked at. */
  readonly servers: readonly RadiusServerConfig[];
  /** The files that were read; undefined where the configuration is not one of this machine. */
  readonly configuration: ConfigurationFiles | undefined;
  /** When to give up, in the clock's monotonic milliseconds; the signal aborts then. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Does work once for all sections that ask for it under the same key. */
  once<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
  /** Calls to Duo with a section's keys, shared by sections with the same ones. */
  session(server: RadiusServerConfig): DuoSession;
}

/** The same for a check of a server section. */
export interface SectionContext extends CheckContext {
  readonly server: RadiusServerConfig;
}

interface Named {
  /** Stable: scripts may rely on it. */
  readonly name: string;
  /** One line without final period, for `--list`. */
  readonly summary: string;
}

/** A check of what was read: one for each section, and one for the file as a whole. */
export interface FileCheck extends Named {
  readonly scope: "file";
  run(context: CheckContext): Promise<Outcome | readonly Outcome[]>;
}

/** A check that is made once, whatever the sections are. */
export interface MachineCheck extends Named {
  readonly scope: "machine";
  run(context: CheckContext): Promise<Outcome | readonly Outcome[]>;
}

/** A check of a server section that is free of errors. */
export interface SectionCheck extends Named {
  readonly scope: "section";
  /** Checks of the same section that must not have failed: one fault is told once, by the check that it belongs to. */
  readonly needs: readonly string[];
  /** Whether the section has anything to check here; absent: always. */
  applies?(server: RadiusServerConfig): boolean;
  run(context: SectionContext): Promise<Outcome | readonly Outcome[]>;
}

/** Any of them. */
export type Check = FileCheck | MachineCheck | SectionCheck;

/** All is well. */
export function ok(message: string, facts: Facts = {}): Outcome {
  return { status: "ok", message, remedy: null, facts, where: "machine" };
}

/** It works, and should be changed. */
export function warning(where: Where, message: string, remedy: string | null, facts: Facts = {}): Outcome {
  return { status: "warning", message, remedy, facts, where };
}

/** It does not work. */
export function failed(where: Where, message: string, remedy: string | null, facts: Facts = {}): Outcome {
  return { status: "failed", message, remedy, facts, where };
}

/** It was not looked at. */
export function skipped(message: string, facts: Facts = {}): Outcome {
  return { status: "skipped", message, remedy: null, facts, where: "machine" };
}
