/**
 * An auth event for tests that need one of no special kind.
 *
 * @module
 */

import type { AuthEvent } from "../../lib/login/events.ts";

/** An approved push of alice's, with changes. */
export function authEvent(changes: Partial<AuthEvent> = {}): AuthEvent {
  return {
    msg: "Success. Logging you in...",
    username: "alice",
    auth_stage: "Secondary authentication",
    status: "Allow",
    client_ip: "198.51.100.7",
    server_section: "radius_server_duo_only",
    server_section_ikey: "DIXXXXXXXXXXXXXXXXXX",
    factor: "push",
    request_id: "r-1",
    nas_ip: "192.0.2.1",
    latency_ms: 1234,
    txid: "tx",
    device: null,
    failmode: null,
    reason: "approved",
    api_version: 1,
    signed: true,
    joined: false,
    ...changes,
  };
}
