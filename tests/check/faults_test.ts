/**
 * Planted faults: the check that a fault belongs to names its cause, everything that rests on it is skipped, and nothing of the
 * section beside it is blamed.
 *
 * Long because it is one table: every fault that the command has to name, planted.
 *
 * @module
 */

import { Socket } from "node:net";
import { assert, assertEquals, assertFalse, assertMatch } from "@std/assert";
import type { Check, SectionContext } from "../../lib/check/check.ts";
import { allChecks } from "../../lib/check/all.ts";
import { systemMachine } from "../../lib/check/machine.ts";
import {
  fullAccess,
  radiusIkey,
  radiusSkey,
  type SimulatedApplication,
  wrongType,
} from "../../lib/simulator/applications.ts";
import type { SimulatorOptions } from "../../lib/simulator/simulator.ts";
import { FakeClock } from "../kit/fake_clock.ts";
import { Peer } from "./peers.ts";
import { type Checked, type CheckOptions, faulty, healthy, Rig, sharedSecret } from "./rig.ts";

/** A fault, and what must be said about it. */
interface Row {
  readonly fault: string;
  /** The only check that may find anything. */
  readonly check: string;
  readonly words: RegExp;
  readonly code: 0 | 1 | 69;
  /** Section that is named; the faulty one by default. */
  readonly section?: string | null;
  readonly simulator?: SimulatorOptions;
  readonly lines?: readonly string[];
  /** Starts what the fault needs and says with what the command is run. */
  plant?(rig: Rig, stack: AsyncDisposableStack): Promise<Planted> | Planted;
}

interface Planted extends CheckOptions {
  /** For what says nothing: resolves when a check waits for it. The clock then moves. */
  readonly waited?: Promise<void>;
}

const wrongSkey = "wrongKeyWrongKeyWrongKeyWrongKeyWrongKey";

function application(v1: SimulatedApplication["v1"], v2: SimulatedApplication["v2"]): SimulatorOptions {
  return { applications: [{ name: "Planted", ikey: radiusIkey, skey: radiusSkey, v1, v2 }] };
}

/** A machine whose connections to `port` all go the same way. */
function connecting(port: number, socket: () => Socket): CheckOptions {
  return {
    machine: {
      connect: (host, wanted) => wanted === port ? socket() : systemMachine.connect(host, wanted),
    },
  };
}

function failing(code: string): Socket {
  const socket = new Socket();
  queueMicrotask(() => socket.destroy(Object.assign(new Error(code), { code })));
  return socket;
}

async function through(peer: Promise<Peer>, stack: AsyncDisposableStack): Promise<CheckOptions> {
  const { port } = stack.use(await peer);
  return { lines: ["http_proxy_host=127.0.0.1", `http_proxy_port=${port}`] };
}

async function insteadOfDuo(peer: Promise<Peer>, stack: AsyncDisposableStack): Promise<CheckOptions> {
  const { port } = stack.use(await peer);
  return { lines: [`api_port=${port}`] };
}

const refusingProxy = (status: string) => (_: Rig, stack: AsyncDisposableStack): Promise<CheckOptions> =>
  through(Peer.answering(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`), stack);

const rows: readonly Row[] = [
  // Keys.
  {
    fault: "wrong skey",
    check: "keys",
    words: /skey does not belong to the ikey.*Admin Panel/s,
    code: 1,
    lines: [`skey=${wrongSkey}`],
  },
  {
    fault: "wrong ikey",
    check: "keys",
    words: /does not know the ikey DIWRONGWRONGWRONG001/,
    code: 1,
    lines: ["ikey=DIWRONGWRONGWRONG001"],
  },
  {
    fault: "wrong application type under api_version=2",
    check: "keys",
    words: /wrong application type for version 2.*40301.*api_version=auto/s,
    code: 1,
    lines: ["api_version=2"],
  },
  {
    fault: "an application type that version 2 denies to know",
    check: "keys",
    words: /does not take the application's type.*api_version=2/s,
    code: 1,
    lines: ["api_version=2"],
    simulator: application(fullAccess, { refused: "all", code: 40102 }),
  },
  {
    fault: "an application type that neither version takes",
    check: "keys",
    words: /neither version/,
    code: 1,
    simulator: application(wrongType, wrongType),
  },
  // Clock.
  {
    fault: "clock 10 minutes behind",
    check: "clock",
    words: /10 minutes behind Duo's.*refuses calls.*NTP/s,
    code: 0,
    simulator: { skew: 600 },
  },
  {
    fault: "clock 10 minutes ahead",
    check: "clock",
    words: /10 minutes ahead of Duo's/,
    code: 0,
    simulator: { skew: -600 },
  },
  {
    fault: "clock two minutes off",
    check: "clock",
    words: /2 minutes behind Duo's/,
    code: 0,
    simulator: { skew: 121 },
  },
  // The way to Duo.
  {
    fault: "unknown host",
    check: "name-resolution",
    words: /api-typo\.duosecurity\.test, can't be resolved.*ENOTFOUND.*getent hosts/s,
    code: 69,
    lines: ["api_host=api-typo.duosecurity.test"],
    plant: () => ({
      machine: {
        lookup: (name) =>
          name === "api-typo.duosecurity.test"
            ? Promise.reject(Object.assign(new Error("not found"), { code: "ENOTFOUND" }))
            : systemMachine.lookup(name),
      },
    }),
  },
  {
    fault: "silent name server",
    check: "name-resolution",
    words: /name server did not answer in time/,
    code: 69,
    lines: ["api_host=api-slow.duosecurity.test"],
    plant: () => {
      const { promise: waited, resolve } = Promise.withResolvers<void>();
      const lookup = (name: string): Promise<readonly string[]> => {
        if (name !== "api-slow.duosecurity.test") return systemMachine.lookup(name);
        resolve();
        return new Promise(() => {});
      };
      return { machine: { lookup }, waited };
    },
  },
  {
    fault: "refused port",
    check: "tcp",
    words: /refused: nothing listens there/,
    code: 69,
    plant: async ({ duo }) => {
      await duo.setReachable(false);
      return {};
    },
  },
  {
    fault: "silent port",
    check: "tcp",
    words: /No answer at all.*firewall.*drops/s,
    code: 69,
    plant: ({ duo }) => {
      const { promise: waited, resolve } = Promise.withResolvers<void>();
      return {
        ...connecting(duo.port, () => {
          resolve();
          return new Socket();
        }),
        waited,
      };
    },
  },
  {
    fault: "no route",
    check: "tcp",
    words: /no route to .*EHOSTUNREACH/,
    code: 69,
    plant: ({ duo }) => connecting(duo.port, () => failing("EHOSTUNREACH")),
  },
  {
    fault: "a firewall of this machine",
    check: "tcp",
    words: /own rules forbid/,
    code: 1,
    plant: ({ duo }) => connecting(duo.port, () => failing("EACCES")),
  },
  // TLS.
  {
    fault: "expired certificate",
    check: "tls",
    words: /has expired: it ended on \d{4}-/,
    code: 69,
    simulator: { certificate: "expired" },
  },
  {
    fault: "name mismatch",
    check: "tls",
    words: /does not match the name 127\.0\.0\.1: it is for api-other\.duosecurity\.test/,
    code: 69,
    simulator: { certificate: "wrong-name" },
  },
  {
    fault: "unknown CA",
    check: "tls",
    words: /unknown CA.*http_ca_certs_file/s,
    code: 69,
    simulator: { certificate: "other-ca" },
  },
  {
    fault: "self-signed certificate",
    check: "tls",
    words: /self-signed/,
    code: 69,
    simulator: { certificate: "self-signed" },
  },
  {
    fault: "plain HTTP on the port",
    check: "tls",
    words: /does not speak TLS.*plain HTTP.*api_port/s,
    code: 69,
    plant: (_, stack) => insteadOfDuo(Peer.answering("HTTP/1.1 400 Bad Request\r\n\r\n"), stack),
  },
  {
    fault: "a port that accepts and says nothing",
    check: "tls",
    words: /takes the connection but is silent/,
    code: 69,
    plant: async (_, stack) => {
      // The first connection is that of the check of TCP.
      const peer = stack.use(await Peer.start(() => {}, 1));
      return { lines: [`api_port=${peer.port}`], waited: peer.met };
    },
  },
  {
    fault: "a connection cut during the handshake",
    check: "tls",
    words: /closed the connection during the TLS handshake/,
    code: 69,
    plant: ({ duo }) => {
      duo.dropConnections(100);
      return {};
    },
  },
  // The CA file.
  {
    fault: "CA file missing",
    check: "ca-file",
    words: /absent\.pem.*doesn't exist/,
    code: 1,
    lines: ["http_ca_certs_file=absent.pem"],
  },
  {
    fault: "CA file not PEM",
    check: "ca-file",
    words: /notes\.txt.*no certificate in PEM form/,
    code: 1,
    lines: ["http_ca_certs_file=notes.txt"],
    plant: () => ({ files: { "notes.txt": "remember to get the certificates\n" } }),
  },
  {
    fault: "CA file expired",
    check: "ca-file",
    words: /no certificate that is valid today.*last one ended/,
    code: 1,
    lines: ["http_ca_certs_file=old.pem"],
    plant: async () => ({
      files: { "old.pem": await Deno.readTextFile(new URL("../config/files/expired.pem", import.meta.url)) },
    }),
  },
  // This machine.
  {
    fault: "listen port taken by another program",
    check: "listen-port",
    words: /is taken by another program.*ss -ulpn 'sport = :\d+'/s,
    code: 1,
    plant: (_, stack) => {
      const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
      stack.defer(() => socket.close());
      return { lines: [`port=${socket.addr.transport === "udp" ? socket.addr.port : 0}`] };
    },
  },
  {
    fault: "a port that needs a right",
    check: "listen-port",
    words: /ports below 1024 need a right.*port-capability/s,
    code: 1,
    lines: ["port=812"],
    plant: () => ({
      machine: {
        listen: (address) => {
          if (address.port === 812) throw new Deno.errors.PermissionDenied("Permission denied (os error 13)");
          return systemMachine.listen(address);
        },
      },
    }),
  },
  {
    fault: "interface of another machine",
    check: "interface",
    words: /no address 192\.0\.2\.55.*ip address/s,
    code: 1,
    lines: ["interface=192.0.2.55"],
  },
  {
    fault: "too few files",
    check: "file-limit",
    words: /too few files for 20 logins.*LimitNOFILE/s,
    code: 0,
    section: null,
    plant: () => {
      let open = 0;
      return {
        machine: {
          openDescriptor: () => {
            if (open >= 60) throw Object.assign(new Error("Too many open files (os error 24)"), { code: "EMFILE" });
            open++;
            return { close: () => void open-- };
          },
        },
      };
    },
  },
  // The HTTP proxy.
  {
    fault: "HTTP proxy refuses by rule",
    check: "http-tunnel",
    words: /refused CONNECT .* with status 403: its rules forbid it/,
    code: 69,
    plant: refusingProxy("403 Forbidden"),
  },
  {
    fault: "HTTP proxy wants a password",
    check: "http-tunnel",
    words: /status 407: it asks for a user name and password/,
    code: 69,
    plant: refusingProxy("407 Proxy Authentication Required"),
  },
  {
    fault: "HTTP proxy can't reach Duo",
    check: "http-tunnel",
    words: /status 502: it could not reach Duo itself/,
    code: 69,
    plant: refusingProxy("502 Bad Gateway"),
  },
  {
    fault: "no HTTP proxy but something else",
    check: "http-tunnel",
    words: /is no HTTP proxy/,
    code: 69,
    plant: (_, stack) => through(Peer.answering("SSH-2.0-OpenSSH_9.2\r\n"), stack),
  },
  {
    fault: "HTTP proxy that closes",
    check: "http-tunnel",
    words: /closed the connection instead of answering CONNECT/,
    code: 69,
    plant: (_, stack) => through(Peer.answering(""), stack),
  },
  {
    fault: "HTTP proxy down",
    check: "http-proxy",
    words: /HTTP proxy 127\.0\.0\.1 port \d+ was refused.*http_proxy_host/s,
    code: 69,
    plant: async () => {
      const peer = await Peer.start(() => {});
      const { port } = peer;
      await peer[Symbol.asyncDispose]();
      return { lines: ["http_proxy_host=127.0.0.1", `http_proxy_port=${port}`] };
    },
  },
  // The file.
  {
    fault: "misspelt option",
    check: "configuration",
    words: /Line \d+: There is no option "failmod".*Did you mean failmode/s,
    code: 1,
    lines: ["failmod=safe"],
  },
  {
    fault: "missing option",
    check: "configuration",
    words: /api_host/,
    code: 1,
    lines: ["api_host="],
  },
  {
    fault: "overlapping sections",
    check: "client-networks",
    words: /overlaps radius_ip_1 of \[radius_server_duo_only\].*ports of their own/s,
    code: 0,
    lines: ["radius_ip_1=192.0.2.0/24"],
    plant: ({ healthyPort }) => ({ lines: [`port=${healthyPort}`] }),
  },
  {
    fault: "world-readable file",
    check: "file-permissions",
    words: /Every user of this machine can read this file.*chmod o-r/s,
    code: 0,
    section: null,
    plant: () => ({ mode: 0o644 }),
  },
  {
    fault: "short secret",
    check: "shared-secrets",
    words: /radius_secret_1 has fewer than 16 octets/,
    code: 0,
    lines: ["radius_secret_1=tooShort"],
  },
  // Duo.
  {
    fault: "Duo disturbed",
    check: "ping",
    words: /status 503: the service is disturbed/,
    code: 69,
    plant: ({ duo }) => {
      duo.addFault({ match: { path: "ping" }, do: { kind: "status", status: 503 } });
      return {};
    },
  },
  {
    fault: "a captive portal",
    check: "ping",
    words: /is not Duo's API.*captive portal/s,
    code: 69,
    plant: ({ duo }) => {
      duo.addFault({ do: { kind: "html-body" } });
      return {};
    },
  },
  {
    fault: "another web server",
    check: "ping",
    words: /answered 404 to ping.*api_host/s,
    code: 69,
    plant: ({ duo }) => {
      duo.addFault({ do: { kind: "html-body", status: 404 } });
      return {};
    },
  },
  {
    fault: "Duo can't say whether the keys are good",
    check: "keys",
    words: /did not say whether it takes the keys.*500/,
    code: 69,
    plant: ({ duo }) => {
      duo.addFault({ match: { path: "check" }, do: { kind: "status", status: 500 } });
      return {};
    },
  },
  {
    fault: "too many requests",
    check: "keys",
    words: /no more requests for this application.*42901/,
    code: 69,
    plant: ({ duo }) => {
      duo.addFault({ match: { path: "check" }, do: { kind: "status", status: 429, retryAfter: "3600" } });
      return {};
    },
  },
];

/** Lets the time of a waiting check pass once everything else is done. */
async function outwait(rig: Rig, options: CheckOptions, waited: Promise<void>): Promise<Checked> {
  const clock = new FakeClock(Date.now());
  const others = Promise.withResolvers<void>();
  const checks = allChecks.map((check): Check =>
    check.scope !== "section" || check.name !== "api-version" ? check : {
      ...check,
      run: async (context: SectionContext) => {
        const outcome = await check.run(context);
        if (context.section === healthy) others.resolve();
        return outcome;
      },
    }
  );
  const checked = rig.check({ ...options, checks, machine: { ...options.machine, clock } });
  await Promise.all([others.promise, waited]);
  await clock.advance(10_000);
  const result = await checked;
  assertEquals(clock.pending, 0);
  return result;
}

for (const row of rows) {
  Deno.test(`connectivity-check names one cause and blames nobody else: ${row.fault}`, async () => {
    await using rig = await Rig.start(row.simulator);
    await using stack = new AsyncDisposableStack();
    const { waited, ...planted }: Planted = { ...await row.plant?.(rig, stack) };
    const options = { ...planted, lines: [...row.lines ?? [], ...planted.lines ?? []] };
    const { code, checks, stdout } = await (waited === undefined ? rig.check(options) : outwait(rig, options, waited));

    const told = checks.filter(({ status }) => status === "failed" || status === "warning");
    const { section = faulty } = row;
    assertEquals(told.map(({ name, section }) => ({ name, section })), [{ name: row.check, section }]);
    assertMatch(`${told[0]?.message}\n${told[0]?.remedy}`, row.words);
    assertEquals(told[0]?.status, row.code === 0 ? "warning" : "failed");
    assertEquals(code, row.code);
    const beside = checks.filter(({ section }) => section === healthy);
    assertEquals(beside.at(-1)?.name, "api-version");
    assert(beside.every(({ status }) => status === "ok"), stdout);
    for (const secret of [radiusSkey, wrongSkey, sharedSecret, "tooShort"]) assertFalse(stdout.includes(secret));
    // Nobody was asked for a login.
    for (const duo of [rig.duo, rig.beside]) {
      assertEquals(duo.findCalls({ path: "auth" }).length + duo.findCalls({ path: "preauth" }).length, 0);
    }
  });
}
