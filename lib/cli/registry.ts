/**
 * The list of commands. Each is loaded when it is called, so that `serve` carries neither simulator nor installer.
 *
 * @module
 */

import { nearest } from "../config/nearest.ts";
import { type Command, UsageError } from "./command.ts";
import { quote } from "./parse.ts";

/** A command's name and the way to its record. */
export interface CommandEntry {
  readonly name: string;
  load(): Promise<{ readonly command: Command }>;
}

/** Every command, in the order in which help lists them. */
export const commandEntries: readonly CommandEntry[] = [
  { name: "serve", load: () => import("./serve.ts") },
  { name: "check", load: () => import("./check.ts") },
  { name: "connectivity-check", load: () => import("./connectivity_check.ts") },
  { name: "login", load: () => import("./login.ts") },
  { name: "demo", load: () => import("./demo.ts") },
  { name: "simulate", load: () => import("./simulate.ts") },
  { name: "events", load: () => import("./events.ts") },
  { name: "explain", load: () => import("./explain.ts") },
  { name: "encrypt", load: () => import("./encrypt.ts") },
  { name: "install", load: () => import("./install.ts") },
  { name: "uninstall", load: () => import("./uninstall.ts") },
  { name: "status", load: () => import("./status.ts") },
  { name: "support", load: () => import("./support.ts") },
  { name: "completions", load: () => import("./completions.ts") },
  { name: "man", load: () => import("./man.ts") },
  { name: "version", load: () => import("./version.ts") },
  { name: "help", load: () => import("./help.ts") },
];

/**
 * Loads one command's record.
 *
 * @throws {UsageError} with the nearest name if there is no such command.
 */
export async function loadCommand(name: string): Promise<Command> {
  const entry = commandEntries.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    const near = nearest(name, commandEntries.map((candidate) => candidate.name));
    throw new UsageError(`Unknown command ${quote(name)}${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  return (await entry.load()).command;
}

/** Loads all records: for help, completions and the man page. */
export async function loadAllCommands(): Promise<readonly Command[]> {
  const modules = await Promise.all(commandEntries.map((entry) => entry.load()));
  return modules.map((module) => module.command);
}
