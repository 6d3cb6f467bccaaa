/**
 * The part of `@duosecurity/duo_api` that the tests use; the package has no types of its own.
 *
 * @module
 */

/** A client for one host and one pair of keys. */
export class Client {
  constructor(ikey: string, skey: string, host: string, signatureVersion?: number);
  /** Calls the API and hands the parsed reply to `callback`. */
  jsonApiCall(
    method: string,
    path: string,
    params: Readonly<Record<string, string>>,
    callback: (reply: Record<string, unknown>) => void,
  ): void;
}
export const SIGNATURE_VERSION_2: number;
export const SIGNATURE_VERSION_5: number;
