// The floor of the cost of a packet: a process that captures what may be a knock, as knockdaemon does, and does nothing about it.
// Usage: node bare-capture.js DEVICE; ends on SIGTERM, and prints how many packets it was shown.

import { createRequire } from 'node:module';

interface Cap {
  on(event: 'packet', listener: () => void): void;
  close(): void;
  open(device: string, filter: string, ringBytes: number, buffer: Buffer): string;
}

const { Cap } = createRequire(import.meta.url)('cap') as { readonly Cap: new () => Cap };
const FILTER =
  '(ip and tcp and dst portrange 745-1000 and tcp[13] & 23 == 2) or (ip and udp and dst portrange 745-1000)';
const RING_BYTES = 12 * 1024 * 1024;

const capture = new Cap();
const buffer = Buffer.alloc(2048);
let shown = 0;
capture.on('packet', () => {
  shown++;
});
console.log(capture.open(process.argv[2] as string, FILTER, RING_BYTES, buffer));
process.on('SIGTERM', () => {
  // cap keeps a bare pointer to the buffer: as long as this function lives, so do both.
  capture.close();
  console.log(`shown ${shown}, of ${buffer.length} bytes at most`);
  process.exit(0);
});
