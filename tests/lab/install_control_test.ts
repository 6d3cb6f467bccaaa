/**
 * authproxyctl in an isolated root, without systemd.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../kit/assert.ts";
import { installScript, pipeOk, putProgram, rootTest } from "./support/installation.ts";

const dir = "/srv/duo auth";
const pidFile = `'${dir}/run/duoauthproxy.pid'`;
const config = `'${dir}/conf/authproxy.cfg'`;

rootTest("authproxyctl starts, shows the check, stops and tells the state, with LSB's exit codes", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript({ "install-dir": dir }));
  assertEquals((await root.sh("authproxyctl status")).code, 3);
  const started = await root.sh("authproxyctl start");
  assertEquals(started.code, 0, started.stderr);
  assertStringIncludes(started.stdout, "the file is fine");
  const pid = await root.ok(`cat ${pidFile}`);
  assertMatch(await root.ok("authproxyctl status"), new RegExp(`running \\(process ${pid}\\)`));
  // Asked by anybody else, too.
  const asked = await root.sh("setpriv --reuid=65534 --regid=65534 --clear-groups authproxyctl status");
  assertEquals(asked.code, 0, asked.stdout + asked.stderr);
  assertEquals(await root.ok(`ps -o user:32= -p ${pid}`), "duo_authproxy_svc");
  assertMatch(await root.ok(`grep CapEff /proc/${pid}/status`), /\t0{16}$/);
  const soft = (await root.ok(`grep 'open files' /proc/${pid}/limits`)).trim().split(/\s+/)[3];
  assert(Number(soft) > 1024, `only ${soft} descriptors`);
  // Nothing of the script stays behind: the daemon is the only new process.
  assertEquals(await root.ok(`ps -eo pid=,args= | grep -c 'duo aut[h]'`), "1");
  const again = await root.sh("authproxyctl start");
  assertEquals(again.code, 0);
  assertStringIncludes(again.stdout, "already running");
  assertEquals(await root.ok(`cat ${pidFile}`), pid);
  await root.ok("authproxyctl stop");
  assertEquals((await root.sh("authproxyctl status")).code, 3);
  assertEquals(await root.ok("authproxyctl stop"), "The proxy is not running");
  assertEquals(await root.ok(`cat '${dir}/log/authproxy.log'`), "serving 1\nended after 0 reloads");
  assertMatch(await root.ok(`cat '${dir}/log/authevents.log'`), /^\{.*\}$/);
});

rootTest("authproxyctl tells wrong arguments, unknown commands and a lack of rights", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript({ "install-dir": dir }));
  assertEquals((await root.sh("authproxyctl")).code, 2);
  assertEquals((await root.sh("authproxyctl start now")).code, 2);
  assertEquals((await root.sh("authproxyctl repair")).code, 3);
  assertEquals((await root.sh("setpriv --reuid=65534 --regid=65534 --clear-groups authproxyctl start")).code, 1);
  assertEquals(await root.ok("authproxyctl version"), "duoproxy 1 (stand-in)");
});

rootTest("authproxyctl reload has a running proxy read its file again, unless that has errors", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript({ "install-dir": dir }));
  const idle = await root.sh("authproxyctl reload");
  assertEquals(idle.code, 1);
  assertStringIncludes(idle.stderr, "isn't running");
  await root.ok("authproxyctl start");
  const pid = await root.ok(`cat ${pidFile}`);
  assertStringIncludes(await root.ok("authproxyctl reload"), `process ${pid}`);
  await root.ok(`echo BROKEN >>${config}`);
  const refused = await root.sh("authproxyctl reload");
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stderr, "has errors");
  assertEquals((await root.sh("setpriv --reuid=65534 --regid=65534 --clear-groups authproxyctl reload")).code, 1);
  assertEquals(await root.ok(`cat ${pidFile}`), pid);
  await root.ok("authproxyctl stop");
  assertEquals(await root.ok(`tail -n 1 '${dir}/log/authproxy.log'`), "ended after 1 reloads");
});

rootTest("the daemon gets nothing of the environment of whoever starts it", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript({ "install-dir": dir }));
  for (const tool of ["setpriv", "runuser", "su"]) {
    await root.ok("SSLKEYLOGFILE=/root/keys DENO_CERT=/root/ca.pem LD_LIBRARY_PATH=/root TZ=UTC authproxyctl start");
    const environment = await root.ok(`tr '\\000' '\n' <"/proc/$(cat ${pidFile})/environ" | cut -d = -f 1 | sort`);
    // PWD is the inner shell's own.
    assertEquals(environment, "PATH\nPWD\nTZ", tool);
    await root.ok("authproxyctl stop");
    await root.ok(`mv "$(command -v ${tool})" /root/${tool}.away`);
  }
});

rootTest("authproxyctl tells a dead proxy by its pid file, also if the number is somebody else's now", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript({ "install-dir": dir }));
  await root.ok("authproxyctl start");
  await root.ok(`pid=$(cat ${pidFile}); kill -9 "$pid"; while grep -q . "/proc/$pid/cmdline" 2>/dev/null; do :; done`);
  assertEquals((await root.sh("authproxyctl status")).code, 1);
  await root.ok(`echo 1 >${pidFile}`);
  assertEquals((await root.sh("authproxyctl status")).code, 1);
  // What isn't ours is never killed.
  await root.ok("authproxyctl stop");
  assertEquals((await root.sh("kill -0 1")).code, 0);
  await root.ok("authproxyctl start && authproxyctl status");
});

rootTest("a start that fails says why and leaves nothing behind", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript({ "install-dir": dir }));
  await root.ok("authproxyctl start");
  const pid = await root.ok(`cat ${pidFile}`);
  await root.ok(`echo BROKEN >>${config}`);
  const restart = await root.sh("authproxyctl restart");
  assertEquals(restart.code, 1);
  assertStringIncludes(restart.stderr, "has errors");
  // A bad file doesn't stop the proxy that runs.
  assertEquals(await root.ok(`cat ${pidFile}`), pid);
  await root.ok("authproxyctl stop");
  assertEquals((await root.sh("authproxyctl start")).code, 1);
  assertEquals((await root.sh("authproxyctl status")).code, 3);
  // A port that is taken shows only when it is opened.
  await root.ok(`sed -i 's/BROKEN/port=1999/' ${config}`);
  await root.write("/root/other.cfg", "port=1999");
  await root.ok(`setsid '${dir}/bin/duoproxy' serve --config /root/other.cfg >/dev/null 2>&1 </dev/null & sleep 0.3`);
  await root.ok(`sed -i '1i port=1999' ${config}`);
  const taken = await root.sh("authproxyctl start");
  assertEquals(taken.code, 1);
  assertStringIncludes(taken.stderr, "bind: Address already in use");
  assertStringIncludes(taken.stderr, "69");
  assertEquals((await root.sh("authproxyctl status")).code, 3);
});

rootTest("the daemon is started without setpriv, with whatever is there", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript({ "install-dir": dir }));
  for (const tool of ["setpriv", "runuser", "su"]) {
    await root.ok("authproxyctl start");
    const pid = await root.ok(`cat ${pidFile}`);
    assertEquals(await root.ok(`ps -o user:32= -p ${pid}`), "duo_authproxy_svc");
    await root.ok("authproxyctl stop");
    await root.ok(`mv "$(command -v ${tool})" /root/${tool}.away`);
  }
  await root.ok("authproxyctl start");
  assertEquals(await root.ok(`ps -o user:32= -p "$(cat ${pidFile})"`), "duo_authproxy_svc");
  await root.ok("authproxyctl stop");
  await root.ok('mv "$(command -v start-stop-daemon)" /root/');
  const outcome = await root.sh("authproxyctl start");
  assertEquals(outcome.code, 1);
  assertStringIncludes(outcome.stderr, "install util-linux");
});

rootTest("with log_syslog the operational log goes to syslog, and the events to their file", async (root) => {
  await putProgram(root, "1");
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "[main]\nlog_syslog=true\nsyslog_facility=LOG_LOCAL3\n");
    await pipeOk(root, await installScript({ "install-dir": dir, config: file }));
  } finally {
    await Deno.remove(file);
  }
  await root.write("/usr/local/bin/logger", '#!/bin/sh\necho "$@" >/run/logger\ncat >>/run/logger\n', "755");
  await root.ok("authproxyctl start");
  await root.ok("authproxyctl stop");
  assertEquals(await root.ok("cat /run/logger"), "-t Authproxy -p local3.info\nserving 1\nended after 0 reloads");
  assertMatch(await root.ok(`cat '${dir}/log/authevents.log'`), /^\{.*\}$/);
});
