/**
 * The compiled program on an empty system: installed by its own script, configured, started, upgraded and removed, with
 * logins that a simulated Duo decides.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { otherVersion } from "./support/compiled.ts";
import { attributes } from "./support/installation.ts";
import {
  assertEnds,
  configFile,
  downloaded,
  installDir,
  type Machine,
  machineTest,
  serviceUser,
  type SimulatedDuo,
} from "./support/machine.ts";

const eventLog = `${installDir}/log/authevents.log`;
const mainLog = `${installDir}/log/authproxy.log`;
const pidFile = `${installDir}/run/duoauthproxy.pid`;

/** Installs, configures and starts. */
async function setUp(machine: Machine): Promise<SimulatedDuo> {
  assertEnds(await machine.install(), 0);
  const duo = await machine.startDuo();
  await machine.configure(duo);
  assertEnds(await machine.root.sh("authproxyctl start"), 0);
  return duo;
}

machineTest("on an empty system: install, configure, start, log in, look at it, stop, uninstall", async (machine) => {
  const { root } = machine;
  const installed = await machine.install();
  assertEnds(installed, 0);
  assertEquals(installed.stderr, "");
  assertEquals(await attributes(root, configFile), `root:${serviceUser} 640`);
  // The file as it was installed has nothing filled in, and a start says so.
  const unfinished = await root.sh("authproxyctl start");
  assertEnds(unfinished, 1);
  assertStringIncludes(unfinished.stdout + unfinished.stderr, "ikey");
  assertEquals(await machine.running(), "0");

  const duo = await machine.startDuo();
  await machine.configure(duo);
  assertEnds(await root.sh("duoproxy check"), 0);
  const started = await root.sh("authproxyctl start");
  assertEnds(started, 0);
  assertMatch(started.stdout, /^The proxy is running \(process \d+\)$/m);
  assertEquals(await root.ok(`ps -o user:32= -p "$(cat ${pidFile})"`), serviceUser);

  const accepted = await machine.login("alice", "push");
  assertEnds(accepted, 0);
  assertEnds(await machine.login("alice", "123456"), 0);
  assertEnds(await machine.login("bob", "push"), 1);

  assertEquals(await attributes(root, eventLog), "root:duo_authproxy_grp 640");
  const events = (await root.ok(`cat ${eventLog}`)).split("\n").map((line) => JSON.parse(line));
  const decided = events.map(({ username, status }) => `${username}: ${status}`);
  assert(decided.includes("alice: Allow"), JSON.stringify(events));
  assert(decided.includes("bob: Reject"), JSON.stringify(events));

  assertEnds(await root.sh("authproxyctl status"), 0);
  assertEnds(await root.sh("duoproxy status"), 0);
  assertEnds(await root.sh("duoproxy connectivity-check"), 0);
  // Root can read it still; the service's user, whom the unit names, can't.
  await root.ok(`chmod 600 ${configFile}`);
  const unreadable = await root.sh("duoproxy connectivity-check --only service-files --format json");
  assertEnds(unreadable, 1);
  const [{ message, remedy }] = JSON.parse(unreadable.stdout).checks;
  assertStringIncludes(message, `${serviceUser}, who runs the service, can't read ${configFile}`);
  await root.ok(remedy.replace(/^Run: /, ""));
  assertEquals(await attributes(root, configFile), `root:${serviceUser} 640`);
  assertEnds(await root.sh("duoproxy connectivity-check --only service-files"), 0);
  assertEquals(await root.ok("authproxyctl version"), await root.ok(`${downloaded} version`));

  assertEquals(await root.ok("authproxyctl stop"), "The proxy is stopped");
  assertEquals(await machine.running(), "0");
  assertEnds(await root.sh("authproxyctl status"), 3);
  assertEnds(await root.sh("duoproxy status"), 69);
  assertEnds(await root.sh("duoproxy uninstall --script | sh"), 0);
  assertEquals(
    await root.ok(`find ${installDir} -type f | sort`),
    [
      "conf/authproxy.cfg",
      "conf/ca.pem",
      "conf/duoproxy.key",
      "install.receipt",
      "log/authevents.log",
      "log/authproxy.log",
    ]
      .map((name) => `${installDir}/${name}`).join("\n"),
  );
});

machineTest(
  "an upgrade while it runs: a login under way ends, one that begins is answered after it",
  async (machine) => {
    const { root } = machine;
    const duo = await setUp(machine);
    const pid = await root.ok(`cat ${pidFile}`);
    const sums = `sha256sum ${configFile} ${installDir}/conf/duoproxy.key`;
    const before = await root.ok(sums);

    // The same program again restarts nothing.
    const again = await machine.install();
    assertEnds(again, 0);
    assertStringIncludes(again.stdout, "as is    the running proxy");
    assertEquals(await root.ok(`cat ${pidFile}`), pid);

    const { version } = project;
    const next = version.replace(/\d$/, (digit) => digit === "9" ? "8" : "9");
    await root.write("/root/duoproxy.new", otherVersion(machine.program, version, next), "755");
    const ask = (path: string): string => `busybox wget -q -O - ${duo.control}${path}`;
    // heidi's push waits until somebody answers it, so the old proxy stays as long as that takes.
    const underWay = machine.login("heidi", "push");
    await machine.until(`${ask("pending")} | grep -q heidi`);
    const upgrade = machine.install("/root/duoproxy.new");
    await machine.until(`grep -q 'no new logins' ${mainLog}`, `cat ${mainLog}`);
    const meanwhile = machine.login("alice", "push");
    const dropped = `busybox wget -q -O - http://127.0.0.1:8812/metrics | grep 'reason="draining"' | grep -qv ' 0$'`;
    await machine.until(dropped, `cat ${mainLog}`);
    const number = /"number": *(\d+)/.exec(await root.ok(ask("pending")))?.[1];
    const approval = `--header 'Content-Type: application/json' --post-data '{"answer": "approve"}'`;
    await root.ok(`busybox wget -q -O - ${approval} ${duo.control}pending/${number}`);

    assertEnds(await underWay, 0);
    const upgraded = await upgrade;
    assertEnds(upgraded, 0);
    assertStringIncludes(upgraded.stdout, "The proxy was restarted");
    assertEnds(await meanwhile, 0);
    assertNotEquals(await root.ok(`cat ${pidFile}`), pid);
    assertEquals(await machine.running(), "1");
    assertStringIncludes(await root.ok("duoproxy version"), next);
    assertStringIncludes(await root.ok("duoproxy status"), next);
    assertEnds(await machine.login("alice", "push"), 0);
    assertEquals(await root.ok(sums), before);
    assertEquals(await root.ok(`grep -c '"username":"heidi".*"status":"Allow"' ${eventLog}`), "1");
  },
);

machineTest("the unit's ExecStart by hand as the service user, with protected secrets", async (machine) => {
  const { root } = machine;
  assertEnds(await machine.install(), 0);
  const duo = await machine.startDuo();
  await machine.configure(duo);
  // One by hand as `encrypt` prints it, the others by --whole-config.
  const skey = duo.lines.find((line) => line.startsWith("skey="))?.slice("skey=".length);
  assert(skey !== undefined);
  const protectedSkey = await root.ok("duoproxy encrypt", `${skey}\n`);
  const plain = await root.ok(`cat ${configFile}`);
  await machine.edit(`${plain.replace(`skey=${skey}`, `skey_protected=${protectedSkey}`)}\n`);
  await machine.edit(`${await root.ok("duoproxy encrypt --whole-config")}\n`);
  const hidden = await root.ok(`cat ${configFile}`);
  assertMatch(hidden, /^skey_protected=\S+$/m);
  assertMatch(hidden, /^radius_secret_protected_1=\S+$/m);
  assert(!hidden.includes(skey) && !hidden.includes("a long secret of this test"), hidden);

  const unit = "/etc/systemd/system/duoauthproxy.service";
  await root.ok(
    `command=$(sed -n 's/^ExecStart=//p' ${unit})
     user=$(sed -n 's/^User=//p' ${unit})
     test "$user" = ${serviceUser}
     eval "set -- $command"
     setsid setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups --inh-caps=-all --bounding-set=-all \\
       --no-new-privs "$@" </dev/null >>${eventLog} 2>>${mainLog} &
     echo $! >/root/pid`,
  );
  await machine.until(`grep -q 'Listening on' ${mainLog}`, `cat ${mainLog}`);
  assertEquals(await machine.running(), "1");
  assertEnds(await machine.login("alice", "push"), 0);
  assertEnds(await machine.login("bob", "push"), 1);
  assertEnds(await root.sh("duoproxy connectivity-check"), 0);
  // Without the key the values are of no use.
  await root.ok(`mv ${installDir}/conf/duoproxy.key /root/`);
  assertEnds(await root.sh("duoproxy check"), 1);
  await root.ok("kill -TERM $(cat /root/pid)");
  await machine.until("! kill -0 $(cat /root/pid) 2>/dev/null", `cat ${mainLog}`);
  assertEquals(await machine.running(), "0");
  const printed = await root.ok(`cat ${mainLog} ${eventLog}`);
  assert(!printed.includes(skey) && !printed.includes("a long secret of this test"), printed);
});

machineTest("SSLKEYLOGFILE in the environment of a start has no TLS key written", async (machine) => {
  const { root } = machine;
  assertEnds(await machine.install(), 0);
  const duo = await machine.startDuo();
  await machine.configure(duo);
  // What the runtime does with it, for whoever calls the program directly.
  assertEnds(await root.sh("SSLKEYLOGFILE=/root/keys duoproxy connectivity-check"), 0);
  assertMatch(await root.ok("cat /root/keys"), /^\w+ [0-9a-f]{64} [0-9a-f]+$/m);
  await root.ok("mkdir -m 1777 /root/open && chmod 711 /root");
  for (const word of ["start", "restart"]) {
    assertEnds(await root.sh(`SSLKEYLOGFILE=/root/open/keys authproxyctl ${word}`), 0);
    assertEnds(await machine.login("alice", "push"), 0);
    assertEquals(await root.ok("ls -A /root/open"), "");
  }
});

machineTest("install without a terminal changes nothing, prints the line and ends with 77", async (machine) => {
  const { root } = machine;
  const refused = await root.sh(`${downloaded} install`);
  assertEnds(refused, 77);
  assertEquals(refused.stdout, "");
  assertStringIncludes(refused.stderr, `${downloaded} install --script | sudo sh`);
  assertEnds(await root.sh(`test -e ${installDir}`), 1);
});

machineTest("install on a terminal asks once; n changes nothing, y installs", async (machine) => {
  const { root } = machine;
  // The runtime throws away what was typed before it asks, so the answer is typed once the question is there.
  const onTerminal = (answer: string): string =>
    `rm -f /root/in /root/shown; mkfifo /root/in
     script -qefc '${downloaded} install --service-user ${serviceUser}' /root/shown </root/in >/dev/null 2>&1 &
     exec 3>/root/in
     until grep -q 'Allow?' /root/shown || ! kill -0 $! 2>/dev/null; do sleep 0.1; done
     while kill -0 $! 2>/dev/null; do printf '${answer}\\n' >&3; sleep 0.2; done
     wait $!`;
  assertEnds(await root.sh(onTerminal("n")), 77);
  const refused = await root.ok("cat /root/shown");
  assertEquals(refused.split("Allow?").length, 2, refused);
  assertStringIncludes(refused, `${downloaded} install --script --service-user ${serviceUser} | sudo sh`);
  assertEnds(await root.sh(`test -e ${installDir}`), 1);

  const granted = await root.sh(onTerminal("y"));
  const shown = await root.ok("cat /root/shown");
  assertEquals(granted.code, 0, shown);
  assertEquals(shown.split("Allow?").length, 2, shown);
  assertEquals(await attributes(root, configFile), `root:${serviceUser} 640`);
  assertEquals(await root.ok("authproxyctl version"), await root.ok(`${downloaded} version`));
});
