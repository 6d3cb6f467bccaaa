/**
 * A Debian system of its own to install into: mount, process, network, IPC and host name namespaces over a base that
 * debootstrap makes once. What happens in it stays in it, and ends with it.
 *
 * @module
 */

import { assert } from "../../kit/assert.ts";

/** What a command in the root did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const cacheDir = `${Deno.env.get("DUOPROXY_LAB_CACHE") ?? "/var/tmp/duoproxy-lab"}`;
const base = `${cacheDir}/debian`;

/** Why such a root can't be had here; undefined if it can. */
export async function missingForRoots(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "no Linux";
  if (Deno.uid() !== 0) return "not root";
  for (const tool of ["debootstrap", "unshare", "nsenter", "chroot", "mount"]) {
    if (!await has(tool)) return `${tool} is missing`;
  }
  const allowed = await run("unshare", ["--mount", "--pid", "--net", "--fork", "true"]);
  if (allowed.code !== 0) return "namespaces are not allowed";
  return await prepareBase();
}

/** True if a program is on the PATH. */
export async function has(tool: string): Promise<boolean> {
  return (await run("sh", ["-c", 'command -v "$1"', "sh", tool])).code === 0;
}

/** Runs a program on this machine, not in a root. */
export async function run(program: string, args: readonly string[], input = ""): Promise<Outcome> {
  const child = new Deno.Command(program, { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  // A program that doesn't read its input ends before it is written.
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/**
 * Makes the base if it isn't there yet, from the first of this machine's package sources that has it; two test runs at
 * once make it one after the other.
 */
async function prepareBase(): Promise<string | undefined> {
  await Deno.mkdir(cacheDir, { recursive: true });
  const made = await run("flock", [
    `${cacheDir}/lock`,
    "sh",
    "-ec",
    `[ ! -e "$1/.complete" ] || exit 0
     for mirror in $(apt-get indextargets --format '$(REPO_URI)' | sort -u); do
       rm -rf "$1"
       if debootstrap --variant=minbase --include=busybox-static,logrotate,procps bookworm "$1" "$mirror"; then
         touch "$1/.complete"
         exit 0
       fi
     done
     exit 1`,
    "sh",
    base,
  ]);
  return made.code === 0 ? undefined : "debootstrap found no mirror";
}

/** A running root. Everything in it is killed, and gone, when it is disposed of. */
export class IsolatedRoot implements AsyncDisposable {
  readonly #holder: Deno.ChildProcess;
  readonly #init: number;
  readonly #work: string;

  private constructor(holder: Deno.ChildProcess, init: number, work: string) {
    this.#holder = holder;
    this.#init = init;
    this.#work = work;
  }

  /** Starts a fresh one. */
  static async create(): Promise<IsolatedRoot> {
    // The root's writable layer lies in a tmpfs that no other process sees. The first process of the namespace says
    // that everything is mounted, and holds the root until its input ends.
    const work = await Deno.makeTempDir({ prefix: "duoproxy-root-" });
    const script = `
      work=$1
      mount -t tmpfs none "$work"
      mkdir "$work/upper" "$work/work" "$work/root"
      mount -t overlay overlay -o "lowerdir=${base},upperdir=$work/upper,workdir=$work/work" "$work/root"
      mount -t proc proc "$work/root/proc"
      mount -t tmpfs none "$work/root/run"
      mount --rbind /dev "$work/root/dev"
      ip link set lo up 2>/dev/null || true
      rm -f "$work/root/etc/resolv.conf"
      exec chroot "$work/root" sh -c 'echo ready; cat >/dev/null'`;
    const holder = new Deno.Command("unshare", {
      args: ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child", "sh", "-ec", script, "sh", work],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = holder.stdout.getReader();
    const { value } = await reader.read();
    assert(new TextDecoder().decode(value) === "ready\n", "the root didn't start");
    // Nothing more is said there.
    await reader.cancel();
    const children = await Deno.readTextFile(`/proc/${holder.pid}/task/${holder.pid}/children`);
    return new IsolatedRoot(holder, Number(children.trim().split(" ")[0]), work);
  }

  /** Words that run a program of this machine in the root's network. */
  get network(): readonly string[] {
    return ["nsenter", "--target", String(this.#init), "--net"];
  }

  /** Runs a shell line in the root, with `input` as its stdin. */
  sh(line: string, input = "", shell = "sh"): Promise<Outcome> {
    const target = ["--target", String(this.#init), "--mount", "--pid", "--net", "--ipc", "--uts"];
    return run("nsenter", [
      ...target,
      `--root=/proc/${this.#init}/root`,
      "env",
      "-i",
      "--chdir=/",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "HOME=/root",
      "LC_ALL=C",
      ...shell.split(" "),
      "-c",
      line,
    ], input);
  }

  /** Runs a shell line that has to succeed; gives back what it printed, without the last line end. */
  async ok(line: string, input = ""): Promise<string> {
    const { code, stdout, stderr } = await this.sh(line, input);
    assert(code === 0, `${line} ended with ${code}: ${stdout}${stderr}`);
    return stdout.replace(/\n$/, "");
  }

  /** Writes a file in the root, as root, with a mode in octal. */
  async write(path: string, content: string | Uint8Array<ArrayBuffer>, mode = "644"): Promise<void> {
    const local = await Deno.makeTempFile();
    try {
      if (typeof content === "string") await Deno.writeTextFile(local, content);
      else await Deno.writeFile(local, content);
      const outside = `/proc/${this.#init}/root${path}`;
      await Deno.mkdir(outside.slice(0, outside.lastIndexOf("/")), { recursive: true });
      await Deno.copyFile(local, outside);
    } finally {
      await Deno.remove(local);
    }
    await this.ok(`chown root:root '${path}' && chmod ${mode} '${path}'`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its input's end ends the first process, and with it the kernel ends all others of the namespace.
    await this.#holder.stdin.close();
    await this.#holder.status;
    // Its mounts are gone with it, so the directory is empty.
    await Deno.remove(this.#work);
  }
}
