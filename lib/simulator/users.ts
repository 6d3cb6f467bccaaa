/**
 * The people whom the simulator knows, what they carry and how they answer.
 *
 * @module
 */

/** What a device can do, in Duo's words. */
export type Capability = "auto" | "push" | "sms" | "phone" | "mobile_otp";

/** All capabilities of a smartphone with Duo Mobile. */
export const smartphone: readonly Capability[] = ["auto", "push", "sms", "phone", "mobile_otp"];

/**
 * What becomes of a push or a call: `approve`, `deny` and `fraud` are the person's doing, `timeout` is nobody's (denied
 * after the time that a push lives), `never` is a push that has no end, `ask` waits for {@link DuoSimulator.answer}.
 */
export type Answer = "approve" | "deny" | "fraud" | "timeout" | "never" | "ask";

/** All values of {@link Answer}. */
export const answers: readonly Answer[] = ["approve", "deny", "fraud", "timeout", "never", "ask"];

/** An answer, and how long it takes. */
export interface AnswerRule {
  readonly answer: Answer;
  /** Milliseconds from the push or the call to the answer; 0 answers before the request is. */
  readonly after: number;
}

/** A phone or a hardware token. */
export interface SimulatedDevice {
  /** `DP` (phone) or `DH` (token) and 18 capitals or digits. */
  readonly id: string;
  readonly type: "phone" | "token";
  /** Chosen by its owner; may be empty. */
  readonly name: string;
  /** Shown to the user, such as `iOS (XXX-XXX-0001)`. */
  readonly displayName: string;
  /** Masked, such as `XXX-XXX-0001`; empty for a tablet or a token. */
  readonly number: string;
  /** Empty for a token. */
  readonly capabilities: readonly Capability[];
  /** Overrides the user's rule. */
  readonly rule?: AnswerRule;
}

/** What Duo's administrators, or Duo itself, have decided about a user. */
export type UserStatus = "active" | "bypass" | "disabled" | "locked_out" | "not_enrolled";

/** All values of {@link UserStatus}. */
export const userStatuses: readonly UserStatus[] = ["active", "bypass", "disabled", "locked_out", "not_enrolled"];

/** A user. */
export interface SimulatedUser {
  readonly username: string;
  /** `DU` and 18 capitals or digits. */
  readonly userId: string;
  readonly status: UserStatus;
  /** Names that preauth and auth carry as `groups`; left out of the replies where empty. */
  readonly groups: readonly string[];
  readonly devices: readonly SimulatedDevice[];
  /** Codes that are right every time. No real code is: they are for demonstrations and repeated tests. */
  readonly passcodes: readonly string[];
  /** Codes that are right once (Duo Mobile, tokens and bypass codes). */
  readonly oneTimePasscodes: readonly string[];
  readonly rule: AnswerRule;
}

/** The parts of a user that have no natural default. */
export type UserSketch = Partial<Omit<SimulatedUser, "rule">> & {
  readonly username: string;
  readonly rule?: Partial<AnswerRule>;
};

/** The parts of a device that have no natural default. */
export type DeviceSketch = Partial<SimulatedDevice>;

/** Fills in what a sketch of a user leaves out: active, approving at once, without devices, codes and groups. */
export function makeUser(sketch: UserSketch): SimulatedUser {
  return {
    userId: identifier("DU", sketch.username),
    status: "active",
    groups: [],
    devices: [],
    passcodes: [],
    oneTimePasscodes: [],
    ...sketch,
    rule: { answer: "approve", after: 0, ...sketch.rule },
  };
}

/** Fills in what a sketch of a device leaves out: the `position`th (from 1) device of `username`, a smartphone. */
export function makeDevice(username: string, position: number, sketch: DeviceSketch = {}): SimulatedDevice {
  const type = sketch.type ?? "phone";
  const number = sketch.number ?? (type === "phone" ? `XXX-XXX-${String(position).padStart(4, "0")}` : "");
  const named = number === "" ? sketch.name ?? "" : number;
  return {
    id: identifier(type === "phone" ? "DP" : "DH", `${username}${position}`),
    type,
    name: "",
    number,
    displayName: type === "phone" ? `iOS (${named === "" ? "no number" : named})` : `Token ${position}`,
    capabilities: type === "phone" ? smartphone : [],
    ...sketch,
  };
}

/** An identifier in Duo's shape: two letters and 18 capitals or digits. The same text always gives the same one. */
export function identifier(prefix: string, text: string): string {
  // Two names that only differ in other characters must not share an identifier: a sum over the whole text comes last.
  let sum = 0;
  for (const unit of text) sum = (Math.imul(sum, 31) + (unit.codePointAt(0) ?? 0)) >>> 0;
  const readable = text.toUpperCase().replace(/[^A-Z0-9]/g, "").slice(0, 11);
  return `${prefix}${readable.padEnd(11, "0")}${sum.toString(36).toUpperCase().padStart(7, "0")}`;
}

/**
 * The default users.
 *
 * | user | what they show |
 * |---|---|
 * | alice | two phones, approves pushes and calls; 123456 is always right, 100001 to 100003 once each |
 * | bob | one phone, denies every push and call; 222222 |
 * | carol | a hardware token, no phone; 333333, and 300001 to 300003 once each |
 * | dave | not enrolled: preauth answers with a link |
 * | erin | bypass: preauth allows |
 * | frank | locked out |
 * | grace | as alice with one phone, in the groups `VPN-Staff` and `Everyone`; 777777 |
 * | heidi | one phone; pushes and calls wait for an answer by hand; 888888 |
 * | ivan | approves after three seconds; 999999 |
 * | judy | a landline: calls only |
 * | mallory | disabled |
 * | oscar | never looks at his phone: pushes and calls time out |
 * | trudy | marks every push as fraud |
 */
export const defaultUsers: readonly SimulatedUser[] = [
  makeUser({
    username: "alice",
    devices: [makeDevice("alice", 1), makeDevice("alice", 2, { displayName: "Android (XXX-XXX-0002)" })],
    passcodes: ["123456"],
    oneTimePasscodes: ["100001", "100002", "100003"],
  }),
  makeUser({
    username: "bob",
    devices: [makeDevice("bob", 1)],
    passcodes: ["222222"],
    rule: { answer: "deny" },
  }),
  makeUser({
    username: "carol",
    devices: [makeDevice("carol", 1, { type: "token" })],
    passcodes: ["333333"],
    oneTimePasscodes: ["300001", "300002", "300003"],
  }),
  makeUser({ username: "dave", status: "not_enrolled" }),
  makeUser({ username: "erin", status: "bypass", devices: [makeDevice("erin", 1)] }),
  makeUser({ username: "frank", status: "locked_out", devices: [makeDevice("frank", 1)] }),
  makeUser({
    username: "grace",
    devices: [makeDevice("grace", 1)],
    groups: ["VPN-Staff", "Everyone"],
    passcodes: ["777777"],
  }),
  makeUser({
    username: "heidi",
    devices: [makeDevice("heidi", 1)],
    passcodes: ["888888"],
    rule: { answer: "ask" },
  }),
  makeUser({
    username: "ivan",
    devices: [makeDevice("ivan", 1)],
    passcodes: ["999999"],
    rule: { answer: "approve", after: 3_000 },
  }),
  makeUser({
    username: "judy",
    devices: [makeDevice("judy", 1, { displayName: "Landline (XXX-XXX-0001)", capabilities: ["auto", "phone"] })],
  }),
  makeUser({ username: "mallory", status: "disabled", devices: [makeDevice("mallory", 1)] }),
  makeUser({ username: "oscar", devices: [makeDevice("oscar", 1)], rule: { answer: "timeout" } }),
  makeUser({ username: "trudy", devices: [makeDevice("trudy", 1)], rule: { answer: "fraud" } }),
];

/** The device that Duo would pick for a factor: the first that can. */
export function firstCapable(user: SimulatedUser, capability: Capability): SimulatedDevice | undefined {
  return user.devices.find((device) => device.capabilities.includes(capability));
}

/** What `auto` comes to: a push, else a call, else codes by SMS, on the devices given. */
export function automatic(
  devices: readonly SimulatedDevice[],
): { readonly factor: "push" | "phone" | "sms"; readonly device: SimulatedDevice } | undefined {
  for (const factor of ["push", "phone", "sms"] as const) {
    const device = devices.find((candidate) => candidate.capabilities.includes(factor));
    if (device !== undefined) return { factor, device };
  }
  return undefined;
}
