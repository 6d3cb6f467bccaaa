import {
  checkDirectory,
  checkInstallValues,
  checkLogGroup,
  checkPath,
  checkServiceUser,
  withBinary,
} from "../../lib/install/options.ts";
import { assert, assertEquals, assertStringIncludes } from "../kit/assert.ts";

function refusal(value: string | { readonly refused: string }): string {
  assert(typeof value !== "string", `${value} was taken`);
  return value.refused;
}

Deno.test("checkDirectory() takes directories of their own, without the slash at the end", () => {
  for (
    const path of ["/opt/duoauthproxy", "/srv/duo auth", "/duo", "/usr/local/duoproxy", "/var/lib/duoproxy", "/opt/ü"]
  ) {
    assertEquals(checkDirectory(path), path);
  }
  assertEquals(checkDirectory("/opt/duoauthproxy/"), "/opt/duoauthproxy");
});

Deno.test("checkDirectory() refuses the root and what belongs to the system", () => {
  const system = [
    "/",
    "/etc",
    "/etc/",
    "/usr",
    "/bin",
    "/opt",
    "/home",
    "/root",
    "/tmp",
    "/var",
    "/var/log",
    "/var/lib",
  ]
    .concat(["/usr/local", "/usr/local/bin", "/usr/share/duo", "/etc/duo", "/proc/1", "/sys/x", "/dev/shm", "/run/duo"])
    .concat(["/lib/systemd", "/boot/x", "/usr/lib/duo"]);
  for (const path of system) refusal(checkDirectory(path));
});

Deno.test("checkDirectory() refuses what could harm in a script, and says what", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["", "empty"],
    ["opt/duo", "absolute"],
    ["./duo", "absolute"],
    ["~/duo", "absolute"],
    ["-rf", "dash"],
    ["--help", "dash"],
    ["/opt/-rf", "dash"],
    ["/opt/../etc", '".."'],
    ["/opt/duo/..", '".."'],
    ["/opt/./duo", '"."'],
    ["//opt/duo", "empty part"],
    ["/opt//duo", "empty part"],
    ["/opt/duo\n/etc", "line end"],
    ["/opt/duo\r", "line end"],
    ["/opt/duo\u2028", "line end"],
    ["/opt/duo\u0085", "line end"],
    ["/opt/duo\0", "control"],
    ["/opt/duo\t", "control"],
    ["/opt/duo\u001b[31m", "control"],
    ["/opt/duo\u202e", "control"],
    ["/opt/duo%n", "%"],
    ["/opt/ duo", "blank"],
    ["/opt/duo ", "blank"],
    ['/opt/"duo"', '"'],
    ["/opt/it's", "'"],
    ["/opt/$HOME", "$"],
    ["/opt/`id`", "`"],
    ["/opt/duo\\", "\\"],
    ["/opt/*", "*"],
    ["/opt/{a,b}", "{"],
    [`/opt/${"x".repeat(1100)}`, "longer"],
  ];
  for (const [path, reason] of rows) assertStringIncludes(refusal(checkDirectory(path)), reason);
});

Deno.test("checkPath() takes quotes and dollars: a program may lie anywhere", () => {
  assertEquals(checkPath('/root/it\'s "the" $(program)'), '/root/it\'s "the" $(program)');
  refusal(checkPath("/root/a\nb"));
  refusal(checkPath("program"));
});

Deno.test("checkServiceUser() and checkLogGroup() take names and nothing else", () => {
  for (const name of ["duo_authproxy_svc", "_duo", "Duo.Svc", "a-b"]) {
    assertEquals(checkServiceUser(name), name);
    assertEquals(checkLogGroup(name), name);
  }
  const harmful = [
    "",
    "-u",
    "0",
    "1000",
    "a b",
    "a:b",
    "a;b",
    "a%b",
    "a\nb",
    "$(id)",
    "../a",
    "a/b",
    "ü",
    "x".repeat(33),
  ];
  for (const name of harmful) {
    refusal(checkServiceUser(name));
    refusal(checkLogGroup(name));
  }
  assertStringIncludes(refusal(checkServiceUser("root")), "root");
});

Deno.test("checkInstallValues() fills in the original's defaults", () => {
  assertEquals(checkInstallValues({}), {
    installDir: "/opt/duoauthproxy",
    serviceUser: "duo_authproxy_svc",
    logGroup: "duo_authproxy_grp",
    createInitScript: true,
    enableSelinux: "auto",
    portCapability: false,
  });
});

Deno.test("checkInstallValues() names the option that it refuses", () => {
  const rows = [
    [{ installDir: "/etc" }, "--install-dir"],
    [{ serviceUser: "root" }, "--service-user"],
    [{ logGroup: "-g" }, "--log-group"],
    [{ serviceUser: "duo", logGroup: "duo" }, "--log-group"],
  ] as const;
  for (const [values, option] of rows) {
    const checked = checkInstallValues(values);
    assert("refused" in checked);
    assert(checked.refused.startsWith(option), checked.refused);
  }
  const values = checkInstallValues({});
  assert(!("refused" in values));
  assert("refused" in withBinary(values, "relative"));
});
