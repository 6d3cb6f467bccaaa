/**
 * Bugs that the program once had, or nearly had: each is a small change to its text, which a simulated world has to find.
 *
 * @module
 */

/** A bug that can be planted. */
export interface Bug {
  readonly name: string;
  /** The file that it is planted in. */
  readonly file: string;
  readonly edits: readonly Edit[];
}

/** A change to a text. */
export interface Edit {
  /** Stands in the file exactly once, so that a bug can't silently come to nothing when the program changes. */
  readonly find: string;
  readonly replace: string;
}

/** All of them. */
export const bugs: readonly Bug[] = [
  {
    name: "a request joins a login under way without a mark of its session",
    file: "lib/login/joining.ts",
    edits: [{
      find: "return key && this.#tellsApart(key) ?",
      replace: "return key ?",
    }],
  },
  {
    name: "a constant counts as the mark of a session",
    file: "lib/login/mark_memory.ts",
    edits: [{
      find: "mark !== undefined && this.#seen.get(mark.source) === true",
      replace: "mark !== undefined",
    }],
  },
  {
    name: "replays are not remembered",
    file: "lib/radius/replays.ts",
    edits: [{
      find: "if (same && !this.#reusing.has(gateway))",
      replace: "if (same && !this.#reusing.has(gateway) && receivedAt < 0)",
    }],
  },
  {
    name: "a thief rides at a gateway with one Request Authenticator for everything",
    file: "lib/radius/replays.ts",
    edits: [{
      find: "return reusing ? `${fingerprint} ${identifier}` : fingerprint;",
      replace: "return fingerprint;",
    }, {
      find: "login !== undefined && (login.identifier === identifier || !reusing)",
      replace: "login !== undefined",
    }],
  },
  {
    name: "duplicates are known without their Request Authenticator",
    file: "lib/radius/duplicates.ts",
    edits: [{
      find: "return this.#entries.get(key)?.get(fingerprint);",
      replace: "return this.#entries.get(key)?.get(fingerprint) ?? [...this.#entries.get(key)?.values() ?? []][0];",
    }],
  },
  {
    name: "a forged datagram silences a late answer",
    file: "lib/radius/duplicates.ts",
    edits: [{
      find: "if (authentic) this.#supersede(key);",
      replace: "this.#supersede(key);",
    }],
  },
  {
    name: "failmode is asked with one witness",
    file: "lib/duo/preauth.ts",
    edits: [{
      find: 'if (pair?.kind === "failed") return memory.witnessed(user, since, first, pair.witness);',
      replace: "if (pair !== undefined) return memory.witnessed(user, since, first, first);",
    }],
  },
  {
    name: "failmode acts at auth",
    file: "lib/login/login.ts",
    edits: [{
      find: "return attempt.failDuo(rejectFailure(result), result);",
      replace: "return attempt.failDuo(\n" +
        '      result.kind === "unavailable"\n' +
        '        ? decideFailure(section.failmode, { kind: "outage", first: "", second: "", lasting: 0, untrusted: false })\n' +
        "        : rejectFailure(result),\n      result,\n    );",
    }],
  },
  {
    name: "a slot is not given back",
    file: "lib/login/slots.ts",
    edits: [{
      find: "    } finally {\n      this.#giveBack(gateway);\n    }",
      replace: "    } finally {\n      if (this.#taken > 1) this.#giveBack(gateway);\n    }",
    }],
  },
  {
    name: "the push limit counts no pending pushes",
    file: "lib/login/push_limit.ts",
    edits: [{
      find: "if (count.ended.length + count.pending >= limit) return undefined;",
      replace: "",
    }],
  },
  {
    name: "unsigned noise starts an automatic push",
    file: "lib/front/radius/credentials.ts",
    edits: [{
      find: 'if (signed || passwordEncoding === "utf-8") return undefined;',
      replace: "if (signed || passwordEncoding !== undefined) return undefined;",
    }],
  },
  {
    name: "a challenge can be answered twice",
    file: "lib/login/challenge_state.ts",
    edits: [{
      find: 'expiry > clock.wallNow() && answered.add(plain.toString("hex", 5, 13), expiry)',
      replace: 'expiry > clock.wallNow() && (answered.add(plain.toString("hex", 5, 13), expiry) || true)',
    }],
  },
  {
    name: "auth is sent again over a new connection",
    file: "lib/duo/connection.ts",
    edits: [{
      find: 'return call.resend === "repeat" && limits.fresh !== true;',
      replace: "return limits.fresh !== true;",
    }],
  },
  {
    name: "an invisible mark before an exempt name is taken off",
    file: "lib/front/radius/credentials.ts",
    edits: [{
      find: '  if (name === undefined || holdsInvisible(name) || name.includes("\\ufffd")) return undefined;\n' +
        "  const trimmed = trimBlanks(name);",
      replace:
        '  if (name === undefined) return undefined;\n  const trimmed = trimBlanks(name.replace(/^\\ufeff/, ""));',
    }],
  },
  {
    name: "the year at the end of a password goes to Duo as a passcode",
    file: "lib/duo/factor.ts",
    edits: [{
      find: "return parseFactor(typed, 6);",
      replace: "return parseFactor(typed, 4);",
    }],
  },
  {
    name: "a passcode stands in the debug log",
    file: "lib/duo/connection.ts",
    edits: [{
      find: 'return ` ${name}=${secret ? "*****" : value}`;',
      replace: 'return ` ${name}=${secret && name === "" ? "*****" : value}`;',
    }],
  },
];
