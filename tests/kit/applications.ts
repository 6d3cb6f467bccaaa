/**
 * Applications of the simulator, as many as a test needs: what is known about Duo, and what fails, is then apart for each.
 *
 * @module
 */

import { fullAccess, type SimulatedApplication, wrongType } from "../../lib/simulator/applications.ts";

/** An application of its own for each number. `version` is that of the API that it is served by: 1 is RADIUS-type, as in the field. */
export function makeApplication(number: number, version: 1 | 2): SimulatedApplication {
  const digits = String(number).padStart(4, "0");
  return {
    name: `Application ${number}`,
    ikey: `DINUMBERED0000V${version}${digits}`,
    skey: `simulatorTestKeyNumberedNotASecret00${digits}`,
    v1: fullAccess,
    v2: version === 1 ? wrongType : fullAccess,
  };
}
