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

import { type JsonNode, JsonTextError, parseJsonText } from "./json_text.ts";
import {
  type Answer,
  type AnswerRule,
  answers,
  type Capability,
  makeDevice,
  makeUser,
  type SimulatedDevice,
  type SimulatedUser,
  smartphone,
  type UserStatus,
  userStatuses,
} from "./users.ts";

/** Most UTF-16 units of a file. */
export const usersFileLimit = 4_194_304;

/**
 * Reads a file of users.
 *
 * @throws {JsonTextError} with the place of the first mistake.
 */
export function parseUsers(text: string): readonly SimulatedUser[] {
  const start = { line: 1, column: 1 };
  if (text.length > usersFileLimit) throw new JsonTextError("The file is larger than 4 MiB", start);
  const root = members(parseJsonText(text), "the file", ["users"]);
  const list = root.get("users");
  if (list === undefined) throw new JsonTextError('Expected an object with a list "users"', start);
  const users = items(list, '"users"').map(readUser);
  const names = new Map<string, JsonNode>();
  const ids = new Set<string>();
  for (const [index, user] of users.entries()) {
    const node = items(list, '"users"')[index] ?? list;
    const name = user.username.toLowerCase();
    if (names.has(name)) throw new JsonTextError(`There is a second user "${user.username}"`, node);
    names.set(name, node);
    for (const id of [user.userId, ...user.devices.map((device) => device.id)]) {
      if (ids.has(id)) throw new JsonTextError(`The identifier ${id} is used twice`, node);
      ids.add(id);
    }
  }
  return users;
}

/**
 * Reads one user, as the control API takes it.
 *
 * @throws {JsonTextError} as {@link parseUsers}.
 */
export function parseUser(text: string): SimulatedUser {
  return readUser(parseJsonText(text));
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

const userMembers = [
  "username",
  "user_id",
  "status",
  "groups",
  "passcodes",
  "one_time_passcodes",
  "answer",
  "after_ms",
  "devices",
] as const;

function readUser(node: JsonNode): SimulatedUser {
  const of = members(node, "a user", userMembers);
  const usernameNode = of.get("username");
  const username = usernameNode === undefined ? "" : text(usernameNode, "username");
  if (username.trim() === "") throw new JsonTextError('A user needs a "username"', usernameNode ?? node);
  const userId = optional(of, "user_id", (value) => identifierOf(value, "user_id", /^DU[A-Z0-9]{18}$/));
  const status = optional(of, "status", (value) => word<UserStatus>(value, "status", userStatuses));
  const devices = optional(
    of,
    "devices",
    (value) => items(value, '"devices"').map((item, index) => readDevice(item, username, index + 1)),
  );
  return makeUser({
    username,
    ...(userId === undefined ? {} : { userId }),
    ...(status === undefined ? {} : { status }),
    groups: optional(of, "groups", (value) => texts(value, "groups")) ?? [],
    passcodes: optional(of, "passcodes", (value) => texts(value, "passcodes")) ?? [],
    oneTimePasscodes: optional(of, "one_time_passcodes", (value) => texts(value, "one_time_passcodes")) ?? [],
    devices: devices ?? [],
    rule: readRule(of) ?? {},
  });
}

const deviceMembers = ["id", "type", "name", "number", "display_name", "capabilities", "answer", "after_ms"] as const;

function readDevice(node: JsonNode, username: string, position: number): SimulatedDevice {
  const of = members(node, "a device", deviceMembers);
  const type = optional(of, "type", (value) => word<"phone" | "token">(value, "type", ["phone", "token"]));
  const id = optional(of, "id", (value) => identifierOf(value, "id", /^D[A-Z0-9]{19}$/));
  const name = optional(of, "name", (value) => text(value, "name"));
  const number = optional(of, "number", (value) => text(value, "number"));
  const displayName = optional(of, "display_name", (value) => text(value, "display_name"));
  const capabilities = optional(
    of,
    "capabilities",
    (value) => items(value, '"capabilities"').map((item) => word<Capability>(item, "capabilities", smartphone)),
  );
  if (type === "token" && capabilities !== undefined && capabilities.length > 0) {
    throw new JsonTextError("A token has no capabilities", of.get("capabilities") ?? node);
  }
  const rule = readRule(of);
  return makeDevice(username, position, {
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(number === undefined ? {} : { number }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(rule === undefined ? {} : { rule }),
  });
}

function readRule(of: ReadonlyMap<string, JsonNode>): AnswerRule | undefined {
  const answer = optional(of, "answer", (value) => word<Answer>(value, "answer", answers));
  const after = optional(of, "after_ms", milliseconds);
  if (answer === undefined && after === undefined) return undefined;
  return { answer: answer ?? "approve", after: after ?? 0 };
}

function milliseconds(node: JsonNode): number {
  if (node.kind !== "number" || !Number.isInteger(node.value) || node.value < 0 || node.value > 3_600_000) {
    throw new JsonTextError('"after_ms" is a whole number of milliseconds, at most 3600000', node);
  }
  return node.value;
}

function members(node: JsonNode, what: string, known: readonly string[]): ReadonlyMap<string, JsonNode> {
  if (node.kind !== "object") throw new JsonTextError(`Expected ${what} to be an object`, node);
  for (const member of node.members) {
    if (!known.includes(member.name)) {
      throw new JsonTextError(`"${member.name}" is nothing that ${what} has; it may have ${known.join(", ")}`, member);
    }
  }
  return new Map(node.members.map(({ name, value }) => [name, value]));
}

function optional<T>(
  of: ReadonlyMap<string, JsonNode>,
  name: string,
  convert: (node: JsonNode) => T,
): T | undefined {
  const node = of.get(name);
  return node === undefined ? undefined : convert(node);
}

function items(node: JsonNode, what: string): readonly JsonNode[] {
  if (node.kind !== "array") throw new JsonTextError(`Expected ${what} to be a list`, node);
  return node.items;
}

function text(node: JsonNode, name: string): string {
  if (node.kind !== "string") throw new JsonTextError(`"${name}" is a text in double quotes`, node);
  return node.value;
}

function texts(node: JsonNode, name: string): readonly string[] {
  return items(node, `"${name}"`).map((item) => text(item, name));
}

function word<T extends string>(node: JsonNode, name: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => node.kind === "string" && node.value === candidate);
  if (found === undefined) throw new JsonTextError(`"${name}" is one of ${allowed.join(", ")}`, node);
  return found;
}

function identifierOf(node: JsonNode, name: string, shape: RegExp): string {
  const value = text(node, name);
  if (!shape.test(value)) throw new JsonTextError(`"${name}" is two letters and 18 capitals or digits`, node);
  return value;
}
