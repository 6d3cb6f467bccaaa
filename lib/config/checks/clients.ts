/**
 * Which client checks the passwords of which server section.
 *
 * @module
 */

import { quoted, say } from "../message.ts";
import { nearest } from "../nearest.ts";
import { tableFor } from "../options.ts";
import { headerPlace, optionPlace, type Settings, textOf, valuePlace, withRemark } from "../read_settings.ts";
import { type Context, shown } from "./context.ts";

/** How many sections a misspelt name is compared with: thousands of servers may each misspell one of thousands. */
const suggested = 50;

/**
 * Finds the client of every server section and reports what can't be found. In this order: `[main] client` where
 * `[main] server` names the section; its own `client`; for `ldap_server_auto` the only ad_client; `[main] client`; the
 * only client of the file.
 *
 * @returns the client by server section; a section without one isn't in it.
 */
export function assignClients(context: Context): ReadonlyMap<Settings, Settings> {
  const clients = context.sections.filter((one) => one.table.kind === "client");
  const directories = clients.filter((one) => one.table.type === "ad_client");
  const general = {
    ...mainClient(context, clients),
    directory: directories.length === 1 ? directories[0] : undefined,
  };
  const assigned = new Map<Settings, Settings>();
  for (const server of context.sections) {
    if (server.table.kind !== "server") continue;
    if (server.table.type === "radius_server_duo_only") {
      const named = checkUnusedClient(context, server);
      if (named !== undefined) assigned.set(server, named);
      continue;
    }
    const client = clientOf(context, server, clients, general);
    if (client === undefined) continue;
    assigned.set(server, client);
    checkSuitable(context, server, client);
  }
  return assigned;
}

/** `[main] client` and `server`: undefined if not set, `wrong` if set and reported. */
interface MainClient {
  readonly client: Settings | "wrong" | undefined;
  /** Name of the section that must use it, whatever it says. */
  readonly server: string | undefined;
}

function mainClient(context: Context, clients: readonly Settings[]): MainClient {
  const { findings, main } = context;
  if (main === undefined) return { client: undefined, server: undefined };
  const setting = main.set.get("client");
  const client = typeof setting?.value === "string"
    ? named(context, main, "client", setting.value, clients) ?? "wrong"
    : undefined;
  const server = main.set.get("server");
  if (typeof server?.value !== "string") return { client, server: undefined };
  const target = context.byName.get(server.value);
  if (setting === undefined) {
    findings.warning("ineffective", optionPlace(main.section, server.entry), "server has no effect without client");
  } else if (target?.table.kind !== "server") {
    const names = context.sections.filter((one) => one.table.kind === "server").map((one) => one.section.name);
    const near = nearest(server.value, names);
    findings.warning(
      "ineffective",
      valuePlace(main.section, server.entry),
      say`server names no server section that is served: ${quoted(server.value)}`,
      withRemark(server.entry.value, near === undefined ? undefined : `Did you mean ${near}?`),
    );
  }
  return { client, server: server.value };
}

function clientOf(
  context: Context,
  server: Settings,
  clients: readonly Settings[],
  general: MainClient & { readonly directory: Settings | undefined },
): Settings | undefined {
  const { section, set } = server;
  const own = set.get("client");
  if (general.client !== undefined && general.server === section.name) return known(general.client);
  if (typeof own?.value === "string") return named(context, server, "client", own.value, clients);
  if (server.table.type === "ldap_server_auto" && general.directory !== undefined) return general.directory;
  if (general.client !== undefined) return known(general.client);
  const [only, second] = clients;
  if (only !== undefined && second === undefined) return only;
  const place = headerPlace(section, "client");
  if (only === undefined) {
    context.findings.error(
      "client-missing",
      place,
      `${shown(server)} needs a client, and the file has none`,
      "Add a client section, such as [duo_only_client] where the gateway checks the password itself",
    );
  } else {
    context.findings.error(
      "client-ambiguous",
      place,
      `${shown(server)} doesn't say which client it uses, and the file has ${clients.length}`,
      `Add client=${only.section.name}, or another of them`,
    );
  }
  return undefined;
}

function known(client: Settings | "wrong"): Settings | undefined {
  return client === "wrong" ? undefined : client;
}

/** The client section that an option names; reports if there is none. */
function named(
  context: Context,
  where: Settings,
  option: string,
  name: string,
  clients: readonly Settings[],
): Settings | undefined {
  const found = context.byName.get(name);
  if (found?.table.kind === "client") return found;
  const entry = where.set.get(option)?.entry;
  const place = entry === undefined ? headerPlace(where.section, option) : valuePlace(where.section, entry);
  if (found !== undefined) {
    context.findings.error(
      "client-unsuitable",
      place,
      say`${quoted(name)} is no client: [${found.table.type}] checks no password`,
    );
    return undefined;
  }
  const near = nearest(name, clients.slice(0, suggested).map((one) => one.section.name));
  context.findings.error(
    "client-missing",
    place,
    say`There is no section ${quoted(name)}`,
    withRemark(
      entry?.value ?? "",
      near === undefined ? `Add the section [${tableFor(name)?.type ?? "duo_only_client"}]` : `Did you mean ${near}?`,
    ),
  );
  return undefined;
}

/**
 * In duo_only mode there is no password to check; a client of another type may be a mistake.
 *
 * @returns the duo_only_client that is named, if the file has it.
 */
function checkUnusedClient({ findings, byName }: Context, server: Settings): Settings | undefined {
  const name = textOf(server, "client");
  const entry = server.set.get("client")?.entry;
  if (name === undefined || entry === undefined) return undefined;
  if (tableFor(name)?.type === "duo_only_client") return byName.get(name);
  findings.warning(
    "ineffective",
    optionPlace(server.section, entry),
    `client has no effect in ${
      shown(server)
    }: this mode takes the password field for the factor and checks no password`,
    withRemark(entry.value, "Use [radius_server_auto] if the password is to be checked"),
  );
  return undefined;
}

function checkSuitable({ findings }: Context, server: Settings, client: Settings): void {
  const clientEntry = server.set.get("client")?.entry;
  const clientPlace = clientEntry === undefined
    ? headerPlace(server.section, "client")
    : valuePlace(server.section, clientEntry);
  if (server.table.type === "ldap_server_auto" && client.table.type !== "ad_client") {
    findings.error(
      "client-unsuitable",
      clientPlace,
      `${shown(server)} needs an ad_client, and ${shown(client)} is none`,
      "Add an [ad_client] section and name it in client",
    );
  }
  if (client.table.type === "radius_client") return;
  const names = server.set.get("pass_through_attr_names");
  if (names !== undefined) {
    findings.error(
      "client-unsuitable",
      optionPlace(server.section, names.entry),
      `pass_through_attr_names needs a radius_client, and ${shown(client)} is none`,
      "Remove it, or use a [radius_client]",
    );
  }
  const all = server.set.get("pass_through_all");
  if (all?.value === true) {
    findings.warning(
      "ineffective",
      optionPlace(server.section, all.entry),
      `pass_through_all has no effect with ${shown(client)}, which asks no RADIUS server`,
    );
  }
}
