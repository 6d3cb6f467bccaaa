/**
 * The list of commands. Each is loaded when it is called, so that `serve` carries neither simulator nor installer.
 *
 * @module
 */

import { nearest } from "../config/nearest.ts";
import { type Command, type CommandList, UsageError } from "./command.ts";
import { quote } from "./parse.ts";

/** A command's name and the way to its record. */
export interface CommandEntry {
  readonly name: string;
  load(): Promise<{ readonly command: Command }>;
}

const list: CommandList = { load: loadCommand, loadAll: loadAllCommands };

/** The record of a command that shows the list it stands in. */
function listing({ createCommand }: { createCommand(list: CommandList): Command }): { readonly command: Command } {
  return { command: createCommand(list) };
}

/** Every command, in the order in which help lists them. */
export const commandEntries: readonly CommandEntry[] = [
  { name: "serve", load: () => import("./commands/serve.ts") },
  { name: "check", load: () => import("./commands/check.ts") },
  { name: "connectivity-check", load: () => import("./commands/connectivity_check.ts") },
  { name: "login", load: () => import("./commands/login.ts") },
  { name: "demo", load: () => import("./commands/demo.ts") },
  { name: "simulate", load: () => import("./commands/simulate.ts") },
  { name: "events", load: () => import("./commands/events.ts") },
  { name: "explain", load: () => import("./commands/explain.ts") },
  { name: "encrypt", load: () => import("./commands/encrypt.ts") },
  { name: "install", load: () => import("./commands/install.ts") },
  { name: "uninstall", load: () => import("./commands/uninstall.ts") },
  { name: "status", load: () => import("./commands/status.ts") },
  { name: "support", load: () => import("./commands/support.ts") },
  { name: "completions", load: () => import("./commands/completions.ts").then(listing) },
  { name: "man", load: () => import("./commands/man.ts").then(listing) },
  { name: "version", load: () => import("./commands/version.ts") },
  { name: "help", load: () => import("./commands/help.ts").then(listing) },
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
