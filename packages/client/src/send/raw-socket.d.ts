// The part of raw-socket 1.8.1 that raw.ts uses. It has no typings.
declare module 'raw-socket' {
  import type { EventEmitter } from 'node:events';

  interface Socket extends EventEmitter {
    /** Calls back once, with an error whose message is the system's text, or null. */
    send(
      buffer: Buffer,
      offset: number,
      length: number,
      address: string,
      callback: (error: Error | null) => void,
    ): void;
    close(): void;
  }

  const rawSocket: {
    readonly AddressFamily: { readonly IPv4: number; readonly IPv6: number };
    /** @throws Error with the system's text */
    createSocket(options: { readonly protocol: number; readonly addressFamily: number }): Socket;
  };
  // biome-ignore lint/style/noDefaultExport: this is how a CommonJS package is seen from here
  export default rawSocket;
}
