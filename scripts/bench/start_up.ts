/**
 * How long a program takes from the start of its process to its first answer.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { attributeType, textAttribute } from "../../lib/radius/attributes.ts";
import { signRequest } from "../../lib/radius/authenticator.ts";
import { encodePacket, packetCode } from "../../lib/radius/packet.ts";
import { hidePassword } from "../../lib/radius/password.ts";

/** Milliseconds between two datagrams; an answer is seen that much too late at most. */
const beat = 2;

/** Nobody waits longer, in ms. */
const limit = 10_000;

/** A login as octets. */
export function loginPacket(user: string, password: string, sharedSecret: string): Uint8Array {
  const secret = new TextEncoder().encode(sharedSecret);
  const authenticator = randomBytes(16);
  const bytes = encodePacket({
    code: packetCode.accessRequest,
    identifier: 1,
    authenticator,
    attributes: [
      { type: attributeType.messageAuthenticator, value: new Uint8Array(16) },
      textAttribute(attributeType.userName, user),
      {
        type: attributeType.userPassword,
        value: hidePassword(new TextEncoder().encode(password), authenticator, secret),
      },
    ],
  });
  signRequest(bytes, secret);
  return bytes;
}

/**
 * Starts a program, asks 127.0.0.1 again and again until it answers, and gives the milliseconds from the start; the
 * program is running then.
 *
 * @param line its command line.
 * @param code code that the answer has to have; undefined: any answer will do.
 * @throws an error if there is no answer, or another one.
 */
export async function firstAnswer(
  line: readonly string[],
  port: number,
  request: Uint8Array,
  code: number | undefined,
): Promise<{ readonly milliseconds: number; readonly process: RunningProgram }> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const [command = "", ...args] = line;
  const begun = performance.now();
  const process = new RunningProgram(
    new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn(),
  );
  const server: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
  const timer = setInterval(() => {
    // Until the program listens, the datagram goes nowhere.
    if (performance.now() - begun > limit) socket.close();
    else socket.send(request, server).catch(() => {});
  }, beat);
  try {
    const [reply] = await socket.receive();
    const milliseconds = performance.now() - begun;
    if (code !== undefined && reply[0] !== code) throw new Error(`The first answer has the code ${reply[0]}`);
    return { milliseconds, process };
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw new Error(`${line.join(" ")}: no answer within ${limit} ms`, { cause: error });
  } finally {
    clearInterval(timer);
    try {
      socket.close();
    } catch {
      // It is closed.
    }
  }
}

/** A process that ends with its scope. */
class RunningProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  /** Process identifier. */
  get pid(): number {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
  }
}
