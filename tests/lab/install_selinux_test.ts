/**
 * What the script does about SELinux.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "../kit/assert.ts";
import type { IsolatedRoot } from "./support/isolated_root.ts";
import { installScript, pipeOk, putProgram, rootTest, snapshot, uninstallScript } from "./support/installation.ts";

const dir = "/opt/duoauthproxy";

/** The tools of a system on which SELinux enforces; its policy is that of the targeted one for /opt, as far as needed. */
async function putSelinux(root: IsolatedRoot, mode: string): Promise<void> {
  const tool = (name: string, text: string): Promise<void> =>
    root.write(`/usr/sbin/${name}`, `#!/bin/sh\n${text}`, "755");
  await tool("getenforce", `echo ${mode}\n`);
  await tool("restorecon", 'echo "restorecon $*" >>/run/selinux-calls\n');
  await tool(
    "matchpathcon",
    "case $2 in /opt/*/bin/*) type=bin_t ;; /opt/*) type=usr_t ;; *) type=var_t ;; esac\n" +
      "if [ -e /run/modules/duoproxy ]; then case $2 in */bin/*) type=bin_t ;; *) type=var_log_t ;; esac; fi\n" +
      "echo system_u:object_r:$type:s0\n",
  );
  await tool(
    "semodule",
    'echo "semodule $*" >>/run/selinux-calls; mkdir -p /run/modules\n' +
      'case $1 in -l) ls /run/modules ;; -i) cp "$2" /run/modules/duoproxy ;; -r) rm /run/modules/"$2" ;; esac\n',
  );
}

rootTest("where SELinux enforces, what has the right label by default gets no module for it", async (root) => {
  await putProgram(root, "1");
  await putSelinux(root, "Enforcing");
  await pipeOk(root, await installScript());
  assertEquals(
    await root.ok("grep -v '^;' /run/modules/duoproxy"),
    '(filecon "/opt/duoauthproxy/log(/.*)?" any (system_u object_r var_log_t ((s0) (s0))))',
  );
  assertStringIncludes(await root.ok("cat /run/selinux-calls"), `restorecon -R -- ${dir}`);
  const before = await snapshot(root);
  await root.ok("rm /run/selinux-calls");
  await pipeOk(root, await installScript());
  assertEquals(await snapshot(root), before);
  assertEquals((await root.sh("grep 'semodule -i' /run/selinux-calls")).code, 1);
  await pipeOk(root, await uninstallScript(root, dir));
  assertEquals(await root.ok("ls /run/modules"), "");
});

rootTest("elsewhere the program gets its label too, and blanks in its path are no harm", async (root) => {
  await putProgram(root, "1");
  await putSelinux(root, "Enforcing");
  await pipeOk(root, await installScript({ "install-dir": "/srv/duo auth" }));
  assertEquals(
    await root.ok("grep -v '^;' /run/modules/duoproxy"),
    '(filecon "/srv/duo.auth/bin(/.*)?" any (system_u object_r bin_t ((s0) (s0))))\n' +
      '(filecon "/srv/duo.auth/log(/.*)?" any (system_u object_r var_log_t ((s0) (s0))))',
  );
});

for (const [mode, option] of [["Permissive", undefined], ["Disabled", undefined], ["Enforcing", "no"]] as const) {
  rootTest(
    `nothing is done about SELinux if it is ${mode} and --enable-selinux is ${option ?? "absent"}`,
    async (root) => {
      await putProgram(root, "1");
      await putSelinux(root, mode);
      await pipeOk(root, await installScript({ "enable-selinux": option }));
      assertEquals((await root.sh("cat /run/selinux-calls")).code, 1);
    },
  );
}
