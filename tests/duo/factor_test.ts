import { assertEquals } from "@std/assert";
import {
  type Device,
  parseAppendedFactor,
  parseFactor,
  resolveDevice,
  type TypedFactor,
} from "../../lib/duo/factor.ts";

const yubikey = "cccccccbcjdifctrndncchkftchjlnbhvhtugdljibej";

const typed: readonly (readonly [text: string, meaning: TypedFactor | undefined])[] = [
  ["push", { kind: "word", factor: "push", number: null }],
  [" PUSH ", { kind: "word", factor: "push", number: null }],
  ["push2", { kind: "word", factor: "push", number: 2 }],
  ["Phone3", { kind: "word", factor: "phone", number: 3 }],
  ["sms1", { kind: "word", factor: "sms", number: 1 }],
  ["", { kind: "auto" }],
  ["   ", { kind: "auto" }],
  ["Auto", { kind: "auto" }],
  ["123456", { kind: "passcode", code: "123456" }],
  ["123 456", { kind: "passcode", code: "123456" }],
  [" 1234567 ", { kind: "passcode", code: "1234567" }],
  [yubikey, { kind: "passcode", code: yubikey }],
  [yubikey.toUpperCase(), { kind: "passcode", code: yubikey }],
  ["cbdefghijklnrtuvcbdefghijklnrtuv", { kind: "passcode", code: "cbdefghijklnrtuvcbdefghijklnrtuv" }],
  ["1234", { kind: "passcode", code: "1234" }],
  ["1234567890123456", { kind: "passcode", code: "1234567890123456" }],
  ["123", undefined],
  ["12345678901234567", undefined],
  ["\ufeff", undefined],
  ["\ufeffpush", undefined],
  ["push0", undefined],
  ["push 2", undefined],
  ["push100", undefined],
  ["pushy", undefined],
  ["phone1a", undefined],
  ["hunter2", undefined],
  ["12345a", undefined],
  ["123-456", undefined],
  ["١٢٣٤٥٦", undefined],
  ["cbdefghijklnrtuvcbdefghijklnrtu", undefined],
  ["a".repeat(44), undefined],
  ["passcode", undefined],
  ["secret,push", undefined],
  ["push\0", undefined],
];

for (const [text, meaning] of typed) {
  Deno.test(`parseFactor(${JSON.stringify(text)}) is ${meaning?.kind ?? "no factor"}`, () => {
    assertEquals(parseFactor(text), meaning);
  });
}

Deno.test("behind a password a passcode has at least 6 digits: Summer,2024 holds none", () => {
  assertEquals(parseAppendedFactor("2024"), undefined);
  assertEquals(parseAppendedFactor("20245"), undefined);
  assertEquals(parseAppendedFactor("123 456"), { kind: "passcode", code: "123456" });
  assertEquals(parseAppendedFactor("push2"), { kind: "word", factor: "push", number: 2 });
});

function phone(device: string, ...capabilities: string[]): Device {
  return { device, type: "phone", displayName: device, capabilities };
}

const landline = phone("landline", "auto", "phone");
const smart = phone("smart", "auto", "push", "phone", "sms", "mobile_otp");
const spare = phone("spare", "auto", "push", "sms");
const token: Device = { device: "token", type: "token", displayName: "Token", capabilities: [] };

const resolved: readonly (readonly [name: string, Device[], TypedFactor & { kind: "word" }, string | undefined])[] = [
  ["the first that can", [landline, smart, spare], word("push", null), "smart"],
  ["push1 is the first that can", [landline, smart, spare], word("push", 1), "smart"],
  ["push2 is the second that can", [landline, smart, spare], word("push", 2), "spare"],
  ["push2 is the second phone where one alone can", [landline, smart], word("push", 2), "smart"],
  ["push2 is nothing where the second phone can't", [smart, landline], word("push", 2), undefined],
  ["phone2 skips what can't call", [landline, spare, smart], word("phone", 2), "smart"],
  ["tokens are not counted as phones", [token, landline, smart], word("push", 2), "smart"],
  ["push9 is nothing", [landline, smart, spare], word("push", 9), undefined],
  ["no devices at all", [], word("sms", null), undefined],
];

for (const [name, devices, factor, device] of resolved) {
  Deno.test(`resolveDevice(): ${name}`, () => assertEquals(resolveDevice(devices, factor)?.device, device));
}

function word(factor: "push" | "phone" | "sms", number: number | null): TypedFactor & { kind: "word" } {
  return { kind: "word", factor, number };
}
