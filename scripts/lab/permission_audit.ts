/**
 * What Deno's own record of rights (`DENO_AUDIT_PERMISSIONS`) says about a program. Attempts to start another program
 * are not in it (Deno 2.9.6): those only strace shows.
 *
 * @module
 */

/** One right that was asked for, granted or not. */
export interface AuditEntry {
  readonly permission: string;
  readonly value: string;
}

/** Reads the record, one JSON object a line; a last line that is still being written is left out. */
export function readAudit(text: string): readonly AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== "object" || entry === null || !("permission" in entry)) {
      throw new Error(`The record of rights has a line of another shape: ${line}`);
    }
    entries.push({ permission: String(entry.permission), value: "value" in entry ? String(entry.value) : "" });
  }
  return entries;
}

/**
 * The entries for other rights than network and reading.
 *
 * Deno 2.9 writes a `write` of the same path behind every `read`, although nothing is written and the right is denied:
 * those are left out. A `write` that follows nothing of the kind was asked for.
 */
export function findOtherRights(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  return entries.filter(({ permission, value }, index) => {
    if (permission === "net" || permission === "read") return false;
    const before = entries[index - 1];
    return !(permission === "write" && before?.permission === "read" && before.value === value);
  });
}
