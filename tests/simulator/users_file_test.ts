import { assertEquals, assertThrows } from "@std/assert";
import { JsonTextError, parseJsonText } from "../../lib/simulator/json_text.ts";
import { defaultUsers, makeDevice, makeUser } from "../../lib/simulator/users.ts";
import { formatUser, parseUsers } from "../../lib/simulator/users_file.ts";

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

Deno.test("parseUsers() names line and column of a mistake", () => {
  const cases: readonly (readonly [string, number, number, string])[] = [
    ["", 1, 1, "The text ends where a value is expected"],
    ["[]", 1, 1, "Expected the file to be an object"],
    ["{}", 1, 1, 'Expected an object with a list "users"'],
    ['{"users": {}}', 1, 11, 'Expected "users" to be a list'],
    ['{"users": [],\n "people": []}', 2, 2, '"people" is nothing that the file has; it may have users'],
    ['{"users": [\n  {"username": "a",}\n]}', 2, 20, "Expected a name in double quotes"],
    ['{"users": [{"username": "a"}\n{"username": "b"}]}', 2, 1, "Expected a comma or ]"],
    ['{"users": [{}]}', 1, 12, 'A user needs a "username"'],
    ['{"users": [{"username": " "}]}', 1, 25, 'A user needs a "username"'],
    ['{"users": [{"username": 5}]}', 1, 25, '"username" is a text in double quotes'],
    [
      '{"users": [{"username": "a",\n"status": "gone"}]}',
      2,
      11,
      '"status" is one of active, bypass, disabled, locked_out, not_enrolled',
    ],
    [
      '{"users": [{"username": "a",\n"answer": "maybe"}]}',
      2,
      11,
      '"answer" is one of approve, deny, fraud, timeout, never, ask',
    ],
    [
      '{"users": [{"username": "a", "after_ms": -1}]}',
      1,
      42,
      '"after_ms" is a whole number of milliseconds, at most 3600000',
    ],
    ['{"users": [{"username": "a", "user_id": "x"}]}', 1, 41, '"user_id" is two letters and 18 capitals or digits'],
    ['{"users": [{"username": "a"},\n{"username": "A"}]}', 2, 1, 'There is a second user "A"'],
    ['{"users": [{"username": "a", "username": "b"}]}', 1, 30, '"username" is here for the second time'],
    ['{"users": [{"username": "a", "devices": [{"type": "car"}]}]}', 1, 51, '"type" is one of phone, token'],
    [
      '{"users": [{"username": "a", "devices": [{"type": "token", "capabilities": ["push"]}]}]}',
      1,
      76,
      "A token has no capabilities",
    ],
    ['{"users": []} x', 1, 15, "Expected the end of the text"],
    ['{"users": "a', 1, 11, "A text that doesn't end on its line, or a wrong escape"],
    ['{"users": 01}', 1, 11, "Expected a value"],
  ];
  for (const [text, line, column, message] of cases) {
    const error = assertThrows(() => parseUsers(text), JsonTextError, undefined, text);
    assertEquals([error.message, error.place.line, error.place.column], [message, line, column], text);
  }
});

Deno.test("parseJsonText() reads what JSON.parse() reads, and refuses what it refuses", () => {
  const good = ['"\\u0041\\n\\"\\\\"', "-0.5e+3", "[ ]", "{ }", "[true,false,null]", "\uFEFF1", '{"a":{"b":[1,"x"]}}'];
  for (const text of good) parseJsonText(text);
  assertEquals(parseJsonText(good[0] ?? ""), { kind: "string", value: 'A\n"\\', line: 1, column: 1 });
  for (const text of ["+1", ".5", "1.", "tru", "truex", "'a'", '"\t"', '"\\x"', "[1,]", "{a:1}", "nul", "--1", "1 2"]) {
    assertThrows(() => parseJsonText(text), JsonTextError, undefined, text);
  }
  assertThrows(() => parseJsonText("[".repeat(100_000)), JsonTextError, "Nested too deeply");
  assertThrows(() => parseJsonText(`"${"x\\\\".repeat(500_000)}`), JsonTextError, "doesn't end");
});
