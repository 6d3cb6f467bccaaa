/**
 * radsecproxy as a neighbour: RADIUS over UDP on both sides.
 *
 * @module
 */

import type { RadiusPlace } from "./free_radius.ts";
import { Peer } from "./peer.ts";
import { labPrograms, requireProgram } from "./programs.ts";

/** Starts radsecproxy on 127.0.0.1; it hands every login on to `home` on the same address. */
export function startRadsecproxy(own: RadiusPlace, home: RadiusPlace): Promise<Peer> {
  const config = [
    `ListenUDP 127.0.0.1:${own.port}`,
    "LogLevel 2",
    "client gateway {",
    "  host 127.0.0.1",
    "  type udp",
    `  secret "${own.secret}"`,
    "}",
    "server duoproxy {",
    `  host 127.0.0.1:${home.port}`,
    "  type udp",
    `  secret "${home.secret}"`,
    // Seconds until it repeats what isn't answered.
    "  RetryInterval 1",
    "  RetryCount 5",
    "}",
    "realm * {",
    "  server duoproxy",
    "}",
    "",
  ];
  return Peer.start({
    name: "radsecproxy",
    program: requireProgram(labPrograms.radsecproxy),
    files: { "radsecproxy.conf": config.join("\n") },
    args: (folder) => ["-f", "-c", `${folder}/radsecproxy.conf`, "-i", `${folder}/pid`],
    ready: /listening for udp/,
  });
}
