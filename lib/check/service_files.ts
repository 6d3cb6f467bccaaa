/**
 * Whether the user that the service runs as can read what it has to: whoever runs the check, most likely root, can.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { receiptPath, systemLayout } from "../install/layout.ts";
import { shellWord } from "../install/quoting.ts";
import { readReceipt } from "../install/receipt.ts";
import { Accounts, type User } from "./accounts.ts";
import { type ConfigurationFiles, failed, type MachineCheck, ok, type Outcome, skipped, warning } from "./check.ts";
import { canRead, type Denied } from "./file_rights.ts";
import type { FileView } from "./file_view.ts";
import { readServiceUnit, type ServiceUnit } from "./service_unit.ts";

/** Owners, groups and modes against the service's user. Without an installed service there is nothing to look at. */
export const serviceFiles: MachineCheck = {
  scope: "machine",
  name: "service-files",
  summary: "Whether the service's user can read the configuration's files",
  run: async ({ machine, configuration }) => {
    if (configuration === undefined) return [];
    const service = await findService(machine.files, configuration);
    return service === undefined ? [] : await check(machine.files, service, configuration);
  },
};

/** As whom the service runs, and what is known of it beside. */
interface Service {
  /** Name or number. */
  readonly user: string;
  readonly unit: ServiceUnit | undefined;
}

/** By the option, else by the unit that starts this configuration, else by the receipt that its installation left. */
async function findService(files: FileView, { file, serviceUser }: ConfigurationFiles): Promise<Service | undefined> {
  const unit = await readServiceUnit(files, systemLayout.unit);
  // A unit that starts something else says nothing about this configuration.
  const its = unit?.command.includes(file) ? unit : undefined;
  if (serviceUser !== undefined) return { user: serviceUser, unit: its };
  if (its !== undefined) return { user: its.user ?? "root", unit: its };
  const receipt = readReceipt(await files.readText(receiptPath(dirname(dirname(file)))).catch(() => ""));
  const user = receipt?.find(({ kind, item }) => kind === "install" && item === "service-user")?.value;
  return user === undefined ? undefined : { user, unit: undefined };
}

async function check(
  files: FileView,
  { user: name, unit }: Service,
  { read }: ConfigurationFiles,
): Promise<readonly Outcome[]> {
  let accounts: Accounts;
  try {
    accounts = await Accounts.read(files);
  } catch {
    return [skipped("Not looked at: /etc/passwd and /etc/group can't be read")];
  }
  const user = accounts.user(name, unit?.group, unit?.supplementaryGroups);
  if (user === undefined) {
    return [warning(
      "machine",
      `The service's user ${name} is not in /etc/passwd, so whether it can read its files is not known`,
      `If there is no such user, the service does not start. See with: id ${shellWord(name)}`,
      { user: name },
    )];
  }
  const outcomes = [...await checkReading(files, accounts, user, read, unit), ...await checkLogs(files, unit)];
  if (outcomes.length > 0) return outcomes;
  const count = read.length - 1;
  const named = count === 0 ? "" : ` and ${count === 1 ? "the file" : `the ${count} files`} that it names`;
  return [ok(`${user.name}, who runs the service, can read the configuration${named}`, { user: user.name })];
}

/** One outcome for each place that keeps the user out, however many files lie behind it. */
async function checkReading(
  files: FileView,
  accounts: Accounts,
  user: User,
  paths: readonly string[],
  unit: ServiceUnit | undefined,
): Promise<readonly Outcome[]> {
  const accesses = await Promise.all(paths.map(async (path) => ({ path, access: await canRead(files, user, path) })));
  const outcomes: Outcome[] = [];
  const denied = accesses.flatMap(({ path, access }) => access.kind === "denied" ? [{ path, access }] : []);
  for (const group of Map.groupBy(denied, ({ access }) => access.place).values()) {
    const [first] = group;
    if (first !== undefined) outcomes.push(explainDenied(first.access, accounts, user, group.map(({ path }) => path)));
  }
  const unknown = accesses.flatMap(({ access }) => access.kind === "unknown" ? [access.place] : []);
  if (unknown.length > 0) {
    outcomes.push(skipped(`${list(unknown)} can't be looked at by the user this runs as: run it as root`));
  }
  for (const directory of unit?.hidden ?? []) {
    const inside = accesses.flatMap(({ access }) =>
      access.kind === "allowed" && isBelow(access.real, directory) &&
        !unit?.shown.some((shown) => isBelow(access.real, shown))
        ? [access.real]
        : []
    );
    if (inside.length === 0) continue;
    outcomes.push(failed(
      "machine",
      `The service does not see ${list(inside)}: its unit hides ${directory} from it (ProtectHome=, PrivateTmp=)`,
      `Move what it needs elsewhere, such as beside the configuration in ${dirname(paths[0] ?? "")}`,
      { files: inside },
    ));
  }
  return outcomes;
}

function explainDenied(
  { place, entry, judged }: Denied,
  accounts: Accounts,
  user: User,
  paths: readonly string[],
): Outcome {
  const owner = `${accounts.userName(entry.uid ?? 0)}:${accounts.groupName(entry.gid ?? 0)}`;
  const mode = ((entry.mode ?? 0) & 0o7777).toString(8).padStart(4, "0");
  const right = entry.kind === "directory" ? "x" : "r";
  const mask = right === "x" ? 0o010 : 0o040;
  // With an access control list the group's bits are those that its entries may give at most (acl(5)).
  const listed = judged === "others" && ((entry.mode ?? 0) & mask) !== 0
    ? ". An access control list, which can't be seen from here, may let it in all the same"
    : "";
  const itself = paths.length === 1 && paths[0] === place;
  return failed(
    "machine",
    `${user.name}, who runs the service, can't read ${itself ? place : list(paths)}: ${
      itself ? "it" : entry.kind === "directory" ? `the directory ${place}` : place
    } belongs to ${owner} and has the mode ${mode}${listed}`,
    `Run: ${remedy(place, entry.gid ?? 0, judged, right, mask & (entry.mode ?? 0), user, accounts)}`,
    { user: user.name, path: place, owner, mode, files: paths },
  );
}

/** The command that lets the user in and as few others as possible. */
function remedy(
  place: string,
  gid: number,
  judged: Denied["judged"],
  right: "r" | "x",
  groupMay: number,
  user: User,
  accounts: Accounts,
): string {
  const word = shellWord(place);
  if (judged === "owner") return `chmod u+${right} ${word}`;
  if (judged === "group") return `chmod g+${right} ${word}`;
  // To pass a directory shows nothing of what is in it.
  if (right === "x") return `chmod o+x ${word}`;
  if (groupMay !== 0 && gid !== 0) {
    return `usermod -a -G ${shellWord(accounts.groupName(gid))} ${shellWord(user.name)}, and restart the service`;
  }
  return `chgrp ${shellWord(user.group)} ${word} && chmod g+r ${word}`;
}

/** systemd makes a log's file, as root, but not its directory. */
async function checkLogs(files: FileView, unit: ServiceUnit | undefined): Promise<readonly Outcome[]> {
  const directories = new Set((unit?.logs ?? []).map((path) => dirname(path)));
  const outcomes = await Promise.all([...directories].map(async (directory): Promise<readonly Outcome[]> => {
    try {
      const { kind } = await files.inspect(directory);
      if (kind === "directory" || kind === "link") return [];
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) return [];
    }
    return [failed(
      "machine",
      `The directory ${directory}, into which the unit has the logs written, does not exist: the service can't start`,
      `Run: install -d -m 2750 ${shellWord(directory)}, or duoproxy install, which also makes its group`,
      { path: directory },
    )];
  }));
  return outcomes.flat();
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** `a`, `a and b`, or `a, b and 3 more`. */
function list(paths: readonly string[]): string {
  const unique = [...new Set(paths)];
  if (unique.length > 3) return `${unique.slice(0, 2).join(", ")} and ${unique.length - 2} more`;
  return unique.length === 3 ? `${unique.slice(0, 2).join(", ")} and ${unique[2]}` : unique.join(" and ");
}

/** Paths of a configuration's files as the check wants them: absolute, each once, the configuration first. */
export function configurationFiles(
  file: string,
  read: readonly string[],
  serviceUser: string | undefined,
): ConfigurationFiles {
  const full = resolve(file);
  return { file: full, read: [...new Set([full, ...read.map((path) => resolve(path))])], serviceUser };
}
