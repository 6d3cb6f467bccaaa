/**
 * The original's command names, which answer with their successors, from the template in `conf/`.
 *
 * @module
 */

import template from "../../conf/old_command" with { type: "text" };
import { version } from "../version.ts";
import type { Layout } from "./layout.ts";
import { shellWord } from "./quoting.ts";
import { fillTemplate } from "./template.ts";

/** Names of the original's tools beside `authproxyctl`. */
export const oldCommands = [
  "authproxy_connectivity_tool",
  "authproxy_passwd",
  "authproxy_support",
  "authproxy_primary_only",
] as const;

/** The text of each of {@link oldCommands}: one script, which looks at the name it is called by. */
export function oldCommandScript(layout: Layout): string {
  return fillTemplate(template, {
    VERSION: version,
    PROGRAM: shellWord(layout.program),
    CONFIG: shellWord(layout.config),
    CONTROL: shellWord(layout.control),
    SWITCH_FILE: shellWord(`${layout.confDir}/primary_only`),
  });
}
