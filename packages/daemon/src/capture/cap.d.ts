// The part of cap 0.2.1 that open-pcap.ts uses; the package has no typings.
declare module 'cap' {
  import type { EventEmitter } from 'node:events';

  class Cap extends EventEmitter {
    /** Keeps a bare pointer to `buffer`: hold a reference as long as it captures. Returns the link type. */
    open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
    close(): void;
  }
  const cap: { readonly Cap: typeof Cap };
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export default cap;
}
