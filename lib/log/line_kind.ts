/**
 * Which lines a full log can do without.
 *
 * @module
 */

/**
 * Kinds of lines, what is dropped first at the front: what anybody can cause without a secret, the operational log, an event, and
 * the event of a user who was let in.
 */
export const lineKinds = ["forgeable", "log", "event", "allow"] as const;

/** One of {@link lineKinds}. */
export type LineKind = typeof lineKinds[number];

/** A number of lines for each kind. */
export type LineCounts = Readonly<Record<LineKind, number>>;

/** No line of any kind. */
export const noLines: LineCounts = { forgeable: 0, log: 0, event: 0, allow: 0 };

/** The sums, kind by kind. */
export function addLines(one: LineCounts, other: LineCounts): LineCounts {
  return {
    forgeable: one.forgeable + other.forgeable,
    log: one.log + other.log,
    event: one.event + other.event,
    allow: one.allow + other.allow,
  };
}

/** Lines of all kinds together. */
export function totalLines(counts: LineCounts): number {
  return lineKinds.reduce((sum, kind) => sum + counts[kind], 0);
}
