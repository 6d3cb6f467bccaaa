/**
 * HTTP proxies between us and Duo.
 *
 * @module
 */

/** A proxy that answers each CONNECT with a status. */
export function refusingProxy(status: number): Disposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void (async () => {
    for await (const connection of listener) {
      void (async () => {
        try {
          await connection.read(new Uint8Array(4_096));
          await connection.write(new TextEncoder().encode(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`));
        } finally {
          connection.close();
        }
      })();
    }
  })();
  return { port: listener.addr.port, [Symbol.dispose]: () => listener.close() };
}

/** A proxy that opens every tunnel, and remembers where they led. */
export function tunnelProxy(): AsyncDisposable & { readonly port: number; readonly targets: Set<string> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const targets = new Set<string>();
  const running = new Set<Promise<void>>();
  const connections = new Set<Deno.Conn>();
  const relay = async (near: Deno.Conn): Promise<void> => {
    connections.add(near);
    const buffer = new Uint8Array(4_096);
    const count = await near.read(buffer) ?? 0;
    const target = /^CONNECT (\S+) /.exec(new TextDecoder().decode(buffer.subarray(0, count)))?.[1] ?? "";
    targets.add(target);
    const [hostname = "", port = ""] = target.split(":");
    const far = await Deno.connect({ hostname, port: Number(port) });
    connections.add(far);
    await near.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"));
    await Promise.allSettled([near.readable.pipeTo(far.writable), far.readable.pipeTo(near.writable)]);
  };
  const accepting = (async () => {
    for await (const connection of listener) {
      const work = relay(connection).catch(() => {}).finally(() => running.delete(work));
      running.add(work);
    }
  })();
  return {
    port: listener.addr.port,
    targets,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      for (const connection of connections) {
        try {
          connection.close();
        } catch { /* closed by its stream */ }
      }
      await Promise.all(running);
    },
  };
}
