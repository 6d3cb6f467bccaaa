/**
 * radclient of FreeRADIUS as a gateway. It verifies every reply itself: one that doesn't prove the secret is no answer.
 *
 * @module
 */

import { labPrograms, requireProgram } from "./programs.ts";

/** What radclient is to ask. */
export interface RadclientRequest {
  /** `127.0.0.1:1812` or `[::1]:1812`. */
  readonly server: string;
  readonly secret: string;
  /** In radclient's words, such as `User-Name=alice`; in this order. */
  readonly attributes: readonly string[];
  /** Default `auth`. */
  readonly command?: "auth" | "acct" | "status";
  /** Seconds until it repeats a request that isn't answered. Default 30. */
  readonly wait?: number;
  /** How often it repeats at most. Default 0. */
  readonly repeats?: number;
  /** Words in front of the command line, of a program that runs it somewhere else. */
  readonly within?: readonly string[];
}

/** What radclient saw. */
export interface RadclientAnswer {
  /** Such as `Access-Accept`; undefined: no answer that verifies came. */
  readonly code: string | undefined;
  /** Attributes of the answer in their order, each with its value as radclient prints it, texts without quotes. */
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  /** Everything it printed. */
  readonly output: string;
}

/** Sends one request and gives the answer. */
export async function radclient(request: RadclientRequest): Promise<RadclientAnswer> {
  const { server, secret, attributes, command = "auth", wait = 30, repeats = 0, within = [] } = request;
  // -r counts the first time too.
  const line = ["-x", "-t", String(wait), "-r", String(repeats + 1), server, command, secret];
  const [program = "", ...args] = [...within, requireProgram(labPrograms.radclient), ...line];
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${attributes.join("\n")}\n`));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return read(decoder.decode(stdout) + decoder.decode(stderr));
}

/** The texts of an answer's attributes of one name, joined as a gateway shows them. */
export function textOf({ attributes }: RadclientAnswer, name: string): string {
  return attributes.filter((attribute) => attribute.name === name).map(({ value }) => value).join("");
}

function read(output: string): RadclientAnswer {
  const lines = output.split("\n");
  const begin = lines.findIndex((line) => line.startsWith("Received "));
  const attributes: { name: string; value: string }[] = [];
  for (const line of begin < 0 ? [] : lines.slice(begin + 1)) {
    const match = /^\t([A-Za-z0-9-]+) = (.*)$/.exec(line);
    if (match === null) break;
    attributes.push({ name: match[1] ?? "", value: (match[2] ?? "").replace(/^"(.*)"$/, "$1") });
  }
  return { code: /^Received (\S+) Id /.exec(lines[begin] ?? "")?.[1], attributes, output };
}
