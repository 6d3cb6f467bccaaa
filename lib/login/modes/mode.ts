/**
 * What makes one kind of server section differ from another: how it understands the password field, and which second factor it
 * asks for.
 *
 * A new mode is a file beside this one, and the section type of the configuration that builds it.
 *
 * @module
 */

import type { Choices } from "../../duo/api.ts";
import type { TypedFactor } from "../../duo/factor.ts";

/** One way to understand the field. Without a factor {@link Mode.next} decides. */
export interface Reading {
  /** The part for the first factor. */
  readonly password: string;
  readonly factor: TypedFactor | undefined;
}

/** What was typed can't be understood, so that it must not be sent to anybody: most likely it is a password. */
export interface Unrecognized {
  readonly kind: "unrecognized";
  /** For the user. */
  readonly text: string;
  /** For the event, where it differs from `text`. */
  readonly event?: string;
}

/** Ways to understand the field, to be tried in this order until the first factor is right; or none. */
export type Readings =
  | { readonly kind: "readings"; readonly readings: readonly [Reading, ...Reading[]] }
  | Unrecognized;

/** What is asked of a user who needs a second factor. */
export type Next =
  | { readonly kind: "factor"; readonly factor: TypedFactor }
  /** The user is asked to type something, which comes as the answer to a challenge. */
  | { readonly kind: "ask"; readonly text: string }
  /** The section may ask for nothing that the user has. */
  | { readonly kind: "none" };

/** How a person fills the field; for `duoproxy login`, which does so for an operator. */
export interface FieldForm {
  /** What is typed into it where no factor is named. */
  readonly holds: "password" | "factor";
  /** Whether it must hold a password also where nobody checks one. */
  readonly needsPassword: boolean;
  /** The field with a factor; undefined if it takes none. */
  join(password: string, factor: string): string | undefined;
}

/** How a server section understands its users, and what it asks of them. */
export interface Mode {
  /** The section's type without `radius_server_`, such as `duo_only`. */
  readonly name: string;
  readonly form: FieldForm;
  /** Whether an Accept tells the user's groups. */
  readonly tellsGroups: boolean;
  /** Understands the password field. `fromBrowser`: the gateway says that the login comes from one. */
  read(field: string, fromBrowser: boolean): Readings;
  /** What to ask of a user. `typed`: the factor that the field named, which is asked for whatever the user can choose from. */
  next(choices: Choices, typed: TypedFactor | undefined): Next;
  /** Understands the answer to what {@link Mode.next} asks; undefined if it never asks: then no request is such an answer. */
  readonly readAnswer: ((typed: string) => TypedFactor | Unrecognized) | undefined;
}
