/**
 * `duoproxy encrypt`.
 *
 * @module
 */

import type { ConfigHost } from "../../config/host.ts";
import type { ProtectionKey } from "../../config/protected.ts";
import { type Command, exit, type ExitCode, type Invocation, UsageError } from "../command.ts";
import { configFile, configOption, keyFileOption } from "../config_file.ts";
import type { Terminal } from "../terminal.ts";

/** The command's record. */
export const command: Command = {
  name: "encrypt",
  summary: "Protect a secret, or all secrets of a file, with the key beside the configuration",
  usage: "encrypt [--config FILE] [--key-file FILE] [--whole-config]",
  description:
    "Asks for a secret, or reads it from stdin without the line end behind it, and prints what to write into the configuration: as skey_protected, radius_secret_protected_1 and so on, in place of skey and radius_secret_1.\n\n" +
    "With --whole-config the configuration is printed with every secret in it protected and everything else as it was, remarks included. The file itself is not touched. Commented-out secrets stay readable: their lines are named on stderr.\n\n" +
    "Protected values keep secrets from whoever sees the file or has a copy of it, not from whoever has the key file as well. `install` makes the key; systemd credentials with the options ending in _file are the stronger way.",
  positionals: [],
  options: [
    configOption,
    keyFileOption,
    { name: "whole-config", doc: "Print the whole configuration with its secrets protected" },
  ],
  examples: [
    { line: "duoproxy encrypt", does: "Ask for a secret and print it protected" },
    { line: "duoproxy encrypt <secret.txt", does: "Protect what a file holds" },
    {
      line: "duoproxy encrypt --whole-config --config authproxy.cfg >authproxy.cfg.new",
      does: "Protect all secrets of a file",
    },
  ],
  exits: [
    { code: exit.ok, when: "the protected value, or the file, was printed" },
    {
      code: exit.failed,
      when: "the file was printed, but a line in it seems to hold a secret that was left as it was",
    },
    { code: exit.usage, when: "the command line is wrong, or the secret is empty or no text" },
    { code: exit.noInput, when: "the key or the configuration can't be read" },
    { code: exit.interrupted, when: "a question was interrupted" },
  ],
  async run(invocation): Promise<ExitCode> {
    const { systemHost } = await import("../../config/host.ts");
    return await runEncrypt(invocation, systemHost);
  },
};

/** No secret is longer than this, in bytes. */
const longestSecret = 65_536;

/** Runs the command on the files of `host`. */
export async function runEncrypt({ options, terminal }: Invocation, host: ConfigHost): Promise<ExitCode> {
  const { besideConfig, readWhole } = await import("../../config/host.ts");
  const { keyFileName, protect } = await import("../../config/protected.ts");
  const file = await configFile(options["config"]);
  const given = options["key-file"];
  const keyFile = typeof given === "string" ? given : besideConfig(file, keyFileName);
  const key = await readKey(terminal, host, keyFile);
  if (key === undefined) return exit.noInput;
  if (options["whole-config"] !== true) {
    const secret = await readSecret(terminal);
    await terminal.write(`${protect(key, secret)}\n`);
    return exit.ok;
  }
  const content = await readWhole(host, file);
  const { protectFile } = await import("../../config/protect_file.ts");
  const result = content.kind === "read" ? protectFile(content.bytes, (secret) => protect(key, secret)) : content;
  if (result.kind === "unreadable") {
    await terminal.error(`duoproxy: The configuration file ${file} ${result.problem}`);
    return exit.noInput;
  }
  await terminal.write(result.bytes);
  for (const { line, kind } of result.leftovers) {
    await terminal.error(
      kind === "remark"
        ? `Note: ${file}:${line}: This remark seems to hold a secret; remarks are left as they are`
        : `Warning: ${file}:${line}: This line seems to hold a secret, but is no option that can be protected: it was left as it was`,
    );
  }
  return result.leftovers.some(({ kind }) => kind === "option") ? exit.failed : exit.ok;
}

async function readKey(terminal: Terminal, host: ConfigHost, path: string): Promise<ProtectionKey | undefined> {
  const { readWhole } = await import("../../config/host.ts");
  const { keyCommand, parseKey } = await import("../../config/protected.ts");
  const content = await readWhole(host, path);
  if (content.kind === "unreadable") {
    await terminal.error(`duoproxy: The key file ${path} ${content.problem}`);
    // Another problem than its absence isn't solved by making one.
    if (content.problem !== "doesn't exist") return undefined;
    await terminal.error("`duoproxy install` makes one. To make one by hand, as the user that the proxy runs as:");
    const { shellWord } = await import("../../install/quoting.ts");
    await terminal.error(`  ${keyCommand(shellWord(path))}`);
    return undefined;
  }
  const key = parseKey(content.bytes);
  if (key === undefined) {
    await terminal.error(
      `duoproxy: The key file ${path} holds no key: it must be one line, duoproxy-key-v1: and 44 characters`,
    );
  } else if (content.worldReadable) {
    await terminal.error(
      `Warning: Every user of this machine can read the key file ${path}, so it protects nothing; take the right away with chmod 400`,
    );
  }
  return key;
}

/** One secret, typed or from stdin. */
async function readSecret(terminal: Terminal): Promise<string> {
  const typed = await terminal.promptSecret("Secret: ");
  if (typed !== null) return nonEmpty(typed);
  let bytes: Uint8Array;
  try {
    bytes = await terminal.readAll(longestSecret);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`Standard input is longer than ${longestSecret} octets, which no secret is`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError("The secret isn't text in UTF-8; save it as UTF-8 first");
  }
  if (text.startsWith("\ufeff")) {
    await terminal.error("Note: The input begins with a byte order mark, which is no part of the secret");
    text = text.slice(1);
  }
  return nonEmpty(text.replace(/\r?\n$/, ""));
}

function nonEmpty(secret: string): string {
  if (secret === "") throw new UsageError("The secret is empty");
  // What a terminal sends that isn't set to UTF-8 can't be told from a wrong secret later.
  if (secret.includes("\ufffd")) throw new UsageError("The secret holds characters that aren't text in UTF-8");
  return secret;
}
