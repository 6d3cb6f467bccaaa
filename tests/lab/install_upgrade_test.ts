/**
 * Upgrades of ours and of the original.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../kit/assert.ts";
import type { IsolatedRoot } from "./support/isolated_root.ts";
import {
  attributes,
  installScript,
  pipe,
  pipeOk,
  putProgram,
  rootTest,
  snapshot,
  uninstallScript,
} from "./support/installation.ts";

const dir = "/opt/duoauthproxy";
const config = `${dir}/conf/authproxy.cfg`;

rootTest("a configuration that is there stays, and the template lies beside it", async (root) => {
  await putProgram(root, "1");
  await root.write(config, "; mine, on port=1645\n", "644");
  const said = await pipeOk(root, await installScript());
  assertEquals(await root.ok(`cat ${config}`), "; mine, on port=1645");
  assertStringIncludes(said, `${config} belongs to root:duo_authproxy_svc now, mode 640 (before: root:root 644)`);
  assertEquals(await attributes(root, config), "root:duo_authproxy_svc 640");
  assertNotEquals(await root.ok(`cat ${config}.new`), "");
  assertEquals(await attributes(root, `${config}.new`), "root:root 640");
  const before = await snapshot(root);
  await pipeOk(root, await installScript());
  assertEquals(await snapshot(root), before);
});

rootTest("nothing is written through a link, whether it leads somewhere or not", async (root) => {
  await putProgram(root, "1");
  await root.write("/etc/duo/real.cfg", "; mine\n", "600");
  await root.ok(`mkdir -p ${dir}/conf && ln -s /etc/duo/real.cfg ${config} && ln -s /etc/shadow ${config}.new`);
  const shadow = await root.ok("stat -c '%U:%G %a' /etc/shadow");
  const said = await pipeOk(root, await installScript());
  assertStringIncludes(said, `${config} is a link to /etc/duo/real.cfg, which is left as it is`);
  assertStringIncludes(said, "can't read");
  assertEquals(await root.ok("cat /etc/duo/real.cfg"), "; mine");
  assertEquals(await attributes(root, "/etc/duo/real.cfg"), "root:root 600");
  assertEquals(await attributes(root, "/etc/shadow"), shadow);
  assertEquals(await root.ok(`stat -c %F ${config}.new`), "regular file");
  await root.ok(`rm ${config} && ln -s /nowhere/at/all ${config}`);
  const dangling = await pipe(root, await installScript());
  assertEquals(dangling.code, 0, dangling.stderr);
  assertEquals((await root.sh("ls /nowhere")).code === 0, false);
  assertEquals(await root.ok(`readlink ${config}`), "/nowhere/at/all");
});

rootTest("a key and logs that are there stay, and a log that the service user made a link is refused", async (root) => {
  await putProgram(root, "1");
  await root.write(`${dir}/conf/duoproxy.key`, "mine\n", "644");
  await root.write(`${dir}/log/authproxy.log`, "old line\n", "666");
  await pipeOk(root, await installScript());
  assertEquals(await root.ok(`cat ${dir}/conf/duoproxy.key ${dir}/log/authproxy.log`), "mine\nold line");
  assertEquals(await attributes(root, `${dir}/conf/duoproxy.key`), "duo_authproxy_svc:duo_authproxy_svc 400");
  await root.ok(`rm ${dir}/log/authproxy.log && ln -s /etc/shadow ${dir}/log/authproxy.log`);
  await root.ok(`chown -h duo_authproxy_svc ${dir}/log/authproxy.log`);
  const outcome = await pipe(root, await installScript());
  assertEquals(outcome.code, 1);
  assertStringIncludes(outcome.stderr, "is a link that isn't root's");
});

rootTest("an upgrade restarts the proxy that runs, and only if something changed", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript());
  await root.ok("authproxyctl start");
  const pid = await root.ok(`cat ${dir}/run/duoauthproxy.pid`);
  await pipeOk(root, await installScript());
  assertEquals(await root.ok(`cat ${dir}/run/duoauthproxy.pid`), pid);
  await putProgram(root, "2");
  assertStringIncludes(await pipeOk(root, await installScript()), "The proxy was restarted");
  assertNotEquals(await root.ok(`cat ${dir}/run/duoauthproxy.pid`), pid);
  assertEquals(await root.ok(`cat ${dir}/log/authproxy.log`), "serving 1\nended after 0 reloads\nserving 2");
  assertEquals((await root.sh("authproxyctl status")).code, 0);
});

rootTest("an upgrade whose program finds errors in the configuration leaves the running proxy alone", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript());
  await root.ok("authproxyctl start");
  await root.ok(`echo BROKEN >>${config}`);
  await putProgram(root, "2");
  const before = await snapshot(root);
  const outcome = await pipe(root, await installScript());
  assertEquals(outcome.code, 78);
  assertStringIncludes(outcome.stdout, "error: the file is broken");
  assertStringIncludes(outcome.stderr, "the proxy runs as before");
  assertEquals(await snapshot(root), before);
  assertEquals((await root.sh("authproxyctl status")).code, 0);
});

/** Something like an installation of the original, with its accounts, files and rights, running or not. */
async function putOriginal(root: IsolatedRoot, running: boolean): Promise<void> {
  await root.ok("groupadd -r duo_authproxy_grp && useradd -r -U -M -s /bin/false duo_authproxy_svc");
  await root.write(`${dir}/bin/authproxy`, "#!/bin/sh\n", "755");
  await root.write(`${dir}/uninstall`, "#!/bin/sh\n", "755");
  await root.write(
    `${dir}/bin/authproxyctl`,
    `#!/bin/sh
case $1 in
start) ${dir}/usr/local/bin/python 1000 >/dev/null 2>&1 & echo $! >${dir}/run/duoauthproxy.pid ;;
stop) kill "$(cat ${dir}/run/duoauthproxy.pid)"; rm ${dir}/run/duoauthproxy.pid; echo stopped >>/run/original ;;
esac
`,
    "750",
  );
  await root.ok(`mkdir -p ${dir}/usr/local/bin ${dir}/run ${dir}/log && cp /bin/sleep ${dir}/usr/local/bin/python`);
  await root.write(config, "; of the original\nport=1645\n", "644");
  await root.write(`${dir}/conf/ca-bundle.crt`, "certificates\n", "644");
  await root.ok(`echo old >${dir}/log/authproxy.log && chown -R duo_authproxy_svc:duo_authproxy_grp ${dir}/log`);
  await root.ok(`chmod 2750 ${dir}/log && chmod 640 ${dir}/log/authproxy.log`);
  await root.write("/etc/systemd/system/duoauthproxy.service", "[Service]\nType=forking\n", "644");
  if (running) await root.ok(`${dir}/bin/authproxyctl start`);
}

rootTest(
  "the original is taken over while it runs, what differs is named, and it can be gone back to",
  async (root) => {
    await putOriginal(root, true);
    const tree = `find ${dir} /etc/systemd/system -printf '%p %y %m %U:%G %s\\n' | grep -v duoauthproxy.pid | sort`;
    const original = await root.ok(tree);
    const contents = `cat ${config} ${dir}/bin/authproxyctl /etc/systemd/system/duoauthproxy.service`;
    const originalContents = await root.ok(contents);
    await putProgram(root, "1");
    const said = await pipeOk(root, await installScript());
    assertStringIncludes(said, "There is an installation of the original");
    assertStringIncludes(said, "the file is fine");
    assertStringIncludes(said, `${config} belongs to root:duo_authproxy_svc now, mode 640 (before: root:root 644)`);
    assertStringIncludes(said, `(before: duo_authproxy_svc:duo_authproxy_grp 2750)`);
    assertEquals(await root.ok("cat /run/original"), "stopped");
    assertEquals(await root.ok(`cat ${config}`), "; of the original\nport=1645");
    assertEquals(await root.ok(`cat ${dir}/conf/ca-bundle.crt`), "certificates");
    assertEquals(await root.ok(`cat ${dir}/saved/duoauthproxy.service`), "[Service]\nType=forking");
    assertEquals((await root.sh("authproxyctl status")).code, 0);
    assertEquals(await root.ok(`cat ${dir}/log/authproxy.log`), "old\nserving 1");
    await pipeOk(root, await uninstallScript(root, dir, true));
    assertEquals(await root.ok(contents), originalContents);
    assertEquals(await root.ok("getent passwd duo_authproxy_svc | cut -d : -f 1"), "duo_authproxy_svc");
    // The log has lines of both by now, and the pid file is gone.
    const size = (text: string): string => text.replaceAll(/(authproxy\.log f .*|run d .*) \d+$/gm, "$1");
    assertEquals(size(await root.ok(tree)), size(original));
  },
);

rootTest("the original is not touched if its configuration can't be served", async (root) => {
  for (const running of [false, true]) {
    await root.ok(
      `rm -rf ${dir}; userdel duo_authproxy_svc 2>/dev/null; groupdel duo_authproxy_grp 2>/dev/null || true`,
    );
    await putOriginal(root, running);
    await root.ok(`echo BROKEN >>${config}`);
    await putProgram(root, "1");
    const before = await snapshot(root);
    const outcome = await pipe(root, await installScript());
    assertEquals(outcome.code, 78);
    assertStringIncludes(outcome.stdout, "error: the file is broken");
    assertStringIncludes(outcome.stderr, "the original is as it was");
    assertEquals(await snapshot(root), before);
  }
});

async function putSystemd(root: IsolatedRoot): Promise<void> {
  const text = await Deno.readTextFile(new URL("support/fake_systemctl.sh", import.meta.url));
  await root.write("/usr/bin/systemctl", text, "755");
  await root.ok("mkdir -p /run/systemd/system");
}

rootTest("under systemd the service is enabled and not started; an upgrade restarts it", async (root) => {
  await putSystemd(root);
  await putProgram(root, "1");
  const script = await installScript();
  await pipeOk(root, script);
  const calls = async (): Promise<string[]> => (await root.ok("cat /run/fake/calls; rm /run/fake/calls")).split("\n");
  const first = await calls();
  assert(first.includes("enable duoauthproxy.service"));
  assert(first.includes("daemon-reload"));
  assert(!first.some((call) => /^(?:re)?start /.test(call)));
  assertEquals((await root.sh("authproxyctl status")).code, 3);
  await root.ok("authproxyctl start");
  assertEquals((await root.sh("authproxyctl status")).code, 0);
  await root.ok("systemctl disable duoauthproxy.service");
  await calls();
  await putProgram(root, "2");
  await pipeOk(root, script);
  const second = await calls();
  assert(second.includes("restart duoauthproxy.service"));
  // Somebody has switched it off since.
  assert(!second.some((call) => call.startsWith("enable ")));
  assertStringIncludes(await root.ok(`cat ${dir}/log/authproxy.log`), "serving 2");
  assertEquals(await root.ok(`cat ${dir}/log/authevents.log | wc -l`), "2");
  await root.ok("authproxyctl stop");
  assertEquals((await root.sh("authproxyctl status")).code, 3);
  await root.ok(`echo BROKEN >>${config}`);
  const refused = await root.sh("authproxyctl start");
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stderr, "has errors");
});

rootTest("a unit of somebody else's is kept aside and comes back; one that was edited is kept too", async (root) => {
  await putSystemd(root);
  await putProgram(root, "1");
  await root.write("/etc/systemd/system/duoauthproxy.service", "[Service]\nExecStart=/bin/true\n");
  await pipeOk(root, await installScript());
  await root.ok("echo '# edited' >>/etc/systemd/system/duoauthproxy.service");
  await pipeOk(root, await installScript());
  assertEquals(await root.ok(`cat ${dir}/saved/duoauthproxy.service`), "[Service]\nExecStart=/bin/true");
  assertStringIncludes(await root.ok(`cat ${dir}/saved/duoauthproxy.service.2`), "# edited");
  await pipeOk(root, await uninstallScript(root, dir));
  assertEquals(await root.ok("cat /etc/systemd/system/duoauthproxy.service"), "[Service]\nExecStart=/bin/true");
});

rootTest("without an init script there is no unit, and the control script starts the daemon", async (root) => {
  await putSystemd(root);
  await putProgram(root, "1");
  await pipeOk(root, await installScript({ "create-init-script": "no", "port-capability": true }));
  assertEquals(
    (await root.sh("ls /etc/systemd/system/duoauthproxy.service /etc/init.d/duoauthproxy")).code === 0,
    false,
  );
  await root.ok(`echo port=82 >>${config} && sed -i 's/^port=1.*//' ${config}`);
  await root.ok("authproxyctl start");
  const pid = await root.ok(`cat ${dir}/run/duoauthproxy.pid`);
  // CAP_NET_BIND_SERVICE is bit 10.
  assertStringIncludes(await root.ok(`grep CapEff /proc/${pid}/status`), "0000000000000400");
  assertStringIncludes(await root.ok(`grep NoNewPrivs /proc/${pid}/status`), "1");
});
