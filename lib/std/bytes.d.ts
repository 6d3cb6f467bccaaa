/** Types of `@std/bytes` 1, as far as they are used here, with the parameters' names and types of the package. */

/** The octets of all the arrays, one after the other. */
export function concat(buffers: Iterable<Uint8Array>): Uint8Array<ArrayBuffer>;
