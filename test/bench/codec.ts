// How fast the codec is beside the calls of the ciphers that it cannot do without: HKDF of @noble/hashes, the key schedule and one
// block of blowfish-node to encode; one block for each key, one key after the other, to look for the client of a sequence.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import {
  createBlockCipher,
  type DecoderClient,
  deriveWindowKey,
  encodeSequence,
  parseSource,
  SequenceDecoder,
} from '@eightknock/codec';
import { experiment } from './experiment.ts';
import { atMost, type Findings } from './report/findings.ts';
import { count, microseconds, times } from './report/format.ts';
import { manyClients } from './rig/daemons.ts';
import { rounded } from './statistics.ts';

/** Microseconds of one operation, and of the bare calls in it. */
interface Row {
  readonly work: string;
  readonly bare: string;
  readonly microseconds: number;
  readonly bareMicroseconds: number;
}

/** What is kept. */
export interface Codec {
  readonly rows: readonly Row[];
}

const MOST = 1.5;
const SERVER_ID = 'gw.example.net';
const NOW = 1_800_000_000;
const WINDOWS = 3;

/** The libraries as they come, without a line of ours. */
interface Libraries {
  readonly hkdf: (hash: unknown, secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number) => Uint8Array;
  readonly sha256: unknown;
  readonly Blowfish: new (key: Uint8Array, mode: number, padding: number) => { encode(data: Uint8Array): Uint8Array };
}

/** See the head of this file. */
export const codec = experiment<Codec>({
  name: 'codec',
  title: 'the codec beside the ciphers that it calls',
  async measure(extent) {
    const milliseconds = extent === 'short' ? 50 : 2000;
    const libraries = await loadLibraries();
    return { rows: [encoding, deriving, decodingOf(1), decodingOf(1000)].map((of) => of(libraries, milliseconds)) };
  },
  findings,
});

/** From where the codec finds them. */
async function loadLibraries(): Promise<Libraries> {
  const { resolve } = createRequire(import.meta.resolve('@eightknock/codec'));
  const load = async (name: string) => import(pathToFileURL(resolve(name)).href);
  const [{ hkdf }, { sha256 }, { default: Blowfish }] = await Promise.all(
    ['@noble/hashes/hkdf.js', '@noble/hashes/sha2.js', 'blowfish-node'].map(load),
  );
  return { hkdf, sha256, Blowfish };
}

type Measure = (libraries: Libraries, milliseconds: number) => Row;

const encoding: Measure = ({ hkdf, sha256, Blowfish }, milliseconds) => {
  const key = { secret: new Uint8Array(32).fill(7), serverId: SERVER_ID };
  const request = { address: '203.0.113.7', port: 22, time: 0 };
  const [salt, block] = [Buffer.from(SERVER_ID), new Uint8Array(8).fill(9)];
  const info = new Uint8Array(21);
  const bareOnce = (i: number) => {
    info[20] = i & 255;
    return new Blowfish(hkdf(sha256, key.secret, salt, info, 32), 0, 3).encode(block);
  };
  const own = (i: number) => encodeSequence(key, request, NOW + i, i & 15);
  return rowOf('encode a request', 'HKDF, key schedule, one block', own, bareOnce, milliseconds);
};

const deriving: Measure = ({ hkdf, sha256 }, milliseconds) => {
  const secret = new Uint8Array(32).fill(7);
  const [salt, info] = [Buffer.from(SERVER_ID), new Uint8Array(21)];
  const bareOnce = (i: number) => {
    info[20] = i & 255;
    return hkdf(sha256, secret, salt, info, 32);
  };
  return rowOf('derive a window key', 'HKDF', (i) => deriveWindowKey(secret, SERVER_ID, i), bareOnce, milliseconds);
};

function decodingOf(clientCount: number): Measure {
  return (_, milliseconds) => {
    const ports = new Set([22]);
    const clients = manyClients(clientCount).map(({ name, secret }): DecoderClient => {
      return { name, secret, trustSource: true, openForOther: false, ports };
    });
    const decoder = new SequenceDecoder(SERVER_ID, clients);
    while (decoder.deriveAhead(NOW, 1000) > 0);
    // As many schedules as the decoder walks over: they do not all fit in a processor's cache.
    const ciphers = clients.flatMap(({ secret }) =>
      Array.from({ length: WINDOWS }, (_, i) => createBlockCipher(deriveWindowKey(secret, SERVER_ID, i))),
    );
    const into = new Int32Array(2);
    const source = parseSource('198.51.100.7');
    const knocks = [745, 746, 747, 748, 749, 750, 751, 752];
    const own = (i: number) => {
      knocks[0] = 745 + (i & 255);
      return decoder.decode(knocks, source, NOW);
    };
    const bareOnce = (i: number) => {
      for (const cipher of ciphers) cipher.decryptHalves(i, 1, into);
    };
    const blocks = `${count(ciphers.length)} blocks`;
    const work = `look for the client of a sequence among ${count(clientCount)}`;
    return rowOf(work, blocks, own, bareOnce, milliseconds);
  };
}

function rowOf(
  work: string,
  bare: string,
  own: (i: number) => unknown,
  bareOnce: (i: number) => unknown,
  milliseconds: number,
): Row {
  // In turns, so that a busy machine is busy for both; the fastest turn is the one that was disturbed least.
  let [best, bestBare] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let turn = 0; turn < 5; turn++) {
    best = Math.min(best, microsecondsOf(own, milliseconds / 5));
    bestBare = Math.min(bestBare, microsecondsOf(bareOnce, milliseconds / 5));
  }
  return { work, bare, microseconds: rounded(best), bareMicroseconds: rounded(bestBare) };
}

function microsecondsOf(work: (i: number) => unknown, milliseconds: number): number {
  const start = performance.now();
  let done = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    for (let i = 0; i < 20; i++) work(done++);
    elapsed = performance.now() - start;
  }
  return (elapsed * 1000) / done;
}

function findings({ rows }: Codec): Findings {
  const ratio = (row: Row) => row.microseconds / row.bareMicroseconds;
  return {
    targets: rows.map((row) => atMost(`${row.work}, beside the bare calls`, ratio(row), MOST, times)),
    tables: [
      {
        title: 'One operation, one core',
        head: ['', 'time', 'bare calls', 'their time', 'beside them'],
        rows: rows.map((row) => [
          row.work,
          microseconds(row.microseconds),
          row.bare,
          microseconds(row.bareMicroseconds),
          times(ratio(row)),
        ]),
      },
    ],
    figures: [
      {
        name: 'codec',
        chart: {
          kind: 'bars',
          title: 'The codec beside the bare calls of its ciphers',
          axis: { label: 'times the bare calls', scale: 'linear', include: [1] },
          limits: [{ value: MOST, label: 'target' }],
          groups: [
            {
              bars: rows.map((row) => ({ label: row.work, role: 'ours', value: ratio(row), text: times(ratio(row)) })),
            },
          ],
        },
      },
    ],
  };
}
