/**
 * What messages show of the file.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Hidden } from "../../lib/config/mask.ts";
import { named, quote, quoted, say } from "../../lib/config/message.ts";
import { render, showName } from "../../lib/config/render.ts";
import { skey } from "./fixture.ts";

Deno.test("quote() keeps a message on one line, short, and free of what looks like a secret", () => {
  assertEquals(quote("a\nb\u001b[31m\u202ec"), '"a?b?[31m?c"');
  assertEquals(quote("😀".repeat(41)), `"${"😀".repeat(40)}..."`);
  assertEquals(quote("x ".repeat(500_000)).length, 45);
  assertEquals(quote(skey), '"*****"');
  assertEquals(quote(`https://${skey}/`), '"https://*****/"');
  assertEquals(quote("d41d8cd98f00b204e9800998ecf8427e"), '"*****"');
  assertEquals(quote("api-1234abcd.duosecurity.com:443"), '"api-1234abcd.duosecurity.com:443"');
});

Deno.test("a message shows values of the file without what is hidden, before they are cut", () => {
  const hidden = new Hidden();
  const secret = "a long passphrase of plain words that a gateway and a proxy share";
  for (const text of [secret, "abc"]) hidden.add(text);
  const shown = (value: string): string => render(say`not ${quoted(value)}, 1 of ${2}`, hidden);
  assertEquals(shown(secret), 'not "*****", 1 of 2');
  assertEquals(shown(`port 1812 ${secret}`), 'not "port 1812 *****", 1 of 2');
  // What is too short to be looked for is masked where it is all there is.
  assertEquals(shown("ABC"), 'not "*****", 1 of 2');
  assertEquals(shown("abcd"), 'not "abcd", 1 of 2');
  assertEquals(shown(`${"x".repeat(960)}${secret}`), 'not "*****", 1 of 2');
});

Deno.test("a message shows names of the tables whatever is hidden, and other names looked through", () => {
  const hidden = new Hidden();
  hidden.add("radius");
  assertEquals(showName("radius_secret_protected_1234", hidden), "radius_secret_protected_1234");
  assertEquals(showName("radius_server_auto1234", hidden), "radius_server_auto1234");
  assertEquals(showName("myradius", hidden), "*****");
  assertEquals(showName("colour", hidden), "colour");
  assertEquals(showName("x ".repeat(40), hidden).length, 64);
  assertEquals(render(say`the value of ${named(skey)}`, hidden), "the value of *****");
});
