/**
 * ocserv as a gateway: the open twin of Cisco's AnyConnect, whose users are checked by RADIUS.
 *
 * @module
 */

import { Authority } from "../../lib/simulator/certificates.ts";
import type { RadiusPlace } from "./free_radius.ts";
import { Peer } from "./peer.ts";
import { labPrograms, requireProgram } from "./programs.ts";

/** A running ocserv, and what its clients have to know. */
export interface Ocserv {
  readonly peer: Peer;
  /** Such as `https://127.0.0.1:40001/`. */
  readonly url: string;
  /** PEM of the authority that its certificate comes from. */
  readonly caPem: string;
}

/** Seconds that it gives a login, as gateways in the field do. */
const patience = 60;

/** Debian's dictionaries of the RADIUS client library that it is built with. */
const dictionary = "/etc/radcli/dictionary";

/**
 * Starts ocserv on 127.0.0.1, with RADIUS at `home` on the same address. It has to be root, and makes a tunnel only for a client that
 * asks for one with the cookie of its login. The secret must hold no blanks.
 */
export async function startOcserv(port: number, home: RadiusPlace): Promise<Ocserv> {
  const authority = await Authority.create(["127.0.0.1"]);
  const { cert, key } = await authority.issue("good");
  const peer = await Peer.start({
    name: "ocserv",
    program: requireProgram(labPrograms.ocserv),
    files: (folder) => ({
      "cert.pem": cert,
      "key.pem": key,
      "ocserv.conf": server(folder, port),
      "radius.conf": client(folder, home),
      "servers": `127.0.0.1 ${home.secret}\n`,
    }),
    args: (folder) => ["--foreground", "--config", `${folder}/ocserv.conf`, "--debug", "2"],
    ready: /initialized ocserv/,
  });
  return { peer, url: `https://127.0.0.1:${port}/`, caPem: authority.pem };
}

function server(folder: string, port: number): string {
  return [
    `auth = "radius[config=${folder}/radius.conf]"`,
    "listen-host = 127.0.0.1",
    `tcp-port = ${port}`,
    // Nobody else may enter the folder with its socket.
    "run-as-user = root",
    "run-as-group = root",
    `socket-file = ${folder}/socket`,
    `pid-file = ${folder}/pid`,
    `server-cert = ${folder}/cert.pem`,
    `server-key = ${folder}/key.pem`,
    "isolate-workers = false",
    "max-clients = 16",
    "max-same-clients = 16",
    `auth-timeout = ${2 * patience}`,
    // Users who mistype are not locked out for it.
    "max-ban-score = 0",
    "device = duoproxy-lab",
    "ipv4-network = 192.0.2.0/24",
    "",
  ].join("\n");
}

function client(folder: string, home: RadiusPlace): string {
  return [
    "nas-identifier ocserv",
    `authserver 127.0.0.1:${home.port}`,
    `acctserver 127.0.0.1:${home.port}`,
    `servers ${folder}/servers`,
    `dictionary ${dictionary}`,
    "default_realm",
    `radius_timeout ${patience}`,
    "radius_retries 1",
    "bindaddr *",
    "",
  ].join("\n");
}
