/**
 * The secrets that the suite plants, and the search for them in everything that is printed.
 *
 * The worlds and programs of tests look through their logs, events and streams when they end, the terminals of commands at each
 * line, and `scripts/test.ts` through all that the suite itself prints.
 *
 * @module
 */

import { authApiSkey, radiusSkey } from "../../lib/simulator/applications.ts";

/** Secret of the gateways of a world in one process. */
export const sharedSecret = "the gateways' shared secret";
/** Secret of the gateways of a program in a process of its own. */
export const processSecret = "a secret for a process";
/** Secret of the gateways of `connectivity-check`'s tests. */
export const checkedSecret = "a secret that only gateways know";
/** Secret of gateways whose own files take no blanks. */
export const blanklessSecret = "aSecretForTheGatewaysOwnFile";
/** Secret between a gateway and a RADIUS proxy in front of ours. */
export const proxiedSecret = "the secret of the gateway and the proxy";

/** Secrets that no line of any program may hold. */
const plantedSecrets: readonly string[] = [
  sharedSecret,
  processSecret,
  radiusSkey,
  authApiSkey,
  checkedSecret,
  blanklessSecret,
  proxiedSecret,
];

/**
 * Fails if a text holds a planted secret, as it is or in base64.
 *
 * @param where names the text in the failure, which doesn't repeat it.
 * @param except secrets that may be there: `simulate` prints the keys that it takes.
 */
export function assertNoSecret(text: string, where: string, except: readonly string[] = []): void {
  for (const secret of plantedSecrets) {
    if (except.includes(secret)) continue;
    if (text.includes(secret) || text.includes(btoa(secret).replace(/=+$/, ""))) {
      throw new Error(`${where} holds the planted secret number ${plantedSecrets.indexOf(secret)}`);
    }
  }
}
