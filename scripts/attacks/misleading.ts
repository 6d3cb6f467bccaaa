/**
 * Attacks with words: names, texts and values that are not what they look like.
 *
 * @module
 */

import { attributeType } from "../../lib/radius/attributes.ts";
import { makeDevice, makeUser } from "../../lib/simulator/users.ts";
import { shown, World } from "../../tests/kit/process_world.ts";
import { runProgram, TempDir } from "../../tests/kit/program.ts";
import { type Attack, gatewayOf, type Outcome } from "./attack.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A file that is in order but for what an attack changes. */
const file: readonly string[] = [
  "[main]",
  "[radius_server_duo_only]",
  "ikey=DIQ4WZ7KX2M9TB6VJ3HC",
  "api_host=api-5e6f7a8b.duosecurity.com",
  "radius_ip_1=192.0.2.1",
  "radius_secret_1=Zt7-Kp2-wQ9-Lm4-Xv6",
];
const skey = "pL8vQ2mT6zK4wN9xR3bJ7cF5hD1gS0aYtUeWiOqX";

/** What `check` says to a file. */
async function checked(lines: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  using dir = new TempDir();
  const path = dir.write("authproxy.cfg", lines.join("\n"));
  const { code, stdout, stderr } = await runProgram("check", "--config", path);
  return { code, output: stdout + stderr };
}

/** All of them. */
export const misleading: readonly Attack[] = [
  {
    name: "Be taken for an exempt user",
    tried: "a byte order mark before the name of exempt_username_1; zero-width and NUL beside it",
    run: async () => {
      await using world = await World.start({ application: "auth", lines: ["exempt_username_1=svc-backup"] });
      const names = ["\ufeffsvc-backup", "svc-backup\u200b", "svc-backup\0", "svc\u00ad-backup"];
      const gateway = gatewayOf(world);
      const kinds = await Promise.all(
        names.map(async (user) => (await gateway.login({ user, password: "push" })).kind),
      );
      const { kind } = await gateway.login({ user: "svc-backup", password: "push" });
      const exempt = kinds.filter((one) => one === "accept").length;
      return { held: exempt === 0 && kind === "accept", seen: `${exempt} of ${names.length} names exempt` };
    },
  },
  {
    name: "Have a name reach Duo that is none",
    tried: "names with NUL, LF, U+FFFD's octets, U+202E, and octets that are no UTF-8",
    run: async () => {
      await using world = await World.start({ application: "auth" });
      const gateway = gatewayOf(world);
      const names = ["al\0ice", "al\nice", "al\u202eice", "al\u0085ice"].map((name) => encoder.encode(name));
      for (const value of [...names, new Uint8Array([0x61, 0xff, 0x62])]) {
        await gateway.login({ password: "123456", attributes: [{ type: attributeType.userName, value }] });
      }
      const reached = world.asked("preauth");
      return { held: reached === 0, seen: `${reached} of ${names.length + 1} names reached Duo` };
    },
  },
  {
    name: "Get another group policy by a group's name",
    tried: "a group of Duo's named VPN;OU=Admins, one with a line end, and Guests",
    run: async () => {
      const groups = ["VPN;OU=Admins", "Staff\nOU=Admins", "Guests"];
      const users = groups.map((group, index) =>
        makeUser({
          username: `user${index}`,
          devices: [makeDevice(`user${index}`, 1)],
          passcodes: ["123456"],
          groups: [group],
        })
      );
      await using world = await World.start({ application: "auth", simulator: { users } });
      let classes = "";
      for (const { username } of users) {
        const result = await gatewayOf(world).login({ user: username, password: "123456" });
        if (result.kind === "timeout") continue;
        for (const { type, value } of result.packet.attributes) if (type === 25) classes += `${decoder.decode(value)} `;
      }
      return {
        held: !classes.includes("Admins"),
        seen: classes === "" ? "no Class" : `Class ${JSON.stringify(classes)}`,
      };
    },
  },
  {
    name: "Turn the text of a dialog round",
    tried: "Duo's words with U+202E, U+2066 and ESC in them",
    run: async () => {
      await using world = await World.start({ application: "auth" });
      world.simulator.addFault({
        match: { path: "preauth" },
        do: { kind: "response", response: { result: "deny", status_msg: "Denied\u202e\u2066\u001b[31m txt.exe" } },
      });
      const text = shown(await gatewayOf(world).login({ user: "alice", password: "push" }));
      return { held: !/[\p{Cc}\p{Cf}]/u.test(text), seen: JSON.stringify(text) };
    },
  },
  {
    name: "Have a misspelt failmode open the door",
    tried: "failmod=secure under unknown_options=warn",
    run: async () => {
      const { code, output } = await checked([
        "[main]",
        "unknown_options=warn",
        ...file.slice(1),
        `skey=${skey}`,
        "failmod=secure",
      ]);
      return { held: code === 1 && output.includes("failmode"), seen: `check ends with ${code}` };
    },
  },
  {
    name: "Read a secret off check's output",
    tried: "a shared secret pasted into each of 11 other options, as a name, as a line and as a header",
    run: async () => {
      const secret = "correct horse battery";
      const options = ["api_host", "port", "failmode", "interface", "client", "factors", "client_ip_attr", "pw_codec"];
      const places = [...options, "http_proxy_host", "ikey", "radius_ip_1"].map((name) => `${name}=${secret}`);
      const shownAt: string[] = [];
      for (const line of [...places, `${secret}=1`, secret, `[${secret}]`]) {
        const name = line.split("=")[0] ?? "";
        const rest = file.filter((one) => !one.startsWith(`${name}=`) && !one.startsWith("radius_secret_1="));
        const { output } = await checked([...rest, `skey=${skey}`, `radius_secret_1=${secret}`, line]);
        if (output.includes(secret)) shownAt.push(options.includes(name) ? name : "elsewhere");
      }
      return {
        held: shownAt.length === 0,
        seen: shownAt.length === 0 ? "shown nowhere" : `shown: ${shownAt.join(", ")}`,
      };
    },
  },
  {
    name: "Read all TLS through SSLKEYLOGFILE",
    tried: "the environment that unit and authproxyctl start the program with",
    run: installedEnvironment,
  },
];

/** The files that `install` would put there. */
async function installedEnvironment(): Promise<Outcome> {
  // From source there may be no program to install yet; which one it would be makes no difference here.
  const { stdout } = await runProgram("install", "--script", "--service-user", "svc", "--binary", Deno.execPath());
  const unit = /^UnsetEnvironment=.*\bSSLKEYLOGFILE\b/m.test(stdout);
  const control = /\benv -i\b|\benv -u SSLKEYLOGFILE\b/.test(stdout);
  const bounded = /^MemoryMax=/m.test(stdout) && /^TasksMax=/m.test(stdout);
  const kept = [
    unit ? "" : "the unit keeps it",
    control ? "" : "authproxyctl keeps it",
    bounded ? "" : "no MemoryMax=",
  ];
  const open = kept.filter((text) => text !== "");
  return { held: open.length === 0, seen: open.length === 0 ? "taken out by both" : open.join(", ") };
}
