/**
 * Which client checks the passwords of which server section.
 *
 * @module
 */

import { quoted, say } from "../message.ts";
import { nearest } from "../nearest.ts";
import { tableFor } from "../options.ts";
import type { Context, FirstFactor, Setting, Settings } from "../section.ts";
import { client as mainClientRow, server as mainServerRow } from "../sections/main.ts";
import { headerPlace, optionPlace, settingOf, shown, valuePlace, withRemark } from "../settings.ts";

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
  const directories = clients.filter((one) => one.table.asks === "directory");
  const general = {
    ...mainClient(context, clients),
    directory: directories.length === 1 ? directories[0] : undefined,
  };
  const assigned = new Map<Settings, Settings>();
  for (const server of context.sections) {
    const { firstFactor } = server.table;
    if (firstFactor === undefined) continue;
    const client = firstFactor.client === "none"
      ? unusedClient(context, server, firstFactor)
      : clientOf(context, server, firstFactor, clients, general);
    if (client !== undefined) {
      assigned.set(server, client);
      if (firstFactor.client === "directory") checkDirectory(context, server, firstFactor, client);
    }
    firstFactor.check?.(context, server, client);
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
  const setting = settingOf(main, mainClientRow);
  const client = setting === undefined ? undefined : named(context, main, setting, clients) ?? "wrong";
  const server = settingOf(main, mainServerRow);
  if (server?.value === undefined) return { client, server: undefined };
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
  firstFactor: FirstFactor,
  clients: readonly Settings[],
  general: MainClient & { readonly directory: Settings | undefined },
): Settings | undefined {
  const { section } = server;
  const own = settingOf(server, firstFactor.row);
  if (general.client !== undefined && general.server === section.name) return known(general.client);
  if (own !== undefined) return named(context, server, own, clients);
  if (firstFactor.client === "directory" && general.directory !== undefined) return general.directory;
  if (general.client !== undefined) return known(general.client);
  const [only, second] = clients;
  if (only !== undefined && second === undefined) return only;
  const place = headerPlace(section, firstFactor.row.name);
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
  { findings, byName }: Context,
  { section }: Settings,
  { entry, value: name }: Setting<string>,
  clients: readonly Settings[],
): Settings | undefined {
  if (name === undefined) return undefined;
  const found = byName.get(name);
  if (found?.table.kind === "client") return found;
  const place = valuePlace(section, entry);
  if (found !== undefined) {
    findings.error(
      "client-unsuitable",
      place,
      say`${quoted(name)} is no client: [${found.table.type}] checks no password`,
    );
    return undefined;
  }
  const near = nearest(name, clients.slice(0, suggested).map((one) => one.section.name));
  findings.error(
    "client-missing",
    place,
    say`There is no section ${quoted(name)}`,
    withRemark(
      entry.value,
      near === undefined ? `Add the section [${tableFor(name)?.type ?? "duo_only_client"}]` : `Did you mean ${near}?`,
    ),
  );
  return undefined;
}

/**
 * Where there is no password to check, a client that would check one may be a mistake.
 *
 * @returns the client that is named, if it checks none and the file has it.
 */
function unusedClient({ findings, byName }: Context, server: Settings, { row }: FirstFactor): Settings | undefined {
  const setting = settingOf(server, row);
  if (setting?.value === undefined) return undefined;
  if (tableFor(setting.value)?.asks === "nobody") return byName.get(setting.value);
  findings.warning(
    "ineffective",
    optionPlace(server.section, setting.entry),
    `client has no effect in ${
      shown(server)
    }: this mode takes the password field for the factor and checks no password`,
    withRemark(setting.entry.value, "Use [radius_server_auto] if the password is to be checked"),
  );
  return undefined;
}

function checkDirectory({ findings }: Context, server: Settings, { row }: FirstFactor, client: Settings): void {
  if (client.table.asks === "directory") return;
  const entry = settingOf(server, row)?.entry;
  findings.error(
    "client-unsuitable",
    entry === undefined ? headerPlace(server.section, row.name) : valuePlace(server.section, entry),
    `${shown(server)} needs an ad_client, and ${shown(client)} is none`,
    "Add an [ad_client] section and name it in client",
  );
}
