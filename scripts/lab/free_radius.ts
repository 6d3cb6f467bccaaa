/**
 * FreeRADIUS 3 as a neighbour: as a proxy in front of ours, and as a server that accepts everybody, to measure with.
 *
 * @module
 */

import { Peer } from "./peer.ts";
import { labPrograms, requireProgram } from "./programs.ts";

/** Where somebody listens, and the secret shared with those who ask. */
export interface RadiusPlace {
  readonly port: number;
  readonly secret: string;
}

/** Starts FreeRADIUS on 127.0.0.1 as a proxy that hands every login on to `home` on the same address. */
export function startFreeRadiusProxy(own: RadiusPlace, home: RadiusPlace): Promise<Peer> {
  return start([
    ...common(own),
    "proxy_requests = yes",
    "proxy server {",
    "}",
    "home_server duoproxy {",
    "  type = auth",
    "  ipaddr = 127.0.0.1",
    `  port = ${home.port}`,
    `  secret = "${home.secret}"`,
    "  response_window = 60",
    "}",
    "home_server_pool duoproxy {",
    "  home_server = duoproxy",
    "}",
    "realm duo {",
    "  auth_pool = duoproxy",
    "  nostrip",
    "}",
    ...server(own, ["    update control {", '      Proxy-To-Realm := "duo"', "    }"]),
  ]);
}

/**
 * Starts FreeRADIUS on 127.0.0.1 as a server that accepts everybody: with Message-Authenticator in its replies and a line
 * of log a login, as ours does.
 */
export function startFreeRadiusAccepting(own: RadiusPlace): Promise<Peer> {
  return start([
    ...common(own),
    "proxy_requests = no",
    ...server(own, [
      "    update control {",
      "      Auth-Type := Accept",
      "    }",
      "    update reply {",
      "      Message-Authenticator := 0x00",
      '      Reply-Message := "User exempted from 2FA"',
      "    }",
    ]),
  ]);
}

function start(config: readonly string[]): Promise<Peer> {
  return Peer.start({
    name: "FreeRADIUS",
    program: requireProgram(labPrograms.freeradius),
    files: { "lab.conf": `${config.join("\n")}\n` },
    // -n names the file, -f keeps it in the foreground.
    args: (folder) => ["-f", "-l", "stdout", "-d", folder, "-n", "lab"],
    ready: /Ready to process requests/,
  });
}

function common({ secret }: RadiusPlace): readonly string[] {
  return [
    "name = lab",
    "libdir = /usr/lib/freeradius",
    // What it would write goes nowhere: its log is read from its stdout.
    "logdir = /nonexistent",
    "max_request_time = 60",
    "cleanup_delay = 5",
    "max_requests = 65536",
    "log {",
    "  destination = stdout",
    "  auth = yes",
    "}",
    "security {",
    "  max_attributes = 200",
    "  reject_delay = 0",
    "  status_server = yes",
    "}",
    "thread pool {",
    "  start_servers = 2",
    "  max_servers = 8",
    "  min_spare_servers = 1",
    "  max_spare_servers = 8",
    "  max_requests_per_server = 0",
    "}",
    "client gateway {",
    "  ipaddr = 127.0.0.1",
    `  secret = "${secret}"`,
    "}",
    "modules {",
    "}",
  ];
}

function server({ port }: RadiusPlace, authorize: readonly string[]): readonly string[] {
  return [
    "server default {",
    "  listen {",
    "    type = auth",
    "    ipaddr = 127.0.0.1",
    `    port = ${port}`,
    "  }",
    "  authorize {",
    ...authorize,
    "  }",
    "  authenticate {",
    "  }",
    "}",
  ];
}
