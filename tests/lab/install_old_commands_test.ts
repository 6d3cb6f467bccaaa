/**
 * The original's command names after an installation: they answer with their successors, and go with it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "../kit/assert.ts";
import { oldCommands } from "../../lib/install/old_commands.ts";
import { attributes, installScript, pipeOk, putProgram, rootTest, uninstallScript } from "./support/installation.ts";
import { assertEnds, configFile, installDir, machineTest, serviceUser } from "./support/machine.ts";

const bin = `${installDir}/bin`;

rootTest("the old names come and go with the installation, and the original's own files come back", async (root) => {
  await putProgram(root, "1");
  await root.write(`${bin}/authproxy_passwd`, "#!/bin/sh\necho the original\n", "755");
  await pipeOk(root, await installScript());
  for (const name of oldCommands) {
    assertEquals(await attributes(root, `${bin}/${name}`), "root:root 755");
    // None of them takes what the original didn't.
    const refused = await root.sh(`${bin}/${name} --frobnicate`);
    assertEquals(refused.code, 2, name);
    assertStringIncludes(refused.stderr, `Usage: ${name}`);
  }
  for (const minutes of ["0", "241", "1000", "-5", "x", "''"]) {
    assertEquals((await root.sh(`${bin}/authproxy_primary_only -t ${minutes}`)).code, 2, minutes);
  }
  const idle = await root.sh(`${bin}/authproxy_primary_only --non-interactive`);
  assertEquals(idle.code, 1);
  assertStringIncludes(idle.stderr, "isn't running");
  assertEquals((await root.sh(`test -e ${installDir}/conf/primary_only`)).code, 1);
  await pipeOk(root, await uninstallScript(root, installDir));
  assertEquals(await root.ok(`ls ${bin}`), "authproxy_passwd");
  assertEquals(await root.ok(`${bin}/authproxy_passwd`), "the original");
});

machineTest("the old names answer with their successors", async (machine) => {
  const { root } = machine;
  assertEnds(await machine.install(), 0);
  const duo = await machine.startDuo();
  await machine.configure(duo);
  assertEnds(await root.sh("authproxyctl start"), 0);

  const tool = await root.sh(`${bin}/authproxy_connectivity_tool`);
  assertEnds(tool, 0);
  assertStringIncludes(tool.stdout, "ping");
  assertStringIncludes(tool.stderr, "Now: duoproxy connectivity-check");
  const check = await root.sh(`${bin}/authproxy_connectivity_tool --no-explicit-connectivity-check`);
  assertEnds(check, 0);
  assertStringIncludes(check.stdout, "the proxy starts with this file");
  assertEnds(await root.sh(`${bin}/authproxy_connectivity_tool --config /nonexistent`), 66);

  const bundle = await root.ok(`cd /root && ${bin}/authproxy_support -l /var/log`);
  const file = /duoauthproxy-support-\d{8}-\d{6}\.txt/.exec(bundle)?.[0];
  assertEquals(await attributes(root, `/root/${file}`), "root:root 600");
  assertStringIncludes(await root.ok(`cat /root/${file}`), "duoproxy support bundle");

  // A secret of the command line, one from stdin, and the whole file.
  assertMatch(await root.ok(`${bin}/authproxy_passwd 'one secret'`), /^duoproxy1:/);
  assertMatch(await root.ok(`${bin}/authproxy_passwd`, "one secret\n"), /^duoproxy1:/);
  const plain = await root.ok(`cat ${configFile}`);
  const printed = await root.ok(`${bin}/authproxy_passwd --whole-config`);
  assertMatch(printed, /^skey_protected=/m);
  assertEquals(await root.ok(`cat ${configFile}`), plain);
  assertEnds(await root.sh(`${bin}/authproxy_passwd --whole-config -y`), 0);
  const written = await root.ok(`cat ${configFile}`);
  assertMatch(written, /^skey_protected=/m);
  assert(!/^(?:skey|radius_secret_\d)=/m.test(written), written);
  assertEquals(await attributes(root, configFile), `root:${serviceUser} 640`);
  assertEnds(await root.sh("duoproxy check"), 0);
  assertEquals(await root.ok(`ls ${installDir}/conf`), "authproxy.cfg\nca.pem\nduoproxy.key");

  // Sections with failmode=safe let in without asking Duo, bob too, whom it denies.
  await machine.edit(`${written.replace("failmode=secure", "failmode=safe")}\n`);
  assertEnds(await root.sh("authproxyctl reload"), 0);
  assertEnds(await machine.login("bob", "push"), 1);
  const switched = await root.sh(`${bin}/authproxy_primary_only -t 5 --non-interactive`);
  assertEnds(switched, 0);
  assertMatch(switched.stdout, /^Until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ Duo is not asked/m);
  await machine.until(`grep -q PRIMARY-ONLY ${installDir}/log/authproxy.log`, `cat ${installDir}/log/authproxy.log`);
  assertEnds(await machine.login("bob", "push"), 0);
  await root.ok(`rm ${installDir}/conf/primary_only && authproxyctl reload`);
});
