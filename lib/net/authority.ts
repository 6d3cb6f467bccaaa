/**
 * Hosts and ports as text.
 *
 * @module
 */

/** `host:port` as it stands in a URL: an IPv6 address in brackets (RFC 3986, 3.2). */
export function authority({ hostname, port }: { readonly hostname: string; readonly port: number }): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
