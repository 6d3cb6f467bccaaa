/**
 * What an installation would do: steps as data, for people to read and for the script to be made from.
 *
 * @module
 */

import { version } from "../version.ts";
import { controlScript } from "./control.ts";
import { type Layout, layoutOf, systemLayout } from "./layout.ts";
import type { LogSettings } from "./log_settings.ts";
import { logrotateFile } from "./logrotate.ts";
import { oldCommands, oldCommandScript } from "./old_commands.ts";
import type { InstallOptions } from "./options.ts";
import { selinuxLabels } from "./selinux.ts";
import { serviceUnit } from "./unit.ts";

/** A word of a step's call: a text, or a variable that the script finds out when it runs. */
export type Word = string | { readonly variable: "service_group" };

/** One step: what it does in words, and the function of the shell library that does it. */
export interface Step {
  /** One phrase without final period, in the imperative. */
  readonly what: string;
  /** Why, where it isn't plain; one sentence without final period. */
  readonly why?: string;
  /** True if the step only looks. Such steps come first, so that nothing is touched when something is missing. */
  readonly looks?: true;
  /** Name of a function in `conf/steps.sh`, `conf/install.sh` or `conf/uninstall.sh`, and its arguments. */
  readonly call: readonly [string, ...Word[]];
}

/** A whole plan. */
export interface Plan {
  readonly title: string;
  readonly kind: "install" | "uninstall";
  /** Variables that the shell library reads. */
  readonly variables: Readonly<Record<string, string>>;
  /** Texts that steps put into files; each becomes a function `content_NAME` of the script. */
  readonly contents: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** What should be known before; sentences without final period. */
  readonly notes: readonly string[];
}

const tools = ["awk", "base64", "chmod", "chown", "cmp", "cp", "cut", "dirname", "getent", "grep", "groupadd", "head"]
  .concat(["id", "ln", "mkdir", "mv", "readlink", "rm", "sed", "sha256sum", "stat", "tr", "useradd"]);

/** Variables of both scripts. */
export function commonVariables(layout: Layout): Readonly<Record<string, string>> {
  return {
    install_dir: layout.installDir,
    control: layout.control,
    pid_file: layout.pidFile,
    receipt: layout.receipt,
    service: systemLayout.service,
    init_script: systemLayout.initScript,
  };
}

/**
 * Plans an installation.
 *
 * @param starter text of the configuration that a fresh host gets.
 */
export function installPlan(options: InstallOptions, log: LogSettings, starter: string): Plan {
  const layout = layoutOf(options.installDir, log);
  const labels = selinuxLabels(layout);
  return {
    title: `Install duoproxy ${version} in ${options.installDir}`,
    kind: "install",
    variables: {
      ...commonVariables(layout),
      version,
      bin_dir: layout.binDir,
      conf_dir: layout.confDir,
      run_dir: layout.runDir,
      log_dir: layout.logDir,
      saved_dir: layout.savedDir,
      program: layout.program,
      config: layout.config,
      key: layout.key,
      main_log: layout.mainLog,
      unit_file: systemLayout.unit,
      logrotate_file: systemLayout.logrotate,
      selinux_module: systemLayout.selinuxModule,
      binary: options.binary,
      service_user: options.serviceUser,
      log_group: options.logGroup,
    },
    contents: {
      configuration: starter,
      control: controlScript(options, layout, log),
      old_command: oldCommandScript(layout),
      logrotate: logrotateFile(layout, log),
      selinux_program: labels.program,
      selinux_logs: labels.logs,
      ...(options.createInitScript ? { unit: serviceUnit(options, layout, log) } : {}),
    },
    steps: [
      ...lookingSteps(options, layout),
      ...filesAndAccounts(options, layout),
      ...serviceSteps(options, layout, log),
    ],
    notes: notesOn(options, log),
  };
}

function lookingSteps(options: InstallOptions, layout: Layout): readonly Step[] {
  return [
    { looks: true, what: "Look whether this runs as root", call: ["require_root"] },
    { looks: true, what: "Look whether the tools are there", call: ["require_tools", ...tools] },
    {
      looks: true,
      what: "Look whether glibc is 2.27 or newer",
      why: "The runtime was built against it",
      call: ["require_glibc", "2", "27"],
    },
    { looks: true, what: `Look whether ${options.binary} runs here`, call: ["require_program", options.binary] },
    { looks: true, what: `Look whether ${options.installDir} is a place for it`, call: ["require_places"] },
    {
      looks: true,
      what: `Look whether ${options.serviceUser} and ${options.logGroup} are fit for it, if they exist`,
      call: ["require_accounts"],
    },
    { looks: true, what: "Look what is installed and running already", call: ["examine"] },
    {
      looks: true,
      what: `Check ${layout.config}, if it is there`,
      why: "With errors in it, a proxy that runs is left alone and nothing is changed",
      call: ["check_present_configuration"],
    },
  ];
}

function filesAndAccounts(options: InstallOptions, layout: Layout): readonly Step[] {
  const { serviceUser, logGroup } = options;
  const serviceGroup = { variable: "service_group" } as const;
  return [
    {
      what: `Make the directory ${layout.installDir}`,
      why: `What is put here or changed is written down in ${layout.receipt}, for uninstall`,
      call: ["make_installation_directory"],
    },
    { what: `Make the group ${logGroup}`, why: "Its members may read the logs", call: ["make_group", logGroup] },
    {
      what: `Make the user ${serviceUser}, without shell and home, with a group of its own`,
      why: "The proxy needs no right of root's",
      call: ["make_user", serviceUser],
    },
    { what: `Make ${layout.binDir}`, call: ["make_directory", layout.binDir, "root", "root", "755"] },
    {
      what: `Make ${layout.confDir}, readable for ${serviceUser}`,
      call: ["make_directory", layout.confDir, "root", serviceGroup, "750"],
    },
    { what: `Make ${layout.runDir}`, call: ["make_directory", layout.runDir, "root", "root", "755"] },
    {
      what: `Copy ${options.binary} to ${layout.program}`,
      why: "It is copied beside and renamed, since it may be running",
      call: ["put_file", "content_program", layout.program, "755"],
    },
    {
      what: `Put a configuration to start from at ${layout.config}; beside, with the ending .new, if there is one`,
      why: `It belongs to root, and of all others only the group of ${serviceUser} may read it`,
      call: ["put_configuration"],
    },
    {
      what: `Make the key ${layout.key}, if there is none`,
      why: "Secrets that `duoproxy encrypt` protects are opened with it",
      call: ["make_key"],
    },
    { what: `Look whether ${serviceUser} can read its configuration`, call: ["check_readable"] },
  ];
}

function serviceSteps(options: InstallOptions, layout: Layout, log: LogSettings): readonly Step[] {
  const { logGroup, createInitScript } = options;
  const logs = log.syslogFacility === undefined ? [layout.mainLog, layout.eventLog] : [layout.eventLog];
  const unit: readonly Step[] = [{
    what: `Put the unit ${systemLayout.unit}`,
    why: `What is there and isn't ours is kept in ${layout.savedDir}`,
    call: ["put_unit"],
  }, {
    what: "Have it start with the machine, but not now",
    why: "Without systemd, /etc/init.d is used if there is one",
    call: ["enable_service"],
  }];
  return [
    { what: "Stop the original, if it runs", call: ["stop_original"] },
    {
      what: `Make ${layout.logDir}, readable for ${logGroup}`,
      why: "The proxy writes no file: whoever starts it opens the logs for it",
      call: ["make_directory", layout.logDir, "root", logGroup, "2750"],
    },
    ...logs.map((path): Step => ({ what: `Make ${path}, if it isn't there`, call: ["make_log", path] })),
    { what: `Put ${layout.control}`, call: ["put_file", "content_control", layout.control, "755"] },
    ...oldCommands.map((name): Step => ({
      what: `Put ${layout.binDir}/${name}`,
      why: "The original's name for what a command of ours does",
      call: ["put_file", "content_old_command", `${layout.binDir}/${name}`, "755"],
    })),
    {
      what: `Put the rotation ${systemLayout.logrotate}`,
      call: ["put_file", "content_logrotate", systemLayout.logrotate, "644"],
    },
    {
      what: `Link ${systemLayout.controlLink} to it, unless something else is there`,
      call: ["put_link", systemLayout.controlLink, layout.control],
    },
    {
      what: `Link ${systemLayout.programLink} to the program, unless something else is there`,
      call: ["put_link", systemLayout.programLink, layout.program],
    },
    ...(createInitScript ? unit : []),
    {
      what: {
        yes: "Label the files for SELinux",
        no: "Leave SELinux alone",
        auto: "Label the files for SELinux, if it enforces",
      }[options.enableSelinux],
      call: ["label_for_selinux", options.enableSelinux],
    },
    {
      what: "Restart the proxy, if it ran and something changed",
      why: "On a fresh host it isn't started",
      call: ["restart_service"],
    },
  ];
}

function notesOn(options: InstallOptions, log: LogSettings): readonly string[] {
  const notes: string[] = [];
  if (log.toStdout) {
    notes.push("log_stdout=true writes the operational log among the events, in authevents.log");
  }
  if (log.syslogFacility !== undefined) {
    notes.push("log_syslog=true: the operational log goes to syslog, and not to authproxy.log");
  }
  if (log.maxSize === 0) notes.push("log_max_size=0: the logs are never rotated");
  if (!options.createInitScript) notes.push("--create-init-script no: the proxy doesn't start with the machine");
  return notes;
}
