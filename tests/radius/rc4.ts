/**
 * RC4: the encryption that the MPPE keys are for, so that the RFC's encrypted examples prove the keys.
 *
 * @module
 */

/** Encrypts or decrypts, which is the same. */
export function rc4(key: Uint8Array, data: Uint8Array): Uint8Array {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index);
  const at = (index: number): number => state[index & 0xff] ?? 0;
  const swap = (a: number, b: number): void => {
    [state[a & 0xff], state[b & 0xff]] = [at(b), at(a)];
  };
  for (let index = 0, other = 0; index < 256; index++) {
    other = (other + at(index) + (key[index % key.length] ?? 0)) & 0xff;
    swap(index, other);
  }
  let other = 0;
  return data.map((octet, position) => {
    const index = (position + 1) & 0xff;
    other = (other + at(index)) & 0xff;
    swap(index, other);
    return octet ^ at(at(index) + at(other));
  });
}
