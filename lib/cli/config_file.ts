/**
 * Which configuration file a command works with.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { OptionSpec } from "./command.ts";

/** Where the installer puts the file. */
export const installedConfigFile = "/opt/duoauthproxy/conf/authproxy.cfg";

/** `--config`, as every command that takes it declares it. */
export const configOption: OptionSpec = {
  name: "config",
  value: "FILE",
  default: installedConfigFile,
  doc: "Configuration file; without it, the installed one, else ../conf/authproxy.cfg seen from the program",
};

/** `--key-file`, as every command that opens protected values declares it. */
export const keyFileOption: OptionSpec = {
  name: "key-file",
  value: "FILE",
  doc: "Key of the protected values; without it, duoproxy.key beside the configuration",
};

/** Where files are looked for; tests give another machine. */
export interface ConfigFileSeams {
  /** Path of the running program. */
  execPath(): string;
  /** Resolves to true if there is such a file, whether or not it may be read. */
  exists(path: string): Promise<boolean>;
}

const processSeams: ConfigFileSeams = {
  execPath: () => Deno.execPath(),
  exists: async (path) => {
    try {
      await Deno.stat(path);
      return true;
    } catch (error) {
      // What may not be looked at is there: the command says so when it reads it.
      return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
    }
  },
};

/**
 * The file that `--config` names, else the installed one, else `../conf/authproxy.cfg` seen from the program. If there
 * is none of them, the installed one, so that a message names the place where it belongs.
 */
export async function configFile(
  option: string | true | readonly string[] | undefined,
  seams: ConfigFileSeams = processSeams,
): Promise<string> {
  if (typeof option === "string") return option;
  if (await seams.exists(installedConfigFile)) return installedConfigFile;
  const beside = join(dirname(dirname(seams.execPath())), "conf", "authproxy.cfg");
  return await seams.exists(beside) ? beside : installedConfigFile;
}
