import { commandEntries } from "../../lib/cli/registry.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { has, run } from "./support/isolated_root.ts";

/** The rights of the compiled program: `sh` may be asked for, and nothing else. */
const rights = "--allow-net --allow-read --deny-write --deny-sys --deny-ffi --deny-import --ignore-env".split(" ");

const reason = !await has("script")
  ? "script is missing"
  : (await run("unshare", ["--map-user=65534", "--map-group=65534", "true"])).code !== 0
  ? "user namespaces are not allowed"
  : commandEntries.every((entry) => entry.name !== "install")
  ? "install isn't registered"
  : undefined;

/**
 * Runs `install` on a pseudo-terminal, in a user namespace without root: granted the right, the script itself refuses
 * to go on, so that this machine stays as it is.
 */
async function onTerminal(answer: string): Promise<{ readonly code: string; readonly shown: string }> {
  const directory = await Deno.makeTempDir();
  try {
    const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const words = ["unshare", "--map-user=65534", "--map-group=65534", Deno.execPath(), "run"]
      .concat(["--cached-only", "--no-check", "--config", config, ...rights, main, "install"])
      .concat(["--binary", "/bin/true", "--install-dir", `${directory}/place`]);
    // The runtime throws away what was typed before it listens, so the answer is typed until it is taken.
    await Deno.writeTextFile(
      `${directory}/run`,
      `mkfifo ${directory}/in
       script -qefc ${quote(words.map(quote).join(" "))} ${directory}/shown <${directory}/in >/dev/null &
       script=$!
       exec 3>${directory}/in
       until grep -q 'Allow?' ${directory}/shown || ! kill -0 $script 2>/dev/null; do sleep 0.1; done
       while kill -0 $script 2>/dev/null; do printf '${answer}\\n' >&3; sleep 0.2; done
       code=0; wait $script || code=$?
       echo $code\n`,
    );
    await Deno.chmod(directory, 0o755);
    const { stdout } = await run("sh", [`${directory}/run`]);
    return { code: stdout.trim(), shown: await Deno.readTextFile(`${directory}/shown`) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const suffix = reason === undefined ? "" : ` (skipped: ${reason})`;

Deno.test({
  name: `on a terminal install shows the plan and asks once; n prints the line and ends with 77${suffix}`,
  ignore: reason !== undefined,
  fn: async () => {
    const { code, shown } = await onTerminal("n");
    assertStringIncludes(shown, "Then, each only as far as it isn't so yet:");
    assertEquals(shown.split("Allow?").length, 2, shown);
    assertStringIncludes(shown, "duoproxy install --script --install-dir");
    assertStringIncludes(shown, "--binary /bin/true | sudo sh");
    assertEquals(code, "77", shown);
  },
});

Deno.test({
  name: `on a terminal install runs the script when it is granted${suffix}`,
  ignore: reason !== undefined,
  fn: async () => {
    const { code, shown } = await onTerminal("y");
    assertEquals(shown.split("Allow?").length, 2, shown);
    // The script ran, and found that it isn't root's.
    assertStringIncludes(shown, "This has to run as root");
    assert(!shown.includes("| sudo sh"), shown);
    assertEquals(code, "77", shown);
  },
});
