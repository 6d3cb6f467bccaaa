/**
 * The removal, and what it leaves.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "../kit/assert.ts";
import { installScript, pipeOk, putProgram, rootTest, uninstallScript } from "./support/installation.ts";

const dir = "/opt/duoauthproxy";

/** Every path and its kind, mode and owner: what a removal has to leave as it was. */
const tree = "find / -xdev \\( -path /proc -o -path /dev -o -path /run -o -path /etc/.pwd.lock \\) -prune -o " +
  "-printf '%p %y %m %U:%G\\n' | grep -v -e ' /etc/[a-z]*-$' -e '^/etc/\\(passwd\\|group\\|shadow\\|gshadow\\|subuid\\|subgid\\)-' | sort";

for (const installDir of [dir, "/srv/a b/duo auth"]) {
  rootTest(`install and uninstall --purge leave nothing behind in ${installDir}`, async (root) => {
    await putProgram(root, "1");
    // useradd makes files of its own at its first call.
    await root.ok("useradd -r first && userdel first");
    const before = await root.ok(tree);
    await pipeOk(root, await installScript({ "install-dir": installDir }));
    await root.ok("authproxyctl start");
    await root.ok(`echo '; edited' >>'${installDir}/conf/authproxy.cfg'; touch '${installDir}/log/authproxy.log.1'`);
    await pipeOk(root, await uninstallScript(root, installDir, true));
    assertEquals(await root.ok(tree), before);
    assertEquals((await root.sh("getent passwd duo_authproxy_svc || getent group duo_authproxy_grp")).code, 2);
  });
}

rootTest("uninstall keeps configuration, key, logs and accounts, and a later purge finds them", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript());
  await root.ok(`echo '; edited' >>${dir}/conf/authproxy.cfg`);
  await root.ok("authproxyctl start");
  await pipeOk(root, await uninstallScript(root, dir));
  assertEquals(
    await root.ok(`find ${dir} -type f | sort`),
    ["conf/authproxy.cfg", "conf/duoproxy.key", "install.receipt", "log/authevents.log", "log/authproxy.log"]
      .map((name) => `${dir}/${name}`).join("\n"),
  );
  assertEquals(await root.ok("ps -eo args= | grep -c 'duoproxy serv[e]' || true"), "0");
  const gone = [
    "/etc/systemd/system/duoauthproxy.service",
    "/etc/logrotate.d/duoauthproxy",
    "/etc/init.d/duoauthproxy",
  ];
  for (const path of [...gone, "/usr/local/sbin/authproxyctl", "/usr/local/bin/duoproxy"]) {
    assertEquals((await root.sh(`test -e ${path} || test -L ${path}`)).code, 1, path);
  }
  await root.ok("getent passwd duo_authproxy_svc");
  // Again it changes nothing, and an installation after it finds everything in its place.
  assertStringIncludes(await pipeOk(root, await uninstallScript(root, dir)), "Nothing had to be changed.");
  const key = await root.ok(`cat ${dir}/conf/duoproxy.key`);
  await pipeOk(root, await installScript());
  assertEquals(await root.ok(`cat ${dir}/conf/duoproxy.key`), key);
  await pipeOk(root, await uninstallScript(root, dir));
  await pipeOk(root, await uninstallScript(root, dir, true));
  assertEquals((await root.sh(`ls ${dir}`)).code, 2);
  assertEquals((await root.sh("getent passwd duo_authproxy_svc")).code, 2);
});

rootTest(
  "uninstall leaves what was changed since, what others put there, and accounts that were there",
  async (root) => {
    await putProgram(root, "1");
    await root.ok("groupadd -r duo_authproxy_grp && useradd -r -U -M -s /bin/false duo_authproxy_svc");
    await root.write(`${dir}/conf/authproxy.cfg`, "; mine\n");
    await pipeOk(root, await installScript());
    await root.ok("echo '# edited' >>/etc/systemd/system/duoauthproxy.service");
    await root.ok("ln -sf /bin/true /usr/local/sbin/authproxyctl");
    await root.ok(`echo mine >${dir}/conf/server.pem`);
    const said = await pipeOk(root, await uninstallScript(root, dir, true));
    assertStringIncludes(
      said,
      "/etc/systemd/system/duoauthproxy.service was changed since it was installed, and stays",
    );
    assertStringIncludes(await root.ok("cat /etc/systemd/system/duoauthproxy.service"), "# edited");
    assertEquals(await root.ok("readlink /usr/local/sbin/authproxyctl"), "/bin/true");
    assertEquals(await root.ok(`cat ${dir}/conf/server.pem ${dir}/conf/authproxy.cfg`), "mine\n; mine");
    assertEquals(await root.ok(`stat -c '%U:%G %a' ${dir}/conf/authproxy.cfg`), "root:root 644");
    await root.ok("getent passwd duo_authproxy_svc && getent group duo_authproxy_grp");
  },
);
