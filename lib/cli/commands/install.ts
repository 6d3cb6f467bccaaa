/**
 * `duoproxy install`.
 *
 * @module
 */

import { installDefaults } from "../../install/options.ts";
import { type Command, exit, type ExitCode, type Invocation } from "../command.ts";

/** The command's record. */
export const command: Command = {
  name: "install",
  summary: "Install the program as a service",
  usage: "install [--script | --dry-run] [OPTIONS]",
  description: "What is to be done is planned first. On a terminal the plan is shown, and then the runtime asks once " +
    "whether the program may run sh: answer y, and the plan is carried out. Without a terminal nothing is done.\n\n" +
    "--script prints the plan as a shell script instead, to be read, kept, or piped into sudo sh. It changes only what " +
    "isn't so yet, so it may run again at any time, for an upgrade above all. A configuration and a key that are there " +
    "are never overwritten. A service that runs is restarted if something changed; a new one is not started.\n\n" +
    "An installation of the original is taken over: its configuration is checked before its service is touched, and " +
    "stays; uninstall puts back what was there before.",
  positionals: [{
    name: "/exclude-auth-proxy-manager",
    required: false,
    choices: ["/exclude-auth-proxy-manager", "/S"],
    doc: "Option of the original's installer on Windows; accepted and ignored",
  }],
  options: [
    { name: "script", doc: "Print the plan as a script and change nothing" },
    { name: "dry-run", doc: "Show the plan and change nothing" },
    {
      name: "install-dir",
      value: "DIR",
      default: installDefaults.installDir,
      doc: "Where to put program, configuration and logs",
    },
    {
      name: "service-user",
      value: "USER",
      default: installDefaults.serviceUser,
      doc: "User that the proxy runs as; is made, without shell, if there is none",
    },
    {
      name: "log-group",
      value: "GROUP",
      default: installDefaults.logGroup,
      doc: "Group that may read the logs; is made if there is none",
    },
    {
      name: "create-init-script",
      value: "yes|no",
      choices: ["yes", "no"],
      default: "yes",
      doc: "Whether the proxy starts with the machine",
    },
    {
      name: "enable-selinux",
      value: "yes|no",
      choices: ["yes", "no"],
      doc: "Whether files are labelled for SELinux; without it, yes where SELinux enforces",
    },
    { name: "port-capability", doc: "Let the service listen on ports below 1024" },
    { name: "binary", value: "FILE", doc: "The program to install; without it this one, or the newest of dist/" },
    {
      name: "config",
      value: "FILE",
      doc: "Configuration whose log_* options shape unit and rotation; without it the installed one",
    },
    {
      name: "platform",
      value: "SYSTEM",
      choices: ["linux", "windows"],
      doc: "Plan for another system than this one",
    },
    { name: "silent", doc: "Option of the original's installer; accepted, nothing asks for anything" },
  ],
  examples: [
    {
      line: "duoproxy install --script --service-user duo_authproxy_svc | sudo sh",
      does: "Install without a question",
    },
    { line: "duoproxy install --dry-run", does: "Show what would be done" },
    {
      line: "duoproxy install --script --port-capability",
      does: "Print the script for a service on a port below 1024",
    },
  ],
  exits: [
    { code: exit.ok, when: "installed, or the plan was printed" },
    { code: exit.failed, when: "a step of the installation failed" },
    { code: exit.usage, when: "a value is refused" },
    { code: exit.noInput, when: "the configuration of --config or the program of --binary isn't there" },
    { code: exit.unavailable, when: "there is no program to install, or the machine lacks something" },
    { code: exit.noPermission, when: "the right to run sh was refused or could not be asked for" },
    { code: exit.badConfig, when: "a log option of the configuration is wrong" },
  ],
  async run(invocation: Invocation): Promise<ExitCode> {
    const { runInstall } = await import("../install_run.ts");
    return await runInstall(invocation);
  },
};
