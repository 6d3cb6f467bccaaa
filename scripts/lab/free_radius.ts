/**
 * FreeRADIUS 3 as a neighbour: as a proxy in front of ours, and to measure with: as a server that accepts everybody, and
 * as one that asks a cloud over HTTPS, as ours does.
 *
 * @module
 */

import { Peer } from "./peer.ts";
import { findProgram, labPrograms, requireProgram } from "./programs.ts";

/** Where somebody listens, and the secret shared with those who ask. */
export interface RadiusPlace {
  readonly port: number;
  readonly secret: string;
}

/** The cloud that FreeRADIUS asks, and with how many threads it does. */
export interface RestCloud {
  /** Such as `https://127.0.0.1:40001`. */
  readonly url: string;
  /** Path of the PEM file with the authority that the cloud's certificate has to come from. */
  readonly caFile: string;
  readonly threads: ThreadPool;
}

/** FreeRADIUS' pool of threads. A thread is taken by a login for as long as a call of that login takes. */
export interface ThreadPool {
  readonly start: number;
  readonly max: number;
  readonly minSpare: number;
  readonly maxSpare: number;
}

/** What Debian's radiusd.conf says, and its mods-available/rest for the connections. */
export const debianThreads: ThreadPool = { start: 5, max: 32, minSpare: 3, maxSpare: 10 };

/** All threads there from the start, with a connection each, so that no login waits for one to be made. */
export function fixedThreads(count: number): ThreadPool {
  return { start: count, max: count, minSpare: count, maxSpare: count };
}

/** What the accepting server has: nothing in it waits, so more than a few threads would only be in each other's way. */
const fewThreads: ThreadPool = { start: 2, max: 8, minSpare: 1, maxSpare: 8 };

const libraryFolder = "/usr/lib/freeradius";

/** The Debian package with the module that makes HTTPS calls. */
export const restPackage = "freeradius-rest";

/** Whether this machine has FreeRADIUS with the module that makes HTTPS calls. */
export function hasFreeRadiusRest(): boolean {
  if (findProgram(labPrograms.freeradius) === undefined) return false;
  try {
    return Deno.statSync(`${libraryFolder}/rlm_rest.so`).isFile;
  } catch {
    return false;
  }
}

/** Starts FreeRADIUS on 127.0.0.1 as a proxy that hands every login on to `home` on the same address. */
export function startFreeRadiusProxy(own: RadiusPlace, home: RadiusPlace): Promise<Peer> {
  return start([
    ...common(own),
    ...modules(),
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
    ...modules(),
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

/**
 * Starts FreeRADIUS on 127.0.0.1 as a server that asks a cloud twice a login, over HTTPS on connections that it keeps:
 * `POST /preauth` with the name, then `POST /auth` with name and password, whose answer holds the Reply-Message. It does
 * less than ours: it signs no call.
 */
export function startFreeRadiusAsking(own: RadiusPlace, cloud: RestCloud): Promise<Peer> {
  return start([
    ...common(own, cloud.threads),
    ...modules(rest(cloud)),
    "proxy_requests = no",
    ...server(
      own,
      [
        "    rest",
        "    update control {",
        "      Auth-Type := rest",
        "    }",
        "    update reply {",
        "      Message-Authenticator := 0x00",
        "    }",
      ],
      [
        "    Auth-Type rest {",
        "      rest",
        // An answer that brought attributes is an updated request; only ok is a login.
        "      if (updated) {",
        "        ok",
        "      }",
        "    }",
      ],
    ),
  ]);
}

function rest({ url, caFile, threads }: RestCloud): readonly string[] {
  const call = (section: string, path: string, data: string): readonly string[] => [
    `    ${section} {`,
    `      uri = "${url}${path}"`,
    "      method = 'post'",
    "      body = 'application/x-www-form-urlencoded'",
    `      data = "${data}"`,
    // Its default, 4 s, is shorter than people take for a push.
    "      timeout = 60",
    "      tls = ${..tls}",
    "    }",
  ];
  return [
    // Brings the quoting of texts in a form.
    "  expr {",
    "  }",
    "  always ok {",
    "    rcode = ok",
    "  }",
    "  rest {",
    "    tls {",
    `      ca_info_file = "${caFile}"`,
    "      check_cert = yes",
    "      check_cert_cn = yes",
    "    }",
    `    connect_uri = "${url}/"`,
    ...call("authorize", "/preauth", "user=%{urlquote:%{User-Name}}"),
    ...call(
      "authenticate",
      "/auth",
      "user=%{urlquote:%{User-Name}}&factor=auto&auto=%{urlquote:%{User-Password}}",
    ),
    "    pool {",
    `      start = ${threads.start}`,
    `      min = ${threads.minSpare}`,
    `      max = ${threads.max}`,
    `      spare = ${Math.min(threads.maxSpare, threads.max - threads.minSpare)}`,
    "      uses = 0",
    "      retry_delay = 30",
    "      lifetime = 0",
    "      idle_timeout = 60",
    "    }",
    "  }",
  ];
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

function common({ secret }: RadiusPlace, threads: ThreadPool = fewThreads): readonly string[] {
  return [
    "name = lab",
    `libdir = ${libraryFolder}`,
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
    `  start_servers = ${threads.start}`,
    `  max_servers = ${threads.max}`,
    `  min_spare_servers = ${threads.minSpare}`,
    `  max_spare_servers = ${threads.maxSpare}`,
    "  max_requests_per_server = 0",
    "}",
    "client gateway {",
    "  ipaddr = 127.0.0.1",
    `  secret = "${secret}"`,
    "}",
  ];
}

function modules(lines: readonly string[] = []): readonly string[] {
  return ["modules {", ...lines, "}"];
}

function server(
  { port }: RadiusPlace,
  authorize: readonly string[],
  authenticate: readonly string[] = [],
): readonly string[] {
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
    ...authenticate,
    "  }",
    "}",
  ];
}
