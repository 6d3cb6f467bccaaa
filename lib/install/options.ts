/**
 * What an installation is asked for, and the values it refuses: everything here ends up in scripts that root runs.
 *
 * @module
 */

import { quote } from "../config/message.ts";

/** Where `install` puts things and as whom the service runs, all values checked. */
export interface InstallOptions {
  /** Absolute, without a slash at the end. */
  readonly installDir: string;
  readonly serviceUser: string;
  readonly logGroup: string;
  /** Whether a unit (or an init script, where there is no systemd) is set up. */
  readonly createInitScript: boolean;
  /** `auto`: yes where SELinux enforces, found out by the script. */
  readonly enableSelinux: "yes" | "no" | "auto";
  /** Whether the service may listen on ports below 1024. */
  readonly portCapability: boolean;
  /** The program to install. Absolute. */
  readonly binary: string;
}

/** A value that is not taken: the text continues a sentence that begins with the option's name. */
export interface Refusal {
  readonly refused: string;
}

/** What is used where nothing is given: the values of the original's installer. */
export const installDefaults = {
  installDir: "/opt/duoauthproxy",
  serviceUser: "duo_authproxy_svc",
  logGroup: "duo_authproxy_grp",
} as const;

/** Directories whose owner and mode an installation would spoil, or in which nothing can be kept. */
const systemDirectories: ReadonlySet<string> = new Set([
  ..."bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var lost+found"
    .split(" ").map((name) => `/${name}`),
  ..."games local local/bin local/etc local/games local/include local/lib local/libexec local/man local/sbin".split(" ")
    .map((name) => `/usr/${name}`),
  ..."local/share local/src".split(" ").map((name) => `/usr/${name}`),
  ..."backups cache crash db empty games kerberos lib local lock log mail nis opt preserve run spool tmp www yp".split(
    " ",
  )
    .map((name) => `/var/${name}`),
  ..."opt run/user var/lib/dpkg var/lib/rpm var/lib/systemd".split(" ").map((name) => `/${name}`),
]);

/** Trees that belong to packages, or that the next boot empties. */
const systemTrees: readonly string[] = ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc"]
  .concat(["/run", "/sbin", "/sys", "/usr", "/var/run", "/var/lock", "/var/lib/dpkg", "/var/lib/rpm"]);

/**
 * Checks a directory that root will create, own and hand to the service.
 *
 * @returns the path without a slash at its end.
 */
export function checkDirectory(text: string): string | Refusal {
  const path = checkPath(text);
  if (typeof path !== "string") return path;
  if (path === "/") return { refused: "is the root of the file system; name a directory of its own" };
  const special = /["'`$\\*?[\]{}]/.exec(path)?.[0];
  if (special !== undefined) {
    return { refused: `contains ${special}, which systemd or logrotate can't have in a path; name another directory` };
  }
  const inTree = systemTrees.some((tree) => path.startsWith(`${tree}/`)) && !path.startsWith("/usr/local/");
  if (systemDirectories.has(path) || inTree) {
    return { refused: `is ${quote(path)}, which belongs to the system; name a directory of its own` };
  }
  return path;
}

/**
 * Checks a path that a script will hold.
 *
 * @returns the path without a slash at its end.
 */
export function checkPath(text: string): string | Refusal {
  if (text === "") return { refused: "is empty" };
  const harmful = checkText(text);
  if (harmful !== undefined) return harmful;
  if (text.startsWith("-")) return { refused: "begins with a dash; name an absolute path" };
  if (!text.startsWith("/")) return { refused: `takes an absolute path, not ${quote(text)}` };
  // Two slashes at the beginning may mean something else on some systems, and nothing good on any.
  if (text.includes("//")) return { refused: "has an empty part between two slashes" };
  const parts = text.split("/").slice(1);
  if (parts.includes("..") || parts.includes(".")) {
    return { refused: 'contains "." or ".."; name the directory itself' };
  }
  if (parts.some((part) => part.startsWith("-"))) return { refused: "has a part that begins with a dash" };
  if (parts.some((part) => part.trim() !== part)) return { refused: "has a part that begins or ends with a blank" };
  if (new TextEncoder().encode(text).length > 1024) return { refused: "is longer than 1024 octets" };
  return text.length > 1 && text.endsWith("/") ? text.slice(0, -1) : text;
}

/** Refuses what no language of the scripts can hold safely: undefined if the text is harmless. */
function checkText(text: string): Refusal | undefined {
  if (/[\r\n\u0085\u2028\u2029]/.test(text)) return { refused: "contains a line end" };
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(text)) return { refused: "contains a control character" };
  if (text.includes("%")) return { refused: "contains %, which systemd would replace" };
  return undefined;
}

/** Checks the name of the user that the service runs as. */
export function checkServiceUser(text: string): string | Refusal {
  const name = checkAccount(text);
  if (name === "root") return { refused: "is root; the service needs no right of root's, name another user" };
  return name;
}

/** Checks the name of the group that may read the logs. */
export function checkLogGroup(text: string): string | Refusal {
  return checkAccount(text);
}

/** Names as useradd(8) describes them: capital letters and dots are taken too, since directories have such users. */
function checkAccount(text: string): string | Refusal {
  if (text === "") return { refused: "is empty" };
  const harmful = checkText(text);
  if (harmful !== undefined) return harmful;
  if (text.startsWith("-")) return { refused: "begins with a dash; name a user or group" };
  if (/^[0-9]+$/.test(text)) return { refused: "is a number; give the name" };
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(text)) {
    return { refused: "takes a letter or _, then up to 31 letters, digits, dots, dashes and underscores" };
  }
  return text;
}

/** Values as they stand on the command line. */
export interface InstallValues {
  readonly installDir?: string | undefined;
  readonly serviceUser?: string | undefined;
  readonly logGroup?: string | undefined;
  readonly createInitScript?: string | undefined;
  readonly enableSelinux?: string | undefined;
  readonly portCapability?: boolean | undefined;
}

/** Checks all values but the program's path, which {@link withBinary} adds. The refusal begins with the option's name. */
export function checkInstallValues(values: InstallValues): Omit<InstallOptions, "binary"> | Refusal {
  const installDir = checkDirectory(values.installDir ?? installDefaults.installDir);
  if (typeof installDir !== "string") return named("--install-dir", installDir);
  const serviceUser = checkServiceUser(values.serviceUser ?? installDefaults.serviceUser);
  if (typeof serviceUser !== "string") return named("--service-user", serviceUser);
  const logGroup = checkLogGroup(values.logGroup ?? installDefaults.logGroup);
  if (typeof logGroup !== "string") return named("--log-group", logGroup);
  if (serviceUser === logGroup) {
    return named("--log-group", {
      refused: "is also the service user's own group; readers of the log could read the secrets, name another group",
    });
  }
  return {
    installDir,
    serviceUser,
    logGroup,
    createInitScript: values.createInitScript !== "no",
    enableSelinux: values.enableSelinux === "yes" || values.enableSelinux === "no" ? values.enableSelinux : "auto",
    portCapability: values.portCapability === true,
  };
}

/** Completes the options with the program to install, an absolute path. */
export function withBinary(options: Omit<InstallOptions, "binary">, binary: string): InstallOptions | Refusal {
  const path = checkPath(binary);
  if (typeof path !== "string") return named("--binary", path);
  return { ...options, binary: path };
}

function named(option: string, refusal: Refusal): Refusal {
  return { refused: `${option} ${refusal.refused}` };
}
