import { assertEquals, assertThrows } from "@std/assert";
import { defaultUsers, makeDevice, makeUser } from "../../lib/simulator/users.ts";
import { formatUser, parseUsers, UsersFileError } from "../../lib/simulator/users_file.ts";

Deno.test("parseUsers() reads every option, and fills in the rest", () => {
  const users = parseUsers(`{
    "users": [
      { "username": "alice" },
      {
        "username": "Zoë", "user_id": "DUZZZZZZZZZZZZZZZZZZ", "status": "bypass", "groups": ["A", "B"],
        "passcodes": ["1"], "one_time_passcodes": ["2"], "answer": "deny", "after_ms": 5,
        "devices": [
          { "id": "DPZZZZZZZZZZZZZZZZZZ", "type": "phone", "name": "n", "number": "", "display_name": "d",
            "capabilities": ["push"], "answer": "never" },
          { "type": "token" }
        ]
      }
    ]
  }`);
  assertEquals(users, [
    makeUser({ username: "alice" }),
    {
      username: "Zoë",
      userId: "DUZZZZZZZZZZZZZZZZZZ",
      status: "bypass",
      groups: ["A", "B"],
      passcodes: ["1"],
      oneTimePasscodes: ["2"],
      rule: { answer: "deny", after: 5 },
      devices: [
        {
          id: "DPZZZZZZZZZZZZZZZZZZ",
          type: "phone",
          name: "n",
          number: "",
          displayName: "d",
          capabilities: ["push"],
          rule: { answer: "never", after: 0 },
        },
        makeDevice("Zoë", 2, { type: "token" }),
      ],
    },
  ]);
});

Deno.test("formatUser() writes what parseUsers() reads back the same", () => {
  assertEquals(parseUsers(JSON.stringify({ users: defaultUsers.map(formatUser) })), defaultUsers);
});

Deno.test("parseUsers() names the first mistake and its place", () => {
  const user = (rest: string): string => `{"users": [{"username": "b"}, {"username": "a", ${rest}}]}`;
  const cases: readonly (readonly [text: string, message: string])[] = [
    ["", "Unexpected end of JSON input"],
    ["[]", "users: This is required"],
    ["5", "Invalid type: Expected Object but received 5"],
    ["{}", "users: This is required"],
    ['{"users": {}}', "users: Invalid type: Expected Array but received Object"],
    ['{"users": [],\n "people": []}', 'people: "people" is not known here'],
    [
      '{"users": [\n  {"username": "a",}\n]}',
      "Expected double-quoted property name in JSON at position 31 (line 2 column 20)",
    ],
    ['{"users": []} x', "Unexpected non-whitespace character after JSON at position 14 (line 1 column 15)"],
    ['{"users": [{}]}', "users.0.username: This is required"],
    ['{"users": [{"username": " "}]}', "users.0.username: A user needs a name"],
    ['{"users": [{"username": 5}]}', "users.0.username: Invalid type: Expected string but received 5"],
    [
      user('"status": "gone"'),
      'users.1.status: Invalid type: Expected ("active" | "bypass" | "disabled" | "locked_out" | "not_enrolled") but received "gone"',
    ],
    [
      user('"answer": "maybe"'),
      'users.1.answer: Invalid type: Expected ("approve" | "deny" | "fraud" | "timeout" | "never" | "ask") but received "maybe"',
    ],
    [user('"after_ms": -1'), "users.1.after_ms: Invalid value: Expected >=0 but received -1"],
    [user('"after_ms": 3600001'), "users.1.after_ms: Invalid value: Expected <=3600000 but received 3600001"],
    [user('"user_id": "x"'), "users.1.user_id: An identifier is two letters and 18 capitals or digits"],
    [user('"colour": "blue"'), 'users.1.colour: "colour" is not known here'],
    ['{"users": [{"username": "a"},\n{"username": "A"}]}', 'There is a second user "a"'],
    [
      user('"user_id": "DUZZZZZZZZZZZZZZZZZZ", "devices": [{"id": "DUZZZZZZZZZZZZZZZZZZ"}]'),
      "There is a second identifier DUZZZZZZZZZZZZZZZZZZ",
    ],
    [
      user('"devices": [{"type": "car"}]'),
      'users.1.devices.0.type: Invalid type: Expected ("phone" | "token") but received "car"',
    ],
    [
      user('"devices": [{}, {"type": "token", "capabilities": ["push"]}]'),
      "users.1.devices.1: A token has no capabilities",
    ],
    ["[".repeat(100_000), "Unexpected end of JSON input"],
  ];
  for (const [text, message] of cases) {
    assertEquals(assertThrows(() => parseUsers(text), UsersFileError, undefined, text).message, message, text);
  }
});
