/**
 * One world from beginning to end, and what is said of it: figures, or the violation with the few events that lead to it.
 *
 * @module
 */

import { moment } from "./clock.ts";
import { describeAction, drawPlan } from "./plan.ts";
import { drawSetup, type Setup } from "./setup.ts";
import { shrink } from "./shrink.ts";
import { runWorld } from "./world.ts";

/** What became of one seed. */
export interface Report {
  readonly seed: number;
  readonly logins: number;
  readonly requests: number;
  readonly answers: number;
  readonly pushes: number;
  readonly duoCalls: number;
  /** By the proxy's own reasons. */
  readonly reasons: readonly (readonly [reason: string, count: number])[];
  readonly violation: ReportedViolation | undefined;
}

/** A violation for people. */
export interface ReportedViolation {
  readonly invariant: string;
  readonly text: string;
  /** When it was found first, and after how many logins. */
  readonly at: string;
  readonly logins: number;
  /** The events that lead to it. */
  readonly events: readonly string[];
  /** The world that is left of it. */
  readonly trace: readonly string[];
}

/** Runs a seed. A violation is shrunk unless that isn't wanted. */
export async function runSeed(seed: number, hours: number, shrinks: boolean): Promise<Report> {
  const setup = drawSetup(seed);
  const plan = drawPlan(setup, hours);
  const { violation, figures } = await runWorld(setup, plan, hours);
  const report = { ...figures, seed, reasons: [...figures.reasons] };
  if (violation === undefined) return { ...report, violation };
  const found = { invariant: violation.invariant, at: moment(violation.at), logins: figures.logins };
  if (!shrinks) return { ...report, violation: { ...found, text: violation.text, events: [], trace: [] } };
  const shrunk = await shrink(setup, plan, violation);
  return {
    ...report,
    violation: {
      ...found,
      text: shrunk.violation.text,
      events: [describeSetup(setup), ...shrunk.plan.map((action) => describeAction(action, setup))],
      trace: shrunk.trace,
    },
  };
}

function describeSetup({ version, file, link }: Setup): string {
  const { mode, failmode, maxPending, pushLimit, loginTimeout, joins } = file;
  return `radius_server_${mode}, version ${version} of the API, failmode=${failmode} max_pending=${maxPending} push_limit=${pushLimit} ` +
    `login_timeout=${loginTimeout} join_repeats=${joins ? "strict" : "off"}; ${100 * link.loss} % of datagrams lost, ${
      100 * link.twice
    } % twice, up to ${link.delay} ms late`;
}
