/**
 * The installation script on an empty system, and run again.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "../kit/assert.ts";
import {
  attributes,
  installScript,
  pipe,
  pipeOk,
  putProgram,
  rootTest,
  snapshot,
  source,
} from "./support/installation.ts";

const dir = "/opt/duoauthproxy";

rootTest(
  "a fresh host gets the program, its accounts, files and modes, and the service isn't started",
  async (root) => {
    await putProgram(root, "1");
    const said = await pipeOk(root, await installScript());
    assertStringIncludes(said, "Done.");
    assertEquals(await attributes(root, dir), "root:root 755");
    assertEquals(await attributes(root, `${dir}/bin/duoproxy`), "root:root 755");
    assertEquals(await attributes(root, `${dir}/bin/authproxyctl`), "root:root 755");
    assertEquals(await attributes(root, `${dir}/conf`), "root:duo_authproxy_svc 750");
    assertEquals(await attributes(root, `${dir}/conf/authproxy.cfg`), "root:duo_authproxy_svc 640");
    assertEquals(await attributes(root, `${dir}/conf/duoproxy.key`), "duo_authproxy_svc:duo_authproxy_svc 400");
    assertEquals(await attributes(root, `${dir}/log`), "root:duo_authproxy_grp 2750");
    assertEquals(await attributes(root, `${dir}/log/authproxy.log`), "root:duo_authproxy_grp 640");
    assertEquals(await attributes(root, `${dir}/log/authevents.log`), "root:duo_authproxy_grp 640");
    assertEquals(await attributes(root, "/etc/systemd/system/duoauthproxy.service"), "root:root 644");
    assertEquals(await attributes(root, "/etc/logrotate.d/duoauthproxy"), "root:root 644");
    assertEquals(await root.ok("readlink /usr/local/sbin/authproxyctl"), `${dir}/bin/authproxyctl`);
    assertMatch(await root.ok("getent passwd duo_authproxy_svc"), /:\/(?:usr\/)?sbin\/nologin$/);
    assertMatch(await root.ok("getent shadow duo_authproxy_svc"), /^duo_authproxy_svc:!/);
    assert(Number(await root.ok("id -u duo_authproxy_svc")) < 1000);
    assertEquals(await root.ok("id -Gn duo_authproxy_svc"), "duo_authproxy_svc");
    assertMatch(await root.ok(`cat ${dir}/conf/duoproxy.key`), /^duoproxy-key-v1:[A-Za-z0-9+/]{43}=$/);
    assertEquals(await root.ok("authproxyctl version"), "duoproxy 1 (stand-in)");
    assertEquals((await root.sh("authproxyctl status")).code, 3);
    assertEquals(await root.ok(`find ${dir} -name '*new*'`), "");
    // The service user reads its file and its key, and can write nowhere.
    const asService = "setpriv --reuid=duo_authproxy_svc --regid=duo_authproxy_svc --init-groups";
    await root.ok(`${asService} cat ${dir}/conf/authproxy.cfg ${dir}/conf/duoproxy.key`);
    assertEquals(await root.ok(`${asService} find ${dir} -writable -not -type l 2>/dev/null || true`), "");
  },
);

for (const shell of ["dash", "busybox sh", "bash --posix"]) {
  rootTest(`a second run changes nothing, under ${shell}`, async (root) => {
    await putProgram(root, "1");
    const script = await installScript({ "install-dir": "/srv/duo auth (new)" });
    await pipeOk(root, script, shell);
    const before = await snapshot(root);
    const key = await root.ok("cat '/srv/duo auth (new)/conf/duoproxy.key'");
    const said = await pipeOk(root, script, shell);
    assertStringIncludes(said, "Nothing had to be changed.");
    assertEquals(await snapshot(root), before);
    assertEquals(await root.ok("cat '/srv/duo auth (new)/conf/duoproxy.key'"), key);
  });
}

rootTest("a script that is cut off anywhere changes nothing", async (root) => {
  await putProgram(root, "1");
  const script = await installScript();
  const before = await snapshot(root);
  const last = script.lastIndexOf("duoproxy_main");
  const cuts = [last, last + 5, last + 12];
  for (let index = 1; index < 60; index++) cuts.push(Math.floor(script.length * index / 61));
  for (const cut of cuts) await pipe(root, script.slice(0, cut));
  assertEquals(await snapshot(root), before);
});

rootTest("two hosts get two keys", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript());
  await pipeOk(root, await installScript({ "install-dir": "/srv/second" }));
  assertNotEquals(await root.ok(`cat ${dir}/conf/duoproxy.key`), await root.ok("cat /srv/second/conf/duoproxy.key"));
});

rootTest("what is missing is said before anything is touched", async (root) => {
  await putProgram(root, "1");
  const script = await installScript();
  const refuses = async (prepare: string, code: number, says: string, undo: string): Promise<void> => {
    await root.ok(prepare);
    const before = await snapshot(root);
    const outcome = await pipe(root, script);
    assertEquals(outcome.code, code, outcome.stderr);
    assertStringIncludes(outcome.stderr, says);
    assertEquals(await snapshot(root), before);
    await root.ok(undo);
  };
  const fake = (name: string, text: string): string =>
    `printf '#!/bin/sh\\n%s\\n' '${text}' >/usr/local/bin/${name} && chmod 755 /usr/local/bin/${name}`;
  const gone = (name: string): string => `rm /usr/local/bin/${name}`;
  await refuses(fake("getconf", "echo glibc 2.17"), 69, "this system has glibc 2.17", gone("getconf"));
  const noGlibc = `${fake("getconf", "exit 1")} && ${fake("ldd", "echo musl libc")}`;
  await refuses(noGlibc, 69, "no glibc", `${gone("getconf")} /usr/local/bin/ldd`);
  await refuses("mv /usr/sbin/useradd /root/", 69, "missing: useradd", "mv /root/useradd /usr/sbin/");
  await refuses(`mv "${source.replaceAll(/["$]/g, "\\$&")}" /root/away`, 69, "can't be read", "true");
});

rootTest("only root may run it", async (root) => {
  await putProgram(root, "1");
  const before = await snapshot(root);
  const outcome = await root.sh("setpriv --reuid=65534 --regid=65534 --clear-groups dash", await installScript());
  assertEquals(outcome.code, 77);
  assertStringIncludes(outcome.stderr, "as root");
  assertEquals(await snapshot(root), before);
});

rootTest("a program that doesn't run here, or is none, is not installed", async (root) => {
  await root.write("/root/put/program", "no program", "755");
  await root.ok(`mv /root/put/program "$(cat)"`, source);
  const outcome = await pipe(root, await installScript());
  assertEquals(outcome.code, 69, outcome.stdout + outcome.stderr);
  assertEquals((await root.sh(`ls ${dir}`)).code === 0, false);
});

rootTest("users that are root under another name, and groups that would see the secrets, are refused", async (root) => {
  await putProgram(root, "1");
  await root.ok("useradd -o -u 0 toor && useradd -g adm operator1");
  const before = await snapshot(root);
  const toor = await pipe(root, await installScript({ "service-user": "toor" }));
  assertEquals(toor.code, 64);
  assertStringIncludes(toor.stderr, "root under another name");
  const shared = await pipe(root, await installScript({ "service-user": "operator1", "log-group": "adm" }));
  assertEquals(shared.code, 64);
  assertStringIncludes(shared.stderr, "own group");
  assertEquals(await snapshot(root), before);
});

rootTest("a user that exists keeps its own group and gets the files", async (root) => {
  await putProgram(root, "1");
  await root.ok("groupadd radius && useradd -M -g radius -s /bin/bash radiusd");
  const said = await pipeOk(root, await installScript({ "service-user": "radiusd" }));
  assertStringIncludes(said, "has a shell");
  assertEquals(await attributes(root, `${dir}/conf/authproxy.cfg`), "root:radius 640");
  assertEquals(await attributes(root, `${dir}/conf/duoproxy.key`), "radiusd:radius 400");
  assertEquals(await root.ok("grep '^User=' /etc/systemd/system/duoauthproxy.service"), "User=radiusd");
});

rootTest("the installed rotation keeps owner, mode and numbers", async (root) => {
  await putProgram(root, "1");
  const script = await installScript({ "install-dir": "/srv/duo auth" });
  await pipeOk(root, script);
  await root.ok("head -c 11000000 /dev/zero | tr '\\0' x >>'/srv/duo auth/log/authproxy.log'");
  await root.ok("echo '{}' >>'/srv/duo auth/log/authevents.log'");
  await root.ok("logrotate -s /run/state /etc/logrotate.d/duoauthproxy");
  assertEquals(
    await root.ok("stat -c '%U:%G %a %s' '/srv/duo auth/log/authproxy.log'"),
    "root:duo_authproxy_grp 640 0",
  );
  const rotated = await root.ok("stat -c '%U:%G %a %s' '/srv/duo auth/log/authproxy.log.1'");
  assertEquals(rotated, "root:duo_authproxy_grp 640 11000000");
  assertEquals(await root.ok("ls '/srv/duo auth/log'"), "authevents.log\nauthproxy.log\nauthproxy.log.1");
});

rootTest("a name on the PATH that something else has stays", async (root) => {
  await putProgram(root, "1");
  await root.ok("echo mine >/usr/local/sbin/authproxyctl");
  const said = await pipeOk(root, await installScript());
  assertStringIncludes(said, "/usr/local/sbin/authproxyctl is something else and stays");
  assertEquals(await root.ok("cat /usr/local/sbin/authproxyctl"), "mine");
});

rootTest("the program is exchanged in one step, while it runs", async (root) => {
  await putProgram(root, "1");
  await pipeOk(root, await installScript());
  await root.ok(`ln ${dir}/bin/duoproxy /root/linked`);
  await putProgram(root, "2");
  await pipeOk(root, await installScript());
  // Had it been written over, the other name would show the new content too.
  const linked = await root.ok("/root/linked version");
  assertEquals(linked, "duoproxy 1 (stand-in)");
  assertEquals(await root.ok(`${dir}/bin/duoproxy version`), "duoproxy 2 (stand-in)");
});
