/**
 * A point in time as people write it on a command line.
 *
 * @module
 */

const units: Readonly<Record<string, number | undefined>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const dated = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)([Zz]|[+-]\d\d:\d\d)?)?$/;

/**
 * Reads `15m`, `2h`, `3d` as so long ago, and `2026-11-25`, `2026-11-25T08:00` and `2026-11-25T08:00:30+01:00` as what they say,
 * in UTC where no offset stands there.
 *
 * @param now milliseconds since the Unix epoch.
 * @returns milliseconds since the Unix epoch; undefined if it is none of these.
 */
export function parseSince(text: string, now: number): number | undefined {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const length = units[unit];
  if (length !== undefined) return now - Number(count) * length;
  const [, day, time = "00:00", offset = "Z"] = dated.exec(text) ?? [];
  if (day === undefined) return undefined;
  // 30 February would be taken for a day in March.
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined;
  const milliseconds = Date.parse(`${day}T${time}${offset.toUpperCase()}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
