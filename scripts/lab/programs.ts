/**
 * Programs of other people that the lab runs against: whether they are there, and where they come from.
 *
 * @module
 */

/** A program and the Debian package that brings it. */
export interface LabProgram {
  readonly name: string;
  readonly package: string;
}

/** All programs that the lab can use. */
export const labPrograms = {
  radclient: { name: "radclient", package: "freeradius-utils" },
  freeradius: { name: "freeradius", package: "freeradius" },
  radsecproxy: { name: "radsecproxy", package: "radsecproxy" },
  eapolTest: { name: "eapol_test", package: "eapoltest" },
  strace: { name: "strace", package: "strace" },
  ocserv: { name: "ocserv", package: "ocserv" },
  openconnect: { name: "openconnect", package: "openconnect" },
  setpriv: { name: "setpriv", package: "util-linux" },
} as const satisfies Record<string, LabProgram>;

/** Daemons live in sbin, which is not on everybody's PATH. */
const further: readonly string[] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Where a program is; undefined if this machine doesn't have it. */
export function findProgram({ name }: LabProgram): string | undefined {
  for (const folder of [...(Deno.env.get("PATH") ?? "").split(":"), ...further]) {
    try {
      const path = `${folder}/${name}`;
      const { isFile, mode } = Deno.statSync(path);
      if (isFile && (mode ?? 0) & 0o111) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/**
 * Where a program is.
 *
 * @throws an error that names the package if it isn't there.
 */
export function requireProgram(program: LabProgram): string {
  const path = findProgram(program);
  if (path === undefined) {
    throw new Error(`${program.name} is not installed: apt-get install ${program.package}`);
  }
  return path;
}
