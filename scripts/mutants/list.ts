/**
 * Bugs made by hand where a login is decided: each is one that somebody could make, and that a test has to notice.
 *
 * Long because it is one list.
 *
 * @module
 */

/** One bug. */
export interface Mutant {
  /** What is wrong with it, in words. */
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What has to notice it; by default the tests of a login. */
  readonly tests?: readonly string[];
}

const front: readonly string[] = ["tests/front/radius"];
const duo: readonly string[] = ["tests/duo"];

/** Names of one file's bugs, with the text that makes way for another. */
type Changes = readonly (readonly [name: string, find: string, replace: string])[];

function of(file: string, changes: Changes, tests?: readonly string[]): readonly Mutant[] {
  return changes.map(([name, find, replace]) => ({
    name,
    file,
    find,
    replace,
    ...(tests === undefined ? {} : { tests }),
  }));
}

/** Every bug, by file. */
export const mutants: readonly Mutant[] = [
  ...of("lib/login/login.ts", [
    [
      "exempt names are looked up after the field is read",
      "if (!section.primary.checksPassword) {",
      "if (section.primary.checksPassword) {",
    ],
    ["exempt names count without their case", "exemptUsernames.has(user)", "exemptUsernames.has(user.toLowerCase())"],
    [
      "an exempt user is not let in while nobody is asked",
      "if (section.exemptUsernames.has(user)) {",
      "if (section.exemptUsernames.has(user) && !section.primaryOnly()) {",
    ],
    [
      "the first factor of an exempt user is not checked",
      "  const first = await firstFactor(attempt, user, credentials);\n",
      "  if (section.exemptUsernames.has(user)) return attempt.accept({ reason: 'exempt', text: '' });\n" +
      "  const first = await firstFactor(attempt, user, credentials);\n",
    ],
    [
      "primary-only lets everybody in",
      'return attempt.section.failmode === "safe"',
      "return attempt.section.failmode !== undefined",
    ],
    ["unsigned requests teach marks", "if (signed) section.pending.learn(key);", "section.pending.learn(key);"],
    ["logins that were denied teach marks", "if (attempt.approved) section.pending", "section.pending"],
    ["logins that were approved teach no marks", "if (attempt.approved) section.pending.learn(key);", ""],
    [
      "join_repeats=off joins",
      'section.joinRepeats === "strict" ? section.pending.find(key) : undefined',
      "section.pending.find(key)",
    ],
    ["a join is not counted", "    section.joined();\n", ""],
    ["a join has no event", "    attempt.follow(underWay.leader);\n", ""],
    [
      "noise may ring by a typed auto",
      'if (first.factor?.kind === "auto" && automaticRefusal) return attempt.refuse(automaticRefusal);',
      "",
    ],
    [
      "noise may ring by the section's list",
      "if (typed === undefined && automaticRefusal) return attempt.refuse(automaticRefusal);",
      "",
    ],
    [
      "an unsigned request may not even name a factor",
      'if (first.factor?.kind === "auto" && automaticRefusal)',
      "if (automaticRefusal)",
    ],
    [
      "a login takes no slot",
      "section.slots.hold(peer.address, () => askDuo(attempt, user, first.factor))",
      "askDuo(attempt, user, first.factor)",
    ],
    [
      "slots are held by everybody together",
      "section.slots.hold(peer.address,",
      'section.slots.hold("",',
    ],
    [
      "a first factor that failed is tried again with the whole field",
      'if (result.kind === "failed" || index',
      "if (index",
    ],
    [
      "only the first reading of the field is tried",
      'result.kind === "failed" || index === typed.readings.length - 1',
      'result.kind !== "accepted"',
    ],
    [
      "the answer to a challenge is good from any gateway",
      "section.challenges.open(state, { user, gateway: peer.address })",
      "[`${peer.address}`, '192.0.2.1', '192.0.2.2'].some((gateway) => section.challenges.open(state, { user, gateway }))",
    ],
    [
      "a bug leaves no event",
      '    attempt.reject({ stage: "Unknown", status: "Error", reason: "internal-error", text: "Internal error" });\n',
      "",
    ],
    [
      "preauth is not told where the user is",
      "section.duo.preauth(user, clientIp.ipv4,",
      "section.duo.preauth(user, undefined,",
    ],
    [
      "auth is not told where the user is",
      "{ user, factor, ip: clientIp.ipv4, choices }",
      "{ user, factor, ip: undefined, choices }",
    ],
    ["the version of auth's answer is not noted", "    attempt.answered(result);\n", ""],
    ["the version of preauth's answer is not noted", "  attempt.answered(preauth);\n", ""],
    [
      "api_timeout does not bound the second factor",
      "const limits = attempt.authLimits;",
      "const limits = attempt.limits;",
    ],
    ["the transaction of a failed push is not told", "attempt.txid = result.txid ?? null;", ""],
  ]),
  ...of("lib/login/attempt.ts", [
    [
      "a login's time begins when it is looked at",
      "return { deadline: this.request.receivedAt + loginTimeout, signal };",
      "return { deadline: this.section.clock.now() + loginTimeout, signal };",
    ],
    ["the first factor may use up the time of the second", "loginTimeout / 2", "loginTimeout"],
    ["api_timeout lengthens a login", "Math.min(limits.deadline,", "Math.max(limits.deadline,"],
    ["every mode tells groups", "this.section.mode.tellsGroups ?", "this.section.mode.name !== '' ?"],
    ["auth's groups alone are told", "result.groups.length > 0 ? result.groups : groups", "result.groups"],
    ["a text that was sent looks like a refusal", 'const sms = this.factor.startsWith("sms");', "const sms = false;"],
    ["a repeat's event doesn't say that it joined", "joined: true,", "joined: false,"],
    ["a repeat's event has the first one's signature", "      signed: this.request.signed,\n", ""],
    ["failmode's rejects are told as errors", 'decidedBy === null ? "Error" : "Reject"', '"Error"'],
    [
      "lines about wrong keys are mere warnings",
      "failure.status === 401 || failure.status === 403",
      "failure.status === 402",
    ],
    ["lines about Duo are not limited", "this.section.lineLimits.take(failure.kind)", "0"],
    [
      "Duo's words come as they are",
      'return { kind: "reject", text: plainText(outcome.text) };',
      'return { kind: "reject", text: outcome.text };',
    ],
    ["events have Duo's words as they are", "msg: plainText(event ?? text)", "msg: event ?? text"],
    ["a challenge is sealed for nobody's gateway", "gateway: this.request.peer.address });", "gateway: '' });"],
  ]),
  ...of("lib/login/joining.ts", [
    ["everything joins", "return key && this.#tellsApart(key) ?", "return key ?"],
    [
      "the last of two equal logins is the one to join",
      "if (!this.#joinable.has(fingerprint)) this.#joinable",
      "this.#joinable",
    ],
    [
      "the end of one of two equal logins ends joining the other",
      "if (this.#joinable.get(fingerprint) === joinable) this.#joinable",
      "this.#joinable",
    ],
    ["a port of two logins tells them apart", "this.#ports.get(port) === 1", "this.#ports.get(port) !== 0"],
    ["a port that a gateway never changes tells its sessions apart", " && this.#memory.varies(marks.port)", ""],
    ["a name of a session is not believed", "marks.named || ", ""],
    ["Acct-Session-Id is not believed", "this.#memory.varies(marks.session) || ", ""],
    ["NAS-Port-Id is not believed", " || this.#memory.varies(marks.portId)", ""],
    ["a port is counted for ever", "if (left === 0) this.#ports.delete(port);\n    else ", ""],
    ["a login stays joinable after its end", "if (key) this.#leave(key, joinable);", ""],
  ]),
  ...of("lib/login/mark_memory.ts", [
    [
      "one value makes a mark",
      "known === undefined || known === value ? value : true",
      "known === undefined ? value : true",
    ],
    [
      "what was learned is unlearned by a constant",
      "known === undefined || known === value ? value : true",
      "known === undefined || known === value || known === true ? value : true",
    ],
    ["the memory forgets who is taught at the moment", "    this.#seen.delete(source);\n", ""],
    ["ports teach nothing", "[session, portId, port]", "[session, portId]"],
  ]),
  ...of("lib/login/failmode.ts", [
    [
      "failmode judges any failure",
      'if (failure.kind !== "outage") return rejectFailure(failure);\n  const { untrusted } = failure;',
      'const untrusted = failure.kind === "outage" && failure.untrusted;',
    ],
    ["secure's reject has no failmode", 'decidedBy: "secure"', "decidedBy: null"],
    ["a certificate that is not trusted looks like silence", 'untrusted ? "duo-untrusted" : "failmode"', '"failmode"'],
    ["too many requests look like wrong keys", "failure.status === 429", "failure.status === 430"],
    [
      "the end of a login's time looks like an outage",
      'if (failure.cause === "timeout") return { reason: "timeout", text: "Login timed out" };',
      "",
    ],
    [
      "a delay of ours looks like an error of Duo's",
      'case "delayed":\n    case "overloaded":\n      return { reason: "overloaded"',
      'case "delayed":\n    case "overloaded":\n      return { reason: "duo-error"',
    ],
  ]),
  ...of("lib/login/push_limit.ts", [
    ["an end is forgotten after four minutes", "const memory = 5 * 60_000;", "const memory = 4 * 60_000;"],
    ["an end counts a moment too long", "filter((at) => at > oldest)", "filter((at) => at >= oldest)"],
    [
      "one more than the limit rings at once",
      "count.ended.length + count.pending >= limit",
      "count.ended.length + count.pending > limit",
    ],
    [
      "one more than the limit rings after as many ends",
      "if (count.ended.length >= limit)",
      "if (count.ended.length > limit)",
    ],
    ["pending pushes are not counted", "count.ended.length + count.pending >= limit", "count.ended.length >= limit"],
    ["ends are not counted", 'if (end === "unapproved") count.ended.push(this.#clock.now());', ""],
    ["a push that breaks counts for nothing", 'let end: PushEnd = "unapproved";', 'let end: PushEnd = "none";'],
    ["an approval forgives nothing", 'if (end === "approved") count.ended = [];', ""],
    [
      "an end that counts for nothing refuses those that wait",
      'else if (end === "unapproved") decide("limit");',
      'else decide("limit");',
    ],
    ["those that wait are not refused by an end", 'else if (end === "unapproved") decide("limit");', ""],
    ["any number of requests wait", "if (count.waiting.size >= maxWaiting)", "if (count.waiting.size < 0)"],
    ["a login that is given up waits on", 'signal.addEventListener("abort", onAbort, { once: true });', ""],
    ["a login that was given up begins to wait", 'if (signal.aborted) return Promise.resolve("aborted");', ""],
    ["a wait's timer goes on after it", "          cancel();\n", ""],
    ["a wait never ends", '() => waiter.decide("timeout")', "() => {}"],
    ["the place of a push is not given back", "      count.pending--;\n", ""],
    [
      "any number of counts is remembered",
      "const tooMany = this.#counts.size > this.#maxCounts;",
      "const tooMany = false;",
    ],
    ["a count with pushes under way is forgotten", "if (other !== key && isIdle(old))", "if (other !== key)"],
  ]),
  ...of("lib/login/ring.ts", [
    ["texts have the limit of pushes", "const smsPerPush = 2;", "const smsPerPush = 1;"],
    [
      "texts count as pushes",
      "{ key: texting(phone), limit: limit * smsPerPush }",
      "{ key: ringing(phone), limit: limit * smsPerPush }",
    ],
    ["spellings of a name are different users", 'plainName(user ?? "")', "user"],
    ["a request that Duo refused counts as a push", "result.txid === undefined ?", "result.txid === '' ?"],
    ["a push that Duo then refused counts for nothing", ' && result.txid === undefined ? "none"', ' ? "none"'],
    ["an approval does not clear texts", "[ringing(phone), texting(phone)]", "[ringing(phone)]"],
    [
      "an approval clears the phone that rang alone",
      "pushes.approved(phones.flatMap(",
      "pushes.approved(phones.slice(0, 1).flatMap(",
    ],
    ["an automatic call counts for nothing", ' || capabilities.includes("phone")', ""],
    ["applications share their counts by device", "`${ikey} device ${device}`", "`device ${device}`"],
    ["applications share their counts by user", "`${ikey} user ${", "`user ${"],
    ["push_limit=0 lets nobody ring", "if (pushLimit === 0) return await ask();", ""],
    [
      "passcodes are counted",
      'if (factor.kind === "passcode") return -1;\n  if (choices.version === 1) return 0;',
      'if (choices.version === 1) return 0;\n  if (factor.kind === "passcode") return -1;',
    ],
  ]),
  ...of("lib/login/slots.ts", [
    ["the reserve is four slots at least", "const leastReserve = 8;", "const leastReserve = 4;"],
    ["sixteen slots have a reserve", "limit <= 2 * leastReserve", "limit < 2 * leastReserve"],
    ["the reserve is rounded down", "Math.ceil(limit / 10)", "Math.floor(limit / 10)"],
    ["there is no reserve", "return limit <= 2 * leastReserve ? 0 :", "return limit > 0 ? 0 :"],
    ["who holds just half of the slots gets none of the last", "held > this.#taken / 2", "held >= this.#taken / 2"],
    ["the reserve is one slot smaller", "free <= this.reserve", "free < this.reserve"],
    [
      "the wider holder has no say",
      'if (this.#within && this.#within.#take(gateway) !== undefined) return "process";',
      "",
    ],
    ["the wider holder gets nothing back", "if (this.#within) this.#within.#giveBack(gateway);", ""],
    ["a holder is never forgotten", "if (left === 0) this.#holders.delete(gateway);\n    else ", ""],
    ["one slot more is given than there are", 'if (free <= 0) return "section";', 'if (free < 0) return "section";'],
  ]),
  ...of("lib/login/overload.ts", [
    ["a line a login is written", "    if (now < this.#quietUntil) {", "    if (now < -1) {"],
    ["a line comes a moment late", "if (now < this.#quietUntil)", "if (now <= this.#quietUntil)"],
    ["a line comes every 50 s", "const interval = 60_000;", "const interval = 50_000;"],
    ["what was not said is counted for ever", "    this.#unsaid = 0;\n    this.#say", "    this.#say"],
    ["what was not said is not counted", "      this.#unsaid++;\n", ""],
    ["lines stop after the first", "this.#quietUntil = now + interval;", "this.#quietUntil = Infinity;"],
  ]),
  ...of("lib/login/line_limits.ts", [
    ["eleven lines a minute", "const linesAMinute = 10;", "const linesAMinute = 11;"],
    ["a minute never ends", "|| now - count.begun >= minute", ""],
    ["what was left out is told twice", "    this.#leftOut.delete(about);\n", ""],
    ["all that is said has one count", "this.#counts.get(about)", 'this.#counts.get("")'],
  ]),
  ...of("lib/login/challenge_state.ts", [
    ["a State is good for ten minutes", "const lifetime = 300_000;", "const lifetime = 600_000;"],
    [
      "a State is good at the moment of its end",
      "return expiry > clock.wallNow() &&",
      "return expiry >= clock.wallNow() &&",
    ],
    ["a State never expires", "return expiry > clock.wallNow() &&", "return"],
    ["a State is good any number of times", ' && answered.add(plain.toString("hex", 5, 13), expiry)', ""],
    ["an answer is forgotten when the date jumps", " || keep > this.#clock.now()", ""],
    ["an answer is forgotten by the process's clock alone", "expiry > this.#clock.wallNow() || keep", "keep"],
    ["a State is good in any section of its keys", "[section, primary, user, gateway]", "[primary, user, gateway]"],
    ["a State is good for another first factor", "[section, primary, user, gateway]", "[section, user, gateway]"],
    ["a State is good for any user", "[section, primary, user, gateway]", "[section, primary, gateway]"],
    ["a State is good at any gateway", "[section, primary, user, gateway]", "[section, primary, user]"],
    ["user and gateway run into one another", "`${Buffer.byteLength(part)}:${part}`", "part"],
    ["the memory of answers is unbounded", " || this.#nonces.size >= this.#max", ""],
  ]),
  ...of("lib/login/modes/split_field.ts", [
    [
      "a field of just the password's length is split",
      "characters.length <= delimitedPasswordLength",
      "characters.length < delimitedPasswordLength",
    ],
    [
      "a password's length is counted in UTF-16",
      "const characters = [...field];",
      'const characters = field.split("");',
    ],
    [
      "the delimiter behind a password of known length is not taken off",
      "rest.startsWith(delimiter) ?",
      "rest === delimiter ?",
    ],
    [
      "a password of known length needs the delimiter",
      "rest.startsWith(delimiter) ? rest.slice(delimiter.length) : rest",
      "rest.startsWith(delimiter) ? rest.slice(delimiter.length) : 'none'",
    ],
    ["the first delimiter counts", "field.lastIndexOf(delimiter)", "field.indexOf(delimiter)"],
  ]),
  ...of("lib/login/modes/auto.ts", [
    [
      "allow_concat=false splits",
      "options.allowConcat ? splitFactor(field, options) : undefined",
      "splitFactor(field, options)",
    ],
    ["an answer may ask for an automatic factor", 'factor && factor.kind !== "auto" ?', "factor ?"],
    ["the list's last usable factor is asked for", "factors.find(", "factors.findLast("],
    ["a State is read where nothing is ever asked", 'factors.includes("passcode") ?', "factors.length > 0 ?"],
  ]),
  ...of("lib/login/modes/concat.ts", [
    ["nothing behind the password is an automatic factor", ' && trimBlanks(split.appended) !== ""', ""],
    ["no password is needed before the factor", 'split && split.password !== "" &&', "split &&"],
  ]),
  ...of("lib/login/modes/duo_only.ts", [
    ["text from a browser asks for nothing", ' || (setting === "browser" && fromBrowser)', ""],
    ["unmatched_text=browser asks everywhere", 'setting === "browser" && fromBrowser', 'setting === "browser"'],
    ["nothing behind a comma is an automatic factor", 'trimBlanks(appended) === "" ? undefined : ', ""],
  ]),
  ...of("lib/front/radius/credentials.ts", [
    ["noise may hold control characters", "(signed || !holdsControl(password))", "true"],
    [
      "control characters are refused in signed requests",
      "signed || !holdsControl(password)",
      "!holdsControl(password)",
    ],
    [
      "unsigned noise of any encoding may ring",
      'if (signed || passwordEncoding === "utf-8") return undefined;',
      "if (passwordEncoding !== '') return undefined;",
    ],
    [
      "a signed request may not ring under a one-byte encoding",
      'signed || passwordEncoding === "utf-8"',
      'passwordEncoding === "utf-8"',
    ],
    ["names may hold format characters", "holdsInvisible(name)", "holdsControl(name)"],
    ["names may hold what somebody could not decode", ' || name.includes("\\ufffd")', ""],
    ["names keep the blanks around them", "const trimmed = trimBlanks(name);", "const trimmed = name;"],
    ["what is no text is taken for some", "fatal: true", "fatal: false"],
    ["a byte order mark disappears", "ignoreBOM: true", "ignoreBOM: false"],
    ["EAP's failure is for another request", "Uint8Array.of(4, request[1] ?? 0, 0, 4)", "Uint8Array.of(4, 0, 0, 4)"],
    [
      "the State of an answer is lost",
      "const state = getAttribute(packet, attributeType.state);",
      "const state = undefined;",
    ],
  ], front),
  ...of("lib/front/radius/login_key.ts", [
    ["another password is the same login", "hash.update(`${password.length}:`).update(password);", ""],
    ["another section is the same login", "[section, source.address]", "[source.address]"],
    ["another gateway is the same login", "[section, source.address]", "[section]"],
    ["attributes do not count", "if (!notCompared.has(type))", "if (type < 0)"],
    ["a repeat's Event-Timestamp counts", "  attributeType.eventTimestamp,\n", ""],
    ["port 0 is a port", "port === 0 ? undefined :", "port < 0 ? undefined :"],
  ]),
  ...of("lib/duo/availability.ts", [
    [
      "a shortage of ours is Duo's outage",
      "code !== undefined && ourShortage.has(code)",
      "code !== undefined && code === ''",
    ],
    ["no more descriptors is no shortage", '  "EMFILE",\n', ""],
  ], duo),
];
