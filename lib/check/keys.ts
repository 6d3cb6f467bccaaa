/**
 * Whether Duo takes the section's keys, and on which version of its API.
 *
 * @module
 */

import { code, type DuoFailure, explainRefusal, type Refused } from "../duo/api.ts";
import { failed, ok, type Outcome, type SectionCheck, type SectionContext, skipped } from "./check.ts";

const adminPanel = "the application's page in the Duo Admin Panel";

/** `check` of the API, signed with ikey and skey. Nobody is asked for a login. */
export const keys: SectionCheck = {
  scope: "section",
  name: "keys",
  summary: "Whether Duo takes ikey and skey",
  needs: ["ping"],
  run: async (context) => {
    const { ikey } = context.server.duo;
    const session = context.session(context.server);
    const result = await session.keys(context);
    const facts = { ikey };
    if (result.kind === "valid") return ok(`Duo takes ikey ${ikey} and its skey`, facts);
    if (result.kind !== "refused") return explainFailure(result);
    if (result.code === code.unknownIkey && await session.isKnownToVersion1(context)) {
      return failed(
        "file",
        "Version 2 of Duo's API does not take the application's type (40102), though version 1 knows the ikey",
        `Remove api_version=2 from [${context.server.name}], or use the keys of an application of the type "Auth API"`,
        { ...facts, code: code.unknownIkey },
      );
    }
    return explain(result, context);
  },
};

function explain(refusal: Refused, { server }: SectionContext): Outcome {
  const { ikey, apiHost, apiVersion } = server.duo;
  const facts = { ikey, code: refusal.code ?? refusal.status };
  switch (refusal.code) {
    case code.unknownIkey:
      return failed(
        "file",
        `Duo does not know the ikey ${ikey} (40102)`,
        `Compare ikey and api_host (${apiHost}) with ${adminPanel}: both belong to one account`,
        facts,
      );
    case code.badSignature:
      return failed(
        "file",
        `The skey does not belong to the ikey ${ikey}: Duo refuses the signature (40103)`,
        `Copy the secret key again from ${adminPanel} into skey`,
        facts,
      );
    case code.wrongType:
      return failed(
        "file",
        apiVersion === "auto"
          ? "The ikey is of an application type that neither version of Duo's API takes (40301)"
          : `The ikey is of the wrong application type for version ${apiVersion} of Duo's API, which api_version=${apiVersion} asks for (40301)`,
        apiVersion === 2
          ? 'Set api_version=auto (or 1), which serves RADIUS applications, or use the keys of an application of the type "Auth API"'
          : 'Use the keys of an application of the type "RADIUS" or "Auth API"',
        facts,
      );
    case code.badDate:
      return failed(
        "machine",
        "Duo refuses the date of calls (40105), also by its own clock",
        "Set this machine's clock and keep it with NTP (timedatectl)",
        facts,
      );
    case code.tooManyRequests:
      return failed(
        "outside",
        "Duo takes no more requests for this application now (42901)",
        "Try again in some minutes",
        facts,
      );
    default: {
      const where = refusal.status === 401 || refusal.status === 403 ? "file" : "outside";
      return failed(where, explainRefusal(refusal), `Compare ikey, skey and api_host with ${adminPanel}`, facts);
    }
  }
}

function explainFailure(failure: Exclude<DuoFailure, Refused>): Outcome {
  const again = "Try again; Duo's status page tells of disturbances";
  switch (failure.kind) {
    case "aborted":
      return failed("outside", "Duo did not answer in time whether it takes the keys", again);
    case "delayed":
      return failed("machine", failure.detail, "Try again when this machine has less to do");
    case "overloaded":
      return failed("machine", failure.detail, "Raise the limit of open files (`ulimit -n`)");
    case "duo-error":
      return failed("outside", `Duo did not say whether it takes the keys: ${failure.detail}`, again);
    case "unavailable":
      return failed("outside", `Duo did not say whether it takes the keys: ${failure.detail}`, again, {
        cause: failure.cause,
      });
  }
}

/** Which version of the API is used. */
export const apiVersion: SectionCheck = {
  scope: "section",
  name: "api-version",
  summary: "Which version of Duo's API is used, and why",
  needs: ["keys"],
  run: async (context) => {
    const session = context.session(context.server);
    const result = await session.keys(context);
    if (result.kind !== "valid") return skipped("The version is not known");
    const { version, why } = session.choice;
    const setting = context.server.duo.apiVersion;
    const reason = setting === "auto" && version === 2
      ? "Duo takes the keys there (api_version=auto); a login that it refuses for the application's type goes to version 1"
      : why;
    return ok(`Version ${version}: ${reason}`, { api_version: version, setting: String(setting) });
  },
};
