/**
 * Whether this process may open as many files as the logins at once would need.
 *
 * @module
 */

import { measureCapacity } from "../net/capacity.ts";
import { type MachineCheck, ok, warning } from "./check.ts";

/** The limit of file descriptors, found out by using it up for a moment. */
export const fileLimit: MachineCheck = {
  scope: "machine",
  name: "file-limit",
  summary: "Whether this process may open enough files for max_pending logins",
  run: ({ machine, servers }) => {
    const wanted = servers.reduce((sum, { maxPending }) => sum + maxPending, 0);
    const { logins, sufficient } = measureCapacity(wanted, () => machine.openDescriptor());
    const facts = { wanted_logins: wanted, possible_logins: logins };
    return Promise.resolve(
      sufficient ? ok(`Enough for max_pending of all sections, ${wanted}`, facts) : warning(
        "machine",
        `This process may open too few files for ${wanted} logins at once (max_pending): it would take ${logins}`,
        "Raise the limit (LimitNOFILE= of the unit, or `ulimit -n`) or lower max_pending; here the limit of your shell counts, not the service's",
        facts,
      ),
    );
  },
};
