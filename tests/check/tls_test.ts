import { assertEquals, assertMatch } from "@std/assert";
import { readAlternativeNames } from "../../lib/check/reach.ts";
import { explainTls } from "../../lib/check/tls.ts";
import { Peer } from "./peers.ts";
import { faulty, Rig } from "./rig.ts";

Deno.test("where nothing answers behind the handshake, TLS has failed", async () => {
  await using rig = await Rig.start();
  await using mute = await Peer.start((socket) => void socket.once("data", () => socket.destroy()));
  const { code, checks } = await rig.check({ lines: [`api_port=${mute.port}`] });
  const tls = checks.find((one) => one.name === "tls" && one.section === faulty);
  assertEquals([code, tls?.status], [69, "failed"]);
});

Deno.test("addresses of a certificate are readable as either runtime shows them", () => {
  const newer =
    "DNS:localhost, DNS:api-1.duosecurity.test, IP Address:127.0.0.1, IP Address:::1, IP Address:2001:db8::7";
  const older =
    "DNS:localhost, DNS:api-1.duosecurity.test, IP Address:7F000001, IP Address:00000000000000000000000000000001, " +
    "IP Address:20010db8000000000000000000000007";
  const names = ["localhost", "api-1.duosecurity.test", "127.0.0.1", "::1", "2001:db8::7"];
  assertEquals(readAlternativeNames(newer), names);
  assertEquals(readAlternativeNames(older), names);
  // A name may look like octets.
  assertEquals(readAlternativeNames("DNS:deadbeef"), ["deadbeef"]);
  assertEquals(readAlternativeNames(""), []);
});

Deno.test("an untrusted certificate: who signed it, and what to do", () => {
  const seen = {
    names: ["api-1.duosecurity.test"],
    subject: "CN=api",
    issuer: "O=Acme, CN=Inspection",
    from: 0,
    to: 2e12,
  };
  const told = (code: string, caCerts: string | undefined, certificate = seen): string => {
    const duo = { apiHost: "api-1.duosecurity.test", apiPort: 443, caCerts };
    const failure = { kind: "unreached", code, detail: "" } as const;
    const { message, remedy, where } = explainTls(failure, duo, certificate, 1e12);
    assertEquals(where, "outside");
    return `${message}. ${remedy}`;
  };
  // Every name that a runtime has for it.
  for (const code of ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "CERT_UNTRUSTED", "SELF_SIGNED_CERT_IN_CHAIN"]) {
    assertMatch(
      told(code, undefined),
      /signed by "O=Acme, CN=Inspection", which is not among the usual roots\. Most likely/,
    );
    assertMatch(
      told(code, "pem"),
      /signed by "O=Acme, CN=Inspection", which is not in http_ca_certs_file\. If that is Duo/,
    );
  }
  assertMatch(
    told("CERT_UNTRUSTED", "pem", { ...seen, issuer: "CN=api" }),
    /is self-signed, by "CN=api": nobody vouches for it\. Check that api_host is Duo's/,
  );
});

Deno.test("a TLS failure without a name is told as what it is: no cause is claimed", () => {
  const outcome = explainTls(
    { kind: "unreached", code: "UNKNOWN", detail: "write UNKNOWN" },
    { apiHost: "api-1.duosecurity.test", apiPort: 443, caCerts: undefined },
    undefined,
    Date.now(),
  );
  assertEquals(outcome.message, "TLS with api-1.duosecurity.test could not be set up; this runtime does not tell why");
  assertEquals([outcome.status, outcome.where], ["failed", "outside"]);
});
