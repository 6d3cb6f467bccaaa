/**
 * What a removal would do, planned from the receipt that the installation left.
 *
 * @module
 */

import { layoutOf, receiptPath, systemLayout } from "./layout.ts";
import { commonVariables, type Plan, type Step } from "./plan.ts";
import type { ReceiptLine } from "./receipt.ts";

const tools = ["awk", "chmod", "chown", "cp", "cut", "getent", "grep", "groupdel", "head", "id", "mv"]
  .concat(["readlink", "rm", "rmdir", "sha256sum", "sort", "stat", "tr", "userdel"]);

/** What is removed. */
export interface UninstallOptions {
  /** Absolute, without a slash at the end. */
  readonly installDir: string;
  /** Whether configuration, key, logs and accounts go too. */
  readonly purge: boolean;
}

/**
 * Plans a removal. What isn't on the receipt isn't touched, and of what is on it only what is as it was installed.
 */
export function uninstallPlan(options: UninstallOptions, receipt: readonly ReceiptLine[]): Plan {
  const { installDir, purge } = options;
  const layout = layoutOf(installDir, { directory: `${installDir}/log` });
  const of = (kind: string): readonly ReceiptLine[] => receipt.filter((line) => line.kind === kind);
  const kept = [...of("config"), ...of("key"), ...of("log")].map((line) => line.item);
  const accounts = [...of("user"), ...of("group")].map((line) => line.item);
  return {
    title: `Remove duoproxy from ${installDir}`,
    kind: "uninstall",
    variables: commonVariables(layout),
    contents: {},
    steps: [
      { looks: true, what: "Look whether this runs as root", call: ["require_root"] },
      { looks: true, what: "Look whether the tools are there", call: ["require_tools", ...tools] },
      { what: "Stop the proxy, if it runs", call: ["stop_service"] },
      ...of("enabled").map(disableStep),
      ...of("link").map(({ item, value }): Step => ({
        what: `Remove the link ${item}`,
        call: ["remove_link", item, value],
      })),
      ...of("selinux").map(({ item }): Step => ({
        what: `Remove the SELinux module ${item}`,
        call: ["remove_module", item],
      })),
      ...of("file").map(({ item, value }): Step => ({
        what: `Remove ${item}, if it is as it was installed`,
        call: ["remove_file", item, value],
      })),
      ...of("saved").map(({ item, value }): Step => ({
        what: `Put ${value} back as it was before, from ${item}`,
        call: ["restore_file", item, value],
      })),
      { what: "Have systemd read its units again", call: ["reload_systemd"] },
      ...(purge ? purgeSteps(receipt) : []),
      ...of("attributes").map(attributesStep),
      { what: "Remove the pid file", call: ["remove_pid_file"] },
      ...directorySteps(of("directory"), installDir),
      ...(purge ? accountSteps(receipt) : []),
      {
        what: `Remove ${receiptPath(installDir)}, if nothing is left on it`,
        call: ["close_receipt"],
      },
    ],
    notes: purge || kept.length + accounts.length === 0 ? [] : [
      `These stay, --purge removes them too: ${[...kept, ...accounts].join(", ")}`,
      "Users and groups stay as long as files of theirs do: another user could get their number, and with it the files",
    ],
  };
}

function disableStep({ value }: ReceiptLine): Step {
  return { what: `Have ${systemLayout.service} not start with the machine`, call: ["disable_service", value] };
}

function attributesStep({ item, value }: ReceiptLine): Step {
  const [owner = "", mode = ""] = value.split(" ");
  return { what: `Give ${item} back to ${owner}, mode ${mode}`, call: ["restore_attributes", item, owner, mode] };
}

function purgeSteps(receipt: readonly ReceiptLine[]): readonly Step[] {
  const directories = new Set(receipt.filter((line) => line.kind === "directory").map((line) => line.item));
  return receipt.flatMap(({ kind, item }): readonly Step[] => {
    if (kind !== "config" && kind !== "key" && kind !== "log") return [];
    const steps: Step[] = [{ what: `Remove ${item}`, call: ["purge_file", kind, item] }];
    // Rotated logs in a directory that was there before may be the original's.
    if (kind === "log" && directories.has(item.slice(0, item.lastIndexOf("/")))) {
      steps.unshift({ what: `Remove what was rotated from ${item}`, call: ["purge_rotated", item] });
    }
    return steps;
  });
}

/** The deepest first; those that the receipt lies in go with it. */
function directorySteps(lines: readonly ReceiptLine[], installDir: string): readonly Step[] {
  return lines.map((line) => line.item)
    .filter((path) => !`${installDir}/`.startsWith(`${path}/`))
    .sort((a, b) => b.length - a.length)
    .map((path): Step => ({ what: `Remove ${path}, if it is empty`, call: ["remove_directory", path] }));
}

function accountSteps(receipt: readonly ReceiptLine[]): readonly Step[] {
  const of = (kind: string, call: string): readonly Step[] =>
    receipt.filter((line) => line.kind === kind)
      .map(({ item }): Step => ({ what: `Remove the ${kind} ${item}`, call: [call, item] }));
  return [...of("user", "remove_user"), ...of("group", "remove_group")];
}
