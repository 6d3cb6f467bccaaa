/**
 * The JSON file of `simulate --users`, and users in the control API.
 *
 * ```json
 * {
 *   "users": [
 *     {
 *       "username": "alice",
 *       "status": "active",
 *       "groups": ["VPN-Staff"],
 *       "passcodes": ["123456"],
 *       "one_time_passcodes": ["100001", "100002"],
 *       "answer": "approve",
 *       "after_ms": 1500,
 *       "devices": [
 *         { "type": "phone", "number": "XXX-XXX-0001", "capabilities": ["auto", "push"], "answer": "deny" },
 *         { "type": "token" }
 *       ]
 *     }
 *   ]
 * }
 * ```
 *
 * Only `username` is required. `status`: active, bypass, disabled, locked_out, not_enrolled. `answer`: approve, deny, fraud,
 * timeout, never, ask. A device may also have `id`, `name` and `display_name`.
 *
 * @module
 */

import * as v from "valibot";
import {
  type AnswerRule,
  answers,
  makeDevice,
  makeUser,
  type SimulatedDevice,
  type SimulatedUser,
  smartphone,
  userStatuses,
} from "./users.ts";

/** Most octets of a file. */
export const usersFileLimit = 4_194_304;

/** A text that holds no users: the message names what is wrong, and where. */
export class UsersFileError extends Error {
  override readonly name = "UsersFileError";
}

/** What is said about a name that is missing, or isn't one of those that there are. */
function keyMistake({ expected, received, message }: v.StrictObjectIssue): string {
  if (expected === "Object") return message;
  return expected === "never" ? `${received} is not known here` : "This is required";
}

const ruleEntries = {
  answer: v.exactOptional(v.picklist(answers)),
  after_ms: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3_600_000))),
};

/** An identifier of Duo's with one of these beginnings. */
function identifierSchema(shape: RegExp): v.GenericSchema<string> {
  return v.pipe(v.string(), v.regex(shape, "An identifier is two letters and 18 capitals or digits"));
}

const deviceSchema = v.pipe(
  v.strictObject({
    id: v.exactOptional(identifierSchema(/^D[A-Z0-9]{19}$/)),
    type: v.exactOptional(v.picklist(["phone", "token"])),
    name: v.exactOptional(v.string()),
    number: v.exactOptional(v.string()),
    display_name: v.exactOptional(v.string()),
    capabilities: v.exactOptional(v.array(v.picklist(smartphone))),
    ...ruleEntries,
  }, keyMistake),
  v.check(
    ({ type, capabilities = [] }) => type !== "token" || capabilities.length === 0,
    "A token has no capabilities",
  ),
);

const userSchema = v.pipe(
  v.strictObject({
    username: v.pipe(v.string(), v.check((name) => name.trim() !== "", "A user needs a name")),
    user_id: v.exactOptional(identifierSchema(/^DU[A-Z0-9]{18}$/)),
    status: v.exactOptional(v.picklist(userStatuses)),
    groups: v.optional(v.array(v.string()), []),
    passcodes: v.optional(v.array(v.string()), []),
    one_time_passcodes: v.optional(v.array(v.string()), []),
    devices: v.optional(v.array(deviceSchema), []),
    ...ruleEntries,
  }, keyMistake),
  v.transform(({ user_id, one_time_passcodes, devices, answer, after_ms, ...same }): SimulatedUser =>
    makeUser({
      ...same,
      ...(user_id === undefined ? {} : { userId: user_id }),
      oneTimePasscodes: one_time_passcodes,
      devices: devices.map((device, index) => toDevice(device, same.username, index + 1)),
      rule: toRule(answer, after_ms),
    })
  ),
);

function toDevice(
  { display_name, answer, after_ms, ...same }: v.InferOutput<typeof deviceSchema>,
  username: string,
  position: number,
): SimulatedDevice {
  return makeDevice(username, position, {
    ...same,
    ...(display_name === undefined ? {} : { displayName: display_name }),
    ...(answer === undefined && after_ms === undefined ? {} : { rule: toRule(answer, after_ms) }),
  });
}

function toRule(answer: AnswerRule["answer"] = "approve", after: number = 0): AnswerRule {
  return { answer, after };
}

/**
 * Reads a file of users.
 *
 * @throws {UsersFileError} for the first mistake.
 */
export function parseUsers(text: string): readonly SimulatedUser[] {
  const { users } = read(v.strictObject({ users: v.array(userSchema) }, keyMistake), text);
  const taken = new Set<string>();
  const take = (what: string): void => {
    if (taken.has(what)) throw new UsersFileError(`There is a second ${what}`);
    taken.add(what);
  };
  for (const { username, userId, devices } of users) {
    take(`user "${username.toLowerCase()}"`);
    for (const id of [userId, ...devices.map((device) => device.id)]) take(`identifier ${id}`);
  }
  return users;
}

/**
 * Reads one user, as the control API takes it.
 *
 * @throws {UsersFileError} as {@link parseUsers}.
 */
export function parseUser(text: string): SimulatedUser {
  return read(userSchema, text);
}

function read<T>(schema: v.GenericSchema<unknown, T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The engine's message names line and column.
    throw new UsersFileError(error instanceof Error ? error.message : String(error));
  }
  const { success, output, issues } = v.safeParse(schema, value, { abortEarly: true });
  if (success) return output;
  const path = v.getDotPath(issues[0]);
  throw new UsersFileError(path === null ? issues[0].message : `${path}: ${issues[0].message}`);
}

/** A user in the file's own shape. */
export function formatUser(user: SimulatedUser): Readonly<Record<string, unknown>> {
  return {
    username: user.username,
    user_id: user.userId,
    status: user.status,
    groups: user.groups,
    passcodes: user.passcodes,
    one_time_passcodes: user.oneTimePasscodes,
    ...formatRule(user.rule),
    devices: user.devices.map((device) => ({
      id: device.id,
      type: device.type,
      name: device.name,
      number: device.number,
      display_name: device.displayName,
      capabilities: device.capabilities,
      ...(device.rule === undefined ? {} : formatRule(device.rule)),
    })),
  };
}

function formatRule(rule: AnswerRule): Readonly<Record<string, unknown>> {
  return { answer: rule.answer, after_ms: rule.after };
}
