/**
 * TLS to Duo, with the cause where it fails.
 *
 * The verdict is that of a handshake with full verification, as for logins. Only when that fails the server's certificate is
 * fetched without verification: its dates and names are facts, whatever the runtime calls the failure.
 *
 * @module
 */

import type { DuoConfig } from "../config/config.ts";
import { type CheckContext, type Facts, failed, ok, type Outcome, type SectionCheck, warning } from "./check.ts";
import { dateOf, endsSoon, inDays } from "./days.ts";
import { type Certificate, handshake, lookAtCertificate, type Refused, type Unreached } from "./reach.ts";

/** A TLS connection to `api_host` can be set up. */
export const tls: SectionCheck = {
  scope: "section",
  name: "tls",
  summary: "Whether TLS to Duo works, and until when its certificate is valid",
  needs: ["tcp", "http-tunnel"],
  run: (context) => {
    const { apiHost, apiPort, caCerts, httpProxy } = context.server.duo;
    return context.once(
      `tls ${JSON.stringify([apiHost, apiPort, caCerts, httpProxy])}`,
      () => checkTls(context, context.server.duo),
    );
  },
};

async function checkTls({ machine, signal }: CheckContext, duo: DuoConfig): Promise<Outcome> {
  const now = machine.clock.wallNow();
  const result = await handshake(machine, duo, signal);
  if (result.kind === "secured") {
    const { certificate, protocol } = result;
    const facts = { ...factsOf(certificate), ...(protocol === undefined ? {} : { tls_version: protocol }) };
    const left = certificate === undefined ? Infinity : certificate.to - now;
    if (certificate !== undefined && left < endsSoon) {
      return warning(
        "outside",
        `The certificate of ${duo.apiHost} ends ${inDays(left)}, on ${dateOf(certificate.to)}`,
        "It is the server's to renew: if this isn't Duo's own certificate, tell whoever inspects TLS on the way",
        facts,
      );
    }
    const shown = certificate === undefined
      ? ""
      : `, certificate for ${certificate.names.slice(0, 5).join(", ")} valid until ${dateOf(certificate.to)}`;
    return ok(`${protocol ?? "TLS"} with ${duo.apiHost}${shown}`, facts);
  }
  const seen = signal.aborted ? undefined : await lookAtCertificate(machine, duo, signal);
  return explainTls(result, duo, seen, now);
}

/**
 * Why a handshake failed, as far as it is known.
 *
 * @param seen the certificate that the server shows, if it could be fetched.
 * @param now milliseconds since the Unix epoch.
 */
export function explainTls(
  failure: Unreached | Refused,
  duo: Pick<DuoConfig, "apiHost" | "apiPort" | "caCerts">,
  seen: Certificate | undefined,
  now: number,
): Outcome {
  const host = duo.apiHost;
  const code = failure.kind === "unreached" ? failure.code : "proxy";
  const facts = { host, port: duo.apiPort, code, ...factsOf(seen) };
  if (failure.kind === "refused") {
    return failed("outside", "The HTTP proxy refused the connection to Duo", "Look at the proxy's log", facts);
  }
  const inspection =
    "If it isn't Duo's own, something on the way inspects TLS: let it pass connections to Duo untouched";
  if (seen !== undefined && seen.to < now) {
    return failed(
      "outside",
      `The certificate of ${host} has expired: it ended on ${dateOf(seen.to)}`,
      `Check this machine's date, ${dateOf(now)} by its clock. ${inspection}`,
      facts,
    );
  }
  if (seen !== undefined && seen.from > now) {
    return failed(
      "outside",
      `The certificate of ${host} is not valid yet: it begins on ${dateOf(seen.from)}`,
      `Check this machine's date, ${dateOf(now)} by its clock, and set the clock (NTP)`,
      facts,
    );
  }
  const names = seen === undefined || seen.names.length === 0 ? undefined : seen.names.slice(0, 5).join(", ");
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
    case "HOSTNAME_MISMATCH":
      return failed(
        "outside",
        `The certificate does not match the name ${host}${names === undefined ? "" : `: it is for ${names}`}`,
        `Compare api_host with the application's page in the Duo Admin Panel. ${inspection}`,
        facts,
      );
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return failed(
        "outside",
        `The certificate of ${host}, or one that it rests on, ${
          code === "CERT_HAS_EXPIRED" ? "has expired" : "is not valid yet"
        }`,
        `Check this machine's date, ${dateOf(now)} by its clock. ${inspection}`,
        facts,
      );
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "CERT_UNTRUSTED":
    case "CERT_SIGNATURE_FAILURE":
      return explainUntrusted(code, duo, seen, facts);
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return failed(
        "outside",
        `${host} port ${duo.apiPort} does not speak TLS: what answers there is something else, such as plain HTTP`,
        "Check api_host and api_port (443 for Duo); a captive portal or a proxy on the way may answer in Duo's place",
        facts,
      );
    case "silent":
      return failed(
        "outside",
        `${host} port ${duo.apiPort} takes the connection but is silent: no TLS handshake until the time was up`,
        "A firewall or proxy on the way most likely holds the connection: let it pass connections to Duo untouched",
        facts,
      );
    case "ECONNRESET":
    case "EPIPE":
    case "ECONNABORTED":
      return failed(
        "outside",
        `${host} port ${duo.apiPort} closed the connection during the TLS handshake`,
        "A firewall that inspects connections most likely cuts it: let it pass connections to Duo untouched",
        facts,
      );
    default:
      // An older runtime names no cause: then only what is certain is said.
      return failed(
        "outside",
        `TLS with ${host} could not be set up${code === "UNKNOWN" ? "; this runtime does not tell why" : ` (${code})`}${
          names === undefined ? "" : `; the certificate there is for ${names}`
        }`,
        `See what the server shows with: openssl s_client -connect ${host}:${duo.apiPort} -servername ${host}`,
        facts,
      );
  }
}

/** Who signed what is not trusted, and how that is put right. */
function explainUntrusted(
  code: string,
  { apiHost, caCerts }: Pick<DuoConfig, "apiHost" | "caCerts">,
  seen: Certificate | undefined,
  facts: Facts,
): Outcome {
  const itself = seen === undefined ? code === "DEPTH_ZERO_SELF_SIGNED_CERT" : seen.subject === seen.issuer;
  const missing = caCerts === undefined ? "is not among the usual roots" : "is not in http_ca_certs_file";
  const message = itself
    ? `The certificate of ${apiHost} is self-signed${
      seen === undefined ? "" : `, by "${seen.subject}"`
    }: nobody vouches for it`
    : `The certificate of ${apiHost} comes from an unknown CA: ${
      seen === undefined ? "the one that signed it" : `it is signed by "${seen.issuer}", which`
    } ${missing}`;
  const inspected = "something on the way inspects TLS: have connections to Duo exempted from that, or";
  const remedy = itself
    ? `Check that api_host is Duo's. If it is, ${inspected} put the certificate of its CA into http_ca_certs_file`
    : caCerts === undefined
    ? `Most likely ${inspected} put the certificate of that CA into a file and name it in http_ca_certs_file`
    : `If that is Duo's own CA, the file is out of date: put current root certificates into it, or remove the option. If not, ${inspected} add the certificate of that CA to the file`;
  return failed("outside", message, remedy, facts);
}

function factsOf(certificate: Certificate | undefined): Facts {
  if (certificate === undefined) return {};
  return {
    certificate_names: certificate.names,
    certificate_subject: certificate.subject,
    certificate_issuer: certificate.issuer,
    certificate_from: dateOf(certificate.from),
    certificate_expires: dateOf(certificate.to),
  };
}
