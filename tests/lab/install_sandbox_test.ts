/**
 * The daemon under the unit's syscall filter and name spaces.
 *
 * @module
 */

import { layoutOf } from "../../lib/install/layout.ts";
import { defaultLogSettings } from "../../lib/install/log_settings.ts";
import { checkInstallValues } from "../../lib/install/options.ts";
import { serviceUnit } from "../../lib/install/unit.ts";
import { assert, assertEquals, assertMatch } from "../kit/assert.ts";
import { compiledPath, missingCompiled } from "./support/compiled.ts";
import { has, run } from "./support/isolated_root.ts";

async function missing(): Promise<string | undefined> {
  if (missingCompiled !== undefined) return missingCompiled;
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "not root on Linux";
  for (const tool of ["/usr/bin/python3", "radclient", "unshare", "setpriv", "systemd-analyze", "ip"]) {
    if (!await has(tool)) return `${tool} is missing`;
  }
  const library = await run("/usr/bin/python3", ["-c", 'import ctypes; ctypes.CDLL("libseccomp.so.2")']);
  return library.code === 0 ? undefined : "libseccomp.so.2 is missing";
}

const reason = await missing();

Deno.test({
  name: "the compiled daemon answers under the unit's syscall filter, families, /proc and without capabilities" +
    (reason === undefined ? "" : ` (skipped: ${reason})`),
  ignore: reason !== undefined,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      const values = checkInstallValues({});
      assert(!("refused" in values));
      const log = defaultLogSettings(values.installDir);
      const unit = serviceUnit({ ...values, binary: "/x" }, layoutOf(values.installDir, log), log);
      await Deno.writeTextFile(`${directory}/unit`, unit);
      await Deno.copyFile(compiledPath, `${directory}/duoproxy`);
      await Deno.writeTextFile(
        `${directory}/authproxy.cfg`,
        "[duo_only_client]\n[radius_server_duo_only]\nikey=DISIMULATORRADIUS001\n" +
          "skey=simulatorTestKeyRadiusTypeNotASecret0001\napi_host=127.0.0.1\nfailmode=safe\n" +
          "radius_ip_1=127.0.0.1\nradius_secret_1=a-long-shared-secret\n",
      );
      await Deno.copyFile(new URL("support/sandbox.py", import.meta.url), `${directory}/sandbox.py`);
      await Deno.chmod(directory, 0o755);
      await Deno.chmod(`${directory}/duoproxy`, 0o755);
      // A network of its own, so that the port is free. radclient repeats itself until the port is open.
      const script = `
        ip link set lo up
        mount -t proc -o subset=pid,hidepid=invisible proc /proc
        setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs \
          /usr/bin/python3 "$1/sandbox.py" "$1/unit" "$1/duoproxy" serve --config "$1/authproxy.cfg" >"$1/events" 2>"$1/log" &
        daemon=$!
        echo 'User-Name=alice,User-Password=push,Message-Authenticator=0x00' |
          radclient -x -r 20 -t 1 127.0.0.1:1812 auth a-long-shared-secret
        kill -TERM $daemon
        wait $daemon
        echo "ended with $?"`;
      const outcome = await run("unshare", [
        ..."--mount --pid --net --fork --kill-child sh -c".split(" "),
        script,
        "sh",
        directory,
      ]);
      const all = outcome.stdout + outcome.stderr + await Deno.readTextFile(`${directory}/log`);
      // Nobody plays Duo here, and failmode is safe.
      assertMatch(outcome.stdout, /Received Access-Accept/, all);
      assertMatch(outcome.stdout, /ended with 0$/m, all);
      assertEquals((await Deno.readTextFile(`${directory}/events`)).split("\n").length, 2, all);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
