/**
 * A plan as text for people: `--dry-run`, and what the terminal shows before the one question.
 *
 * @module
 */

import type { Plan } from "./plan.ts";

/** The plan as lines, without colours. */
export function describePlan(plan: Plan): string {
  const looking = plan.steps.filter((step) => step.looks === true);
  const doing = plan.steps.filter((step) => step.looks !== true);
  const rows = (steps: Plan["steps"]): string[] =>
    steps.flatMap(({ what, why }) => why === undefined ? [`  - ${what}`] : [`  - ${what}`, `      ${why}`]);
  return [
    plan.title,
    "",
    "First, without touching anything:",
    ...rows(looking),
    "",
    "Then, each only as far as it isn't so yet:",
    ...rows(doing),
    ...(plan.notes.length === 0 ? [] : ["", "Note:", ...plan.notes.map((note) => `  - ${note}`)]),
  ].join("\n") + "\n";
}
