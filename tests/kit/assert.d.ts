/** Types of the assertions in `deno-std/assert/mod.js`, as far as the tests use them. `message` replaces the default text. */

/** A class whose instances are looked for; abstract ones too. */
export type Constructor<T> = abstract new (...args: never[]) => T;

/** What a failed assertion throws. */
export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions);
}

/** Expects a truthy value. */
export function assert(condition: unknown, message?: string): asserts condition;
/** Expects a falsy value. */
export function assertFalse(condition: unknown, message?: string): void;
/** Expects deep equality: byte arrays, maps, sets and dates by content. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void;
/** Expects that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
/** Expects identity, as `Object.is` sees it. */
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
/** Expects two different objects or values, as `Object.is` sees it. */
export function assertNotStrictEquals<T>(actual: T, expected: T, message?: string): void;
/** Expects two numbers within `tolerance`. */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, message?: string): void;
/** Expects `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void;
/** Expects `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void;
/** Expects `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, message?: string): void;
/** Expects `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void;
/** Expects neither null nor undefined. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T>;
/** Expects an instance of the class. */
export function assertInstanceOf<T>(actual: unknown, type: Constructor<T>, message?: string): asserts actual is T;
/** Expects an error of the class whose message contains the text or matches the expression. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  type?: Constructor<E>,
  messageMatches?: string | RegExp,
  message?: string,
): asserts error is E;
/** Expects text that matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void;
/** Expects text that does not match. */
export function assertNotMatch(actual: string, expected: RegExp, message?: string): void;
/** Expects text that contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void;
/** Expects that each of `expected` is deeply equal to something in `actual`. */
export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, message?: string): void;
/** Expects that the object holds at least what `expected` holds. */
export function assertObjectMatch(actual: object, expected: object, message?: string): void;
/** Expects a throw; with a class and text also what is thrown. Gives the error back. */
export function assertThrows(call: () => unknown, message?: string): unknown;
export function assertThrows<E extends Error = Error>(
  call: () => unknown,
  type: Constructor<E>,
  messageIncludes?: string,
  message?: string,
): E;
/** Expects a rejected promise; with a class and text also with what. Gives the error back. */
export function assertRejects(call: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  call: () => PromiseLike<unknown>,
  type: Constructor<E>,
  messageIncludes?: string,
  message?: string,
): Promise<E>;
/** Deep equality as {@link assertEquals} judges it. */
export function equal(left: unknown, right: unknown): boolean;
/** Fails always. */
export function fail(message?: string): never;
/** Fails always: for branches that must not be reached. */
export function unreachable(reason?: string): never;
