/**
 * What reading the file has found, as checks: each finding is an outcome of its own, with its own remedy.
 *
 * @module
 */

import type { Finding, FindingCode } from "../config/diagnostics.ts";
import { failed, type FileCheck, ok, type Outcome, warning, type Where } from "./check.ts";

/** Codes that a check of its own tells; all others belong to `configuration`. */
const topics: Readonly<Record<string, readonly FindingCode[]>> = {
  "file-permissions": ["world-readable"],
  "shared-secrets": ["short-secret", "conflicting-secrets"],
  "client-networks": ["overlapping-networks", "open-to-all"],
};

/** True for findings that `ca-file` tells. */
export function isAboutCaFile({ option }: Finding): boolean {
  return option === "http_ca_certs_file";
}

/** The options of the section, and what they mean. */
export const configuration: FileCheck = {
  scope: "file",
  name: "configuration",
  summary: "What `duoproxy check` says about the section",
  run: ({ section, findings, detail }) => {
    const others = findings.filter((one) =>
      !isAboutCaFile(one) && !Object.values(topics).some((codes) => codes.includes(one.code))
    );
    if (others.length > 0) return Promise.resolve(others.map(told));
    return Promise.resolve(section === null ? [] : ok(capital(detail ?? "no findings")));
  },
};

/** Who can read the file and the secrets that it names. */
export const filePermissions: FileCheck = topic(
  "file-permissions",
  "Whether other users of this machine can read secrets",
  "machine",
);

/** Whether the RADIUS secrets are long enough. */
export const sharedSecrets: FileCheck = topic(
  "shared-secrets",
  "Whether the secrets shared with gateways are long enough",
  "file",
);

/** Whether gateways' networks overlap. */
export const clientNetworks: FileCheck = topic(
  "client-networks",
  "Whether each gateway belongs to one section",
  "file",
);

function topic(name: string, summary: string, where: Where): FileCheck {
  return {
    scope: "file",
    name,
    summary,
    run: ({ findings }) =>
      Promise.resolve(
        findings.filter((one) => topics[name]?.includes(one.code) && !isAboutCaFile(one))
          .map((one) => ({ ...told(one), where })),
      ),
  };
}

/** A finding as an outcome. */
export function told(one: Finding): Outcome {
  const facts = { line: one.line, column: one.column, code: one.code };
  const message = `Line ${one.line}: ${one.message}`;
  return one.level === "error" ? failed("file", message, one.hint, facts) : warning("file", message, one.hint, facts);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
