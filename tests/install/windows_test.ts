import { checkWindowsDirectory, windowsRemoval, windowsScript } from "../../lib/install/windows.ts";
import { pickBinary } from "../../lib/install/find_binary.ts";
import { assert, assertEquals, assertStringIncludes } from "../kit/assert.ts";

Deno.test("checkWindowsDirectory() takes directories and refuses what could harm", () => {
  assertEquals(checkWindowsDirectory("C:/Program Files/Duo/"), "C:\\Program Files\\Duo");
  const harmful = [
    "",
    "C:",
    "C:\\",
    "C:\\Windows",
    "C:\\Windows\\x",
    "C:\\Program Files",
    "duo",
    "\\\\host\\share",
    "-x",
  ]
    .concat(["C:\\a\\..\\b", "C:\\%TEMP%", 'C:\\"a"', "C:\\a\nb", "C:\\a\\\\b", "C:\\a ", "C:\\a&b", "/opt/duo"]);
  for (const path of harmful) assert(typeof checkWindowsDirectory(path) !== "string", path);
});

Deno.test("windowsScript() is one function called on its last line, with a task of LOCAL SERVICE", () => {
  const script = windowsScript({ installDir: "C:\\it's", binary: "C:\\x.exe" }, "it's $env:PATH ‘here’\n");
  assertStringIncludes(script, "$installDir = 'C:\\it''s'");
  assertStringIncludes(script, "$starter = 'it''s $env:PATH ‘‘here’’\n'");
  assertStringIncludes(script, "New-ScheduledTaskPrincipal -UserId 'S-1-5-19'");
  assertStringIncludes(script, "New-ScheduledTaskTrigger -AtStartup");
  assertEquals(script.trimEnd().split("\n").at(-1), "Install-Duoproxy");
});

Deno.test("on Windows the daemon gets no environment that writes keys or adds trust, and old names come and go", () => {
  const script = windowsScript({ installDir: "C:\\Duo", binary: "C:\\x.exe" }, "");
  assertStringIncludes(script, "$unset = 'SSLKEYLOGFILE', 'DENO_CERT'");
  for (const name of ["authproxy_connectivity_tool", "authproxy_passwd", "authproxy_support"]) {
    assertStringIncludes(script, `'${name}' = `);
    assertStringIncludes(windowsRemoval("C:\\Duo", false), `'C:\\Duo\\bin\\${name}.cmd'`);
  }
});

Deno.test("windowsRemoval() removes data only if it purges", () => {
  assert(!windowsRemoval("C:\\Duo", false).includes("duoproxy.key"));
  assertStringIncludes(windowsRemoval("C:\\Duo", true), "'C:\\Duo\\conf\\duoproxy.key'");
});

Deno.test("pickBinary() takes the newest program of this machine's kind", () => {
  const target = "x86_64-unknown-linux-gnu";
  const files = [
    { name: "duoproxy-aarch64-apple-darwin", modified: 9 },
    { name: `duoproxy-${target}.sha256`, modified: 8 },
    { name: `duoproxy-${target}`, modified: 1 },
    { name: `duoproxy-0.2-${target}`, modified: 2 },
    { name: "duoproxy-x86_64-pc-windows-msvc.exe", modified: 7 },
  ];
  assertEquals(pickBinary(files, target), `duoproxy-0.2-${target}`);
  assertEquals(pickBinary(files, "x86_64-pc-windows-msvc"), "duoproxy-x86_64-pc-windows-msvc.exe");
  assertEquals(pickBinary(files, "aarch64-unknown-linux-gnu"), undefined);
});
