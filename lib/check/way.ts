/**
 * The first steps to Duo: its name, TCP to it, or the HTTP proxy in between.
 *
 * @module
 */

import type { DuoConfig } from "../config/config.ts";
import { type CheckContext, failed, ok, type Outcome, type SectionCheck, type SectionContext } from "./check.ts";
import { closeSocket, reach, type Unreached, withDuo } from "./reach.ts";

/** `api_host` has addresses. */
export const nameResolution: SectionCheck = {
  scope: "section",
  name: "name-resolution",
  summary: "Whether the name of Duo's host can be resolved",
  needs: [],
  applies: ({ duo }) => duo.httpProxy === undefined,
  run: (context) => {
    const { apiHost } = context.server.duo;
    return context.once(`name ${apiHost}`, () => resolve(context, apiHost));
  },
};

async function resolve({ machine, signal }: CheckContext, host: string): Promise<Outcome> {
  const remedy =
    `Compare api_host with the application's page in the Duo Admin Panel; if it is right, see what this machine's resolver says with: getent hosts ${host}`;
  try {
    const addresses = await Promise.race([machine.lookup(host), aborted(signal)]);
    if (addresses === undefined) {
      return failed(
        "outside",
        `The name server did not answer in time for api_host ${host}`,
        "Look at the name servers in /etc/resolv.conf and at firewalls on the way to them (port 53)",
        { host },
      );
    }
    return ok(`${host} is ${addresses.slice(0, 4).join(", ")}`, { host, addresses });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
    return failed("outside", `The name of api_host, ${host}, can't be resolved (${code})`, remedy, { host, code });
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

/** Duo's port takes TCP connections. */
export const tcp: SectionCheck = {
  scope: "section",
  name: "tcp",
  summary: "Whether Duo's port takes connections",
  needs: ["name-resolution"],
  applies: ({ duo }) => duo.httpProxy === undefined,
  run: (context) => {
    const { apiHost, apiPort } = context.server.duo;
    return context.once(
      `tcp ${apiHost} ${apiPort}`,
      () => connect(context, apiHost, apiPort, `${apiHost} port ${apiPort}`, "api_host and api_port"),
    );
  },
};

/** The HTTP proxy's port takes TCP connections. */
export const httpProxy: SectionCheck = {
  scope: "section",
  name: "http-proxy",
  summary: "Whether the HTTP proxy (http_proxy_host) takes connections",
  needs: [],
  applies: ({ duo }) => duo.httpProxy !== undefined,
  run: (context) => {
    const { host, port } = context.server.duo.httpProxy ?? { host: "", port: 0 };
    return context.once(
      `tcp ${host} ${port}`,
      () => connect(context, host, port, `the HTTP proxy ${host} port ${port}`, "http_proxy_host and http_proxy_port"),
    );
  },
};

/** Connects and closes. `options` are those that say where. */
async function connect(
  { machine, signal }: CheckContext,
  host: string,
  port: number,
  who: string,
  options: string,
): Promise<Outcome> {
  const facts = { host, port };
  const begun = machine.clock.now();
  const result = await reach(machine, host, port, signal);
  if (result.kind === "unreached") return explainTcp(result, who, options, facts);
  await closeSocket(result.socket);
  const latency = Math.round(machine.clock.now() - begun);
  return ok(`Connected to ${result.address} port ${port} in ${latency} ms`, {
    ...facts,
    address: result.address,
    latency_ms: latency,
  });
}

function explainTcp(
  { code, detail }: Unreached,
  who: string,
  options: string,
  facts: { readonly host: string; readonly port: number },
): Outcome {
  const more = { ...facts, code };
  switch (code) {
    case "ECONNREFUSED":
      return failed(
        "outside",
        `The connection to ${who} was refused: nothing listens there, or a firewall rejects it`,
        `Check ${options}, and firewalls on the way`,
        more,
      );
    case "silent":
    case "ETIMEDOUT":
      return failed(
        "outside",
        `No answer at all from ${who}: the connection was tried until the time was up`,
        `A firewall on the way most likely drops the packets: let TCP port ${facts.port} out to ${facts.host}`,
        more,
      );
    case "ENETUNREACH":
    case "EHOSTUNREACH":
    case "ENETDOWN":
    case "EHOSTDOWN":
      return failed(
        "outside",
        `There is no route to ${who} (${code})`,
        "Look at this machine's network and default route with: ip route",
        more,
      );
    case "EACCES":
    case "EPERM":
      return failed(
        "machine",
        `This machine's own rules forbid the connection to ${who} (${code})`,
        "Look at its firewall and at IPAddressDeny= of the unit",
        more,
      );
    case "EMFILE":
    case "ENFILE":
    case "ENOBUFS":
    case "EADDRNOTAVAIL":
      return failed(
        "machine",
        `This machine has run out of sockets (${code}), so ${who} could not be tried`,
        "Raise the limit of open files (`ulimit -n`)",
        more,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return failed(
        "outside",
        `The name in ${who} can't be resolved (${code})`,
        `Check ${options}, and what this machine's resolver says with: getent hosts ${facts.host}`,
        more,
      );
    default:
      return failed("outside", `The connection to ${who} failed: ${detail}`, `Check ${options}`, more);
  }
}

/** The HTTP proxy opens a tunnel to Duo. */
export const httpTunnel: SectionCheck = {
  scope: "section",
  name: "http-tunnel",
  summary: "Whether the HTTP proxy lets connections to Duo through (CONNECT)",
  needs: ["http-proxy"],
  applies: ({ duo }) => duo.httpProxy !== undefined,
  run: (context) => {
    const { apiHost, apiPort, httpProxy: proxy } = context.server.duo;
    return context.once(
      `tunnel ${proxy?.host} ${proxy?.port} ${apiHost} ${apiPort}`,
      () => openTunnel(context, context.server.duo),
    );
  },
};

async function openTunnel(
  { machine, signal }: Pick<SectionContext, "machine" | "signal">,
  duo: DuoConfig,
): Promise<Outcome> {
  const target = `${duo.apiHost}:${duo.apiPort}`;
  const proxy = `The HTTP proxy ${duo.httpProxy?.host} port ${duo.httpProxy?.port}`;
  const result = await withDuo(machine, duo, signal, async (socket) => {
    await closeSocket(socket);
    return { kind: "open" } as const;
  });
  if (result.kind === "open") {
    return ok(`${proxy} opened a connection to ${target}`, { target });
  }
  if (result.kind === "unreached") {
    return failed(
      "outside",
      result.code === "silent"
        ? `${proxy} takes the connection but does not answer CONNECT ${target} in time`
        : `${proxy} closed the connection instead of answering CONNECT ${target} (${result.code})`,
      "Check that http_proxy_host and http_proxy_port name an HTTP proxy, and that it can reach Duo itself",
      { target, code: result.code },
    );
  }
  const { status } = result;
  if (status === null) {
    return failed(
      "outside",
      `What answers at http_proxy_host ${duo.httpProxy?.host} port ${duo.httpProxy?.port} is no HTTP proxy`,
      "Check http_proxy_host and http_proxy_port",
      { target },
    );
  }
  return failed(
    "outside",
    `${proxy} refused CONNECT ${target} with status ${status}${meaning(status)}`,
    remedyFor(status, target),
    {
      target,
      proxy_status: status,
    },
  );
}

function meaning(status: number): string {
  if (status === 407) return ": it asks for a user name and password";
  if (status === 403) return ": its rules forbid it";
  if (status === 405 || status === 501) return ": it does not offer CONNECT";
  return status >= 500 ? ": it could not reach Duo itself" : "";
}

function remedyFor(status: number, target: string): string {
  if (status === 407) {
    return `Let this machine use the proxy for ${target} without logging in: the option has no user name`;
  }
  if (status === 403) return `Allow CONNECT to ${target} in the proxy's rules`;
  if (status >= 500 && status !== 501) {
    return `Look at the proxy's log: name resolution and firewall between it and ${target}`;
  }
  return "Check that http_proxy_host and http_proxy_port name a proxy that offers CONNECT";
}
