/**
 * The names of a user's groups in a reply of Duo's.
 *
 * No document promises the field, so whatever shape it may have is read: names, or objects that hold one.
 *
 * @module
 */

import * as v from "valibot";
import { listField } from "./common.ts";

/** The field `groups` of a reply; anything unexpected in it counts as absent. */
export const groupsField: v.GenericSchema<unknown, readonly string[]> = listField(
  v.union([v.string(), v.pipe(v.object({ name: v.string() }), v.transform(({ name }) => name))]),
);
