/**
 * What becomes of an Access-Request.
 *
 * @module
 */

import type { Attribute } from "./attributes.ts";

/** What a request is to be answered, free of everything that depends on the packet it answers. There is no silence among them. */
export interface Response {
  readonly kind: "accept" | "reject" | "challenge";
  /** Text for the user: Reply-Message, split as needed. */
  readonly message?: string;
  /** Further attributes, in this order. Message-Authenticator and Proxy-State are the server's business. */
  readonly attributes?: readonly Attribute[];
}
