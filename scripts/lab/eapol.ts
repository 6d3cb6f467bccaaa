/**
 * eapol_test of wpa_supplicant as a gateway whose user logs in with EAP.
 *
 * @module
 */

import { labPrograms, requireProgram } from "./programs.ts";

/** What eapol_test is to ask. */
export interface EapolRequest {
  readonly port: number;
  readonly secret: string;
  readonly user: string;
  readonly password: string;
  /** EAP method, such as `TTLS`, `PEAP` or `GTC`. */
  readonly method: string;
}

/** What eapol_test saw. */
export interface EapolOutcome {
  /** Whether the login succeeded. */
  readonly succeeded: boolean;
  /** Codes of the RADIUS packets it got, in their order, such as `Access-Reject`. */
  readonly codes: readonly string[];
  /** How often it had to repeat a request. */
  readonly repeats: number;
  /** Everything it printed. */
  readonly output: string;
}

/** Runs one login of at most ten seconds. */
export async function eapolTest({ port, secret, user, password, method }: EapolRequest): Promise<EapolOutcome> {
  const folder = await Deno.makeTempDir({ prefix: "duoproxy-lab-" });
  try {
    const config = [
      "network={",
      "  key_mgmt=WPA-EAP",
      `  eap=${method}`,
      `  identity="${user}"`,
      `  password="${password}"`,
      ...(method === "TTLS" ? ['  phase2="auth=PAP"'] : []),
      "}",
      "",
    ];
    await Deno.writeTextFile(`${folder}/eap.conf`, config.join("\n"), { mode: 0o600 });
    const { success, stdout } = await new Deno.Command(requireProgram(labPrograms.eapolTest), {
      args: ["-c", `${folder}/eap.conf`, "-a", "127.0.0.1", "-p", String(port), "-s", secret, "-t", "10"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).output();
    const output = new TextDecoder().decode(stdout);
    const received = output.split("Received RADIUS message\n").slice(1);
    return {
      succeeded: success,
      codes: received.map((text) => /^RADIUS message: code=\d+ \(([^)]+)\)/m.exec(text)?.[1] ?? "none"),
      repeats: output.split("Resending RADIUS message").length - 1,
      output,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
