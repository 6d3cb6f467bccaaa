/**
 * The installation on Windows, as a PowerShell script from its template in `conf/`.
 *
 * A compiled program doesn't speak the protocol of Windows services (`sc create` ends in error 1053), so the proxy
 * becomes a task that starts with the machine and runs as LOCAL SERVICE. The tests read the script as text;
 * .github/windows_install.ps1 runs it where CI has Windows.
 *
 * @module
 */

import template from "../../conf/install.ps1" with { type: "text" };
import { quote } from "../config/message.ts";
import { version } from "../version.ts";
import type { Refusal } from "./options.ts";
import { powershellWord } from "./quoting.ts";
import { fillTemplate } from "./template.ts";

/** What an installation on Windows is asked for. */
export interface WindowsOptions {
  /** Absolute, with backslashes, without one at the end. */
  readonly installDir: string;
  /** The program to install. */
  readonly binary: string;
}

/** Where the original lies, and its configuration. */
export const windowsInstallDir = "C:\\Program Files\\Duo Security Authentication Proxy";

/** Checks a directory for Windows, as `checkDirectory` does for other systems. */
export function checkWindowsDirectory(text: string): string | Refusal {
  const path = checkWindowsPath(text);
  if (typeof path !== "string") return path;
  const parts = path.split("\\").slice(1);
  const system = ["windows", "users", "programdata", "program files", "program files (x86)", "perflogs"];
  const first = parts[0]?.toLowerCase() ?? "";
  if (parts.length === 0 || first === "") return { refused: "is a whole drive; name a directory of its own" };
  if (first === "windows" || (parts.length === 1 && system.includes(first))) {
    return { refused: `is ${quote(path)}, which belongs to the system; name a directory of its own` };
  }
  return path;
}

/** Checks a path for Windows. Slashes become backslashes. */
export function checkWindowsPath(text: string): string | Refusal {
  if (text === "") return { refused: "is empty" };
  if (/[\r\n\u0085\u2028\u2029]/.test(text)) return { refused: "contains a line end" };
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(text)) return { refused: "contains a control character" };
  if (text.startsWith("-")) return { refused: "begins with a dash; name an absolute path" };
  const path = text.replaceAll("/", "\\").replace(/\\$/, "");
  if (!/^[A-Za-z]:(?:\\|$)/.test(path)) {
    return { refused: `takes an absolute path such as C:\\..., not ${quote(text)}` };
  }
  // In the command file that starts the proxy, a % would be a variable.
  const special = /[%<>"|?*^&!:]/.exec(path.slice(2))?.[0];
  if (special !== undefined) return { refused: `contains ${special}` };
  const parts = path.split("\\").slice(1);
  if (parts.includes("..") || parts.includes(".")) {
    return { refused: 'contains "." or ".."; name the directory itself' };
  }
  if (parts.some((part) => part === "" || /[ .]$/.test(part))) {
    return { refused: "has a part that is empty or ends with a blank or a dot" };
  }
  return path;
}

/** The script of an installation on Windows. */
export function windowsScript(options: WindowsOptions, starter: string): string {
  return fillTemplate(template, {
    VERSION: version,
    BINARY: powershellWord(options.binary),
    INSTALL_DIR: powershellWord(options.installDir),
    STARTER: powershellWord(starter),
  });
}

/** The script of a removal on Windows; configuration, key and logs stay, unless `purge` is true. */
export function windowsRemoval(installDir: string, purge: boolean): string {
  const inside = (name: string): string => powershellWord(`${installDir}\\${name}`);
  const list = (names: readonly string[]): string => names.map(inside).join(", ");
  const program = ["bin\\duoproxy.exe", "bin\\duoproxy.exe.old", "bin\\serve.cmd", "conf\\authproxy.cfg.new"]
    .concat(["authproxy_connectivity_tool", "authproxy_passwd", "authproxy_support"].map((name) => `bin\\${name}.cmd`));
  const data = ["conf\\authproxy.cfg", "conf\\duoproxy.key", "log\\authproxy.log", "log\\authevents.log"];
  return `# Made by duoproxy ${version}; to be run in PowerShell as an administrator.

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Uninstall-Duoproxy {
    $task = Get-ScheduledTask -TaskName 'DuoAuthProxy' -ErrorAction SilentlyContinue
    if ($null -ne $task) {
        Stop-ScheduledTask -TaskName 'DuoAuthProxy'
        Unregister-ScheduledTask -TaskName 'DuoAuthProxy' -Confirm:$false
    }
    foreach ($file in ${list(purge ? [...program, ...data] : program)}) {
        if (Test-Path -LiteralPath $file -PathType Leaf) { Remove-Item -LiteralPath $file -Force }
    }
    foreach ($directory in ${list(["bin", "conf", "log"])}, ${powershellWord(installDir)}) {
        if ((Test-Path -LiteralPath $directory) -and -not (Get-ChildItem -LiteralPath $directory -Force)) {
            Remove-Item -LiteralPath $directory
        }
    }
    Write-Output 'Done.'
}

Uninstall-Duoproxy
`;
}

/** A script that only says what went wrong, and ends PowerShell with a code. */
export function failingWindowsScript(message: string, code: number): string {
  return `[Console]::Error.WriteLine(${powershellWord(`duoproxy: ${message}`)})\nexit ${code}\n`;
}
