/**
 * The applications that the simulator knows, and which version of the API each may call.
 *
 * @module
 */

/** The endpoints of Duo's Auth API. Version 1 calls `auth_status` just `status`, and has no enrolment. */
export type Endpoint =
  | "ping"
  | "check"
  | "logo"
  | "preauth"
  | "auth"
  | "auth_status"
  | "enroll"
  | "enroll_status";

/** What an application may do with one version of the API. */
export interface VersionAccess {
  /** The endpoints that refuse this application's key; `ping` never does. */
  readonly refused: "none" | "all" | readonly Endpoint[];
  /** 40301: "Wrong integration type for this API". 40102: as if the integration key did not exist. */
  readonly code: 40301 | 40102;
}

/** An application as Duo's administrators protect it: a pair of keys and a type. */
export interface SimulatedApplication {
  /** For people, such as `Cisco RADIUS VPN`. */
  readonly name: string;
  /** `DI` and 18 capitals or digits. */
  readonly ikey: string;
  /** 40 letters or digits. */
  readonly skey: string;
  readonly v1: VersionAccess;
  readonly v2: VersionAccess;
}

/** May call everything. */
export const fullAccess: VersionAccess = { refused: "none", code: 40301 };

/** What v2 is thought to answer to a RADIUS-type application at every signed endpoint (reference A.8). */
export const wrongType: VersionAccess = { refused: "all", code: 40301 };

/** Integration key of the default application, of RADIUS type. A test value. */
export const radiusIkey = "DISIMULATORRADIUS001";
/** Secret key of the default application. A test value. */
export const radiusSkey = "simulatorTestKeyRadiusTypeNotASecret0001";
/** Integration key of the default Auth API application. A test value. */
export const authApiIkey = "DISIMULATORAUTHAPI01";
/** Secret key of the default Auth API application. A test value. */
export const authApiSkey = "simulatorTestKeyAuthApiTypeNotASecret001";

/** The default applications; the first is the one that files in the field hold: RADIUS type, served by v1 alone. */
export const defaultApplications: readonly SimulatedApplication[] = [
  { name: "Simulated RADIUS VPN", ikey: radiusIkey, skey: radiusSkey, v1: fullAccess, v2: wrongType },
  { name: "Simulated Auth API", ikey: authApiIkey, skey: authApiSkey, v1: fullAccess, v2: fullAccess },
];

/** True if `access` refuses `endpoint`. */
export function refuses(access: VersionAccess, endpoint: Endpoint): boolean {
  if (endpoint === "ping" || access.refused === "none") return false;
  return access.refused === "all" || access.refused.includes(endpoint);
}
