/**
 * What strace saw a program do that would need more than the rights to read and to use the network.
 *
 * @module
 */

/** System calls to trace: all that take a path, and all that begin or change a program. */
export const tracedCalls = "%file,execve,execveat,fork,vfork";

/** Calls that change the file system whatever their arguments. */
const changing =
  /^(creat|mkdir|mkdirat|mknod|mknodat|unlink|unlinkat|rmdir|rename|renameat|renameat2|link|linkat|symlink|symlinkat|truncate|chmod|fchmodat|fchmodat2|chown|lchown|fchownat|utime|utimes|utimensat|futimesat|setxattr|lsetxattr|removexattr|lremovexattr|mount|umount2|chroot|pivot_root|swapon|swapoff|acct)$/;

const starting = /^(execve|execveat|fork|vfork)$/;

/** One call: as strace printed it, and the path it was about, if any. */
export interface TracedCall {
  readonly name: string;
  readonly path: string;
  readonly line: string;
}

/**
 * Finds, in the output of `strace -f -o`, the calls that write to a file, change the file system or start a program,
 * but for the first execve, which is strace's own. Calls that failed count too: they were tried.
 */
export function findForbiddenCalls(trace: string): readonly TracedCall[] {
  let started = false;
  const found: TracedCall[] = [];
  for (const line of trace.split("\n")) {
    const match = /^\d+\s+([a-z0-9_]+)\((.*)$/.exec(line);
    if (match === null) continue;
    const [, name = "", rest = ""] = match;
    if (name === "execve" && !started) {
      started = true;
      continue;
    }
    const path = /"((?:[^"\\]|\\.)*)"/.exec(rest)?.[1] ?? "";
    const opensForWriting = /^open(at|at2)?$/.test(name) && /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE/.test(rest);
    if (changing.test(name) || starting.test(name) || opensForWriting) found.push({ name, path, line });
  }
  return found;
}

/** Whether a trace is of a program that ran at all: a trace without files read proves nothing. */
export function countOpened(trace: string): number {
  return trace.split("\n").filter((line) => /^\d+\s+open(at|at2)?\(/.test(line)).length;
}
