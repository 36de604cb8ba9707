// The vectors of docs/protocol.md, as one would type them: what the page shows at first.

import type { MakeForm } from './make.ts';
import type { ReadForm } from './read.ts';

const KEY = { secret: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8', serverId: 'gw.example.net', basePort: '745' };
const MAKE = { ...KEY, minutes: '30', host: 'gw.example.net' };

/** In the order of the page; the first one fills the form. */
export const EXAMPLES: readonly MakeForm[] = [
  { ...MAKE, address: '203.0.113.7', port: '22', duration: 'unlimited', nonce: '5', moment: '1800000000' },
  { ...MAKE, address: 'source', port: '443', duration: 'close', nonce: '15', moment: '1800000000' },
  { ...MAKE, address: '2001:db8::7', port: '51820', duration: 'minutes', nonce: '0', moment: '1800000029' },
];

/** What the other side has at first: the first of them, heard ten seconds later. */
export const READ_EXAMPLE: ReadForm = {
  ...KEY,
  source: '203.0.113.7',
  ports: '945 821 985 863 840 934 913 880',
  moment: '1800000010',
  allowed: '22 443 51820',
  trustSource: true,
  openForOther: false,
};
