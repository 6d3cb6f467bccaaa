/**
 * Duo's official client, in a process of its own, against the simulator.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { DuoSimulator } from "../../lib/simulator/simulator.ts";
import { authApi } from "./peer.ts";

Deno.test("Duo's own client is satisfied: check, preauth, auth, auth_status, signature versions 2 and 5", async () => {
  await using simulator = await DuoSimulator.start();
  const script = fileURLToPath(new URL("./official_client.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-all",
      script,
      String(simulator.port),
      simulator.caPem,
      authApi.ikey,
      authApi.skey,
    ],
    stdin: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const replies: { readonly stat: string; readonly response: Record<string, unknown> }[] = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const seen = replies.map((
    { stat, response },
  ) => [stat, response["result"] ?? typeof response["time"], response["status"]]);
  const once = [
    ["OK", "number", undefined],
    ["OK", "number", undefined],
    ["OK", "auth", undefined],
    ["OK", "allow", "allow"],
    ["OK", "allow", "allow"],
    ["OK", "deny", "deny"],
    ["OK", "waiting", "pushed"],
    ["OK", "allow", "allow"],
  ];
  assertEquals(seen, [...once, ...once]);
  const signatures = simulator.findCalls({ path: "preauth" }).map(({ signature }) => signature);
  assertEquals(signatures, ["v2 sha512", "v5 sha512"]);
});
