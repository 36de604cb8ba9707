// Forms of the knock lab as they are typed, and the vectors of the protocol.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MakeForm } from '#knock-lab/make.js';
import type { ReadForm } from '#knock-lab/read.js';
import { ROOT } from '../lab/page-commands.ts';

/** test/vectors/eight-knock-v1.json, as far as the lab shows it. */
export interface Vectors {
  readonly secretText: string;
  readonly serverId: string;
  readonly basePort: number;
  readonly vectors: readonly {
    readonly unixSeconds: number;
    readonly window: number;
    readonly windowKey: string;
    readonly request: { readonly address: string; readonly port: number; readonly time: number };
    readonly nonce: number;
    readonly block: string;
    readonly cipher: string;
    readonly ports: readonly number[];
  }[];
}

export const KNOCK = JSON.parse(readFileSync(join(ROOT, 'test/vectors/eight-knock-v1.json'), 'utf8')) as Vectors;

const KEY = { secret: KNOCK.secretText, serverId: KNOCK.serverId, basePort: `${KNOCK.basePort}` };

/** The sender's side, with nothing wrong in it. */
export function makeForm(changes: Partial<MakeForm> = {}): MakeForm {
  const request = { address: '203.0.113.7', port: '22', duration: 'unlimited', minutes: '30', nonce: '5' } as const;
  return { ...KEY, ...request, moment: '1800000000', host: 'gw.example.net', ...changes };
}

/** The receiver's side: the first vector. */
export function readForm(changes: Partial<ReadForm> = {}): ReadForm {
  const knocks = { source: '203.0.113.7', ports: '945 821 985 863 840 934 913 880', moment: '1800000000' };
  return { ...KEY, ...knocks, allowed: '22', trustSource: true, openForOther: false, ...changes };
}
