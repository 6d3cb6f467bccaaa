/**
 * The file of certificates that replaces the roots which come with the program.
 *
 * @module
 */

import { inspectCertificates } from "../config/certificates.ts";
import { type FileCheck, ok, type Outcome, warning } from "./check.ts";
import { isAboutCaFile, told } from "./configuration.ts";
import { dateOf, endsSoon, inDays } from "./days.ts";

/** `http_ca_certs_file`: is it there, does it hold certificates, and until when. */
export const caFile: FileCheck = {
  scope: "file",
  name: "ca-file",
  summary: "Whether http_ca_certs_file can be used, and until when",
  run: ({ section, findings, servers, machine }) => {
    if (section !== null) return Promise.resolve(findings.filter(isAboutCaFile).map(told));
    // Sections may share a file: each is looked at once.
    const texts = new Set(servers.flatMap(({ duo }) => duo.caCerts ?? []));
    return Promise.resolve([...texts].map((text) => judge(text, machine.clock.wallNow())));
  },
};

function judge(pem: string, now: number): Outcome {
  const { valid, lastEnd } = inspectCertificates(pem, now);
  const facts = { certificates: valid, ...(lastEnd === undefined ? {} : { last_end: dateOf(lastEnd) }) };
  if (lastEnd !== undefined && lastEnd > now && lastEnd - now < endsSoon) {
    return warning(
      "file",
      `The last certificate in http_ca_certs_file ends ${inDays(lastEnd - now)}, on ${dateOf(lastEnd)}`,
      "Replace the file by a current bundle, or remove the option to use the roots that come with the program",
      facts,
    );
  }
  return ok(`${valid} certificate${valid === 1 ? "" : "s"} valid today`, facts);
}
