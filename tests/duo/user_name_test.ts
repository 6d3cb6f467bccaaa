import { assertEquals } from "@std/assert";
import { plainName } from "../../lib/duo/user_name.ts";

const spellings: readonly (readonly [user: string, plain: string])[] = [
  ["alice", "alice"],
  ["Alice", "alice"],
  ["CORP\\alice", "alice"],
  ["a\\b\\Alice", "alice"],
  ["alice@corp.example", "alice"],
  ["CORP\\alice@corp.example", "alice"],
  ["@corp", "@corp"],
  [" alice ", "alice"],
];

for (const [user, plain] of spellings) {
  Deno.test(`plainName(${JSON.stringify(user)}) is ${plain}`, () => assertEquals(plainName(user), plain));
}
