import test from 'ava';
import { parseWanted } from '#src/packet/wanted.js';
import { type Hearer, Hearing, wantedBy } from '#src/recognise/hearing.js';
import type { Heard } from '#src/recognise/recogniser.js';
import { knockOn } from '../knock.js';
import { onlyEightKnocks } from '../only-eight-knocks.ts';

interface Named extends Hearer {
  readonly name: string;
}

function hearer(name: string, heard?: Heard, timeoutMs = 1000): Named {
  const recognise = () => undefined;
  return { name, timeoutMs, recogniser: heard ? { recognise, heard: () => heard } : { recognise } };
}

const FLAGS = { mask: 0x12, value: 2 };
const EIGHT = hearer('eight');
const SSH = hearer('ssh', {
  knocks: [7000, 7001, 7003].map((port) => ({ protocol: 'tcp', port, flags: FLAGS }) as const),
  datagrams: [],
  shortest: 3,
  target: '192.0.2.1',
});
const WEB = hearer('web', { knocks: [{ protocol: 'udp', port: 7000 }], datagrams: [62_201], shortest: 2 }, 120_000);

test('each is given the knocks on its ports, who asks for none all of them', (t) => {
  const hearing = new Hearing([EIGHT, SSH, WEB]);
  const names = (port: number, protocol: 'tcp' | 'udp') =>
    hearing.hearersOf(knockOn(port, { protocol })).map(({ name }) => name);
  t.deepEqual(names(7000, 'tcp'), ['eight', 'ssh']);
  t.deepEqual(names(7000, 'udp'), ['eight', 'web']);
  t.deepEqual(names(62_201, 'udp'), ['eight', 'web']);
  t.deepEqual(names(62_201, 'tcp'), ['eight']);
  t.deepEqual(names(750, 'tcp'), ['eight']);
});

test('what the capture process is told: ranges, the shortest, the longest time, targets', (t) => {
  const wanted = wantedBy([EIGHT, SSH, WEB], 745);
  const doors = [
    { protocol: 'tcp', first: 7000, last: 7001, ...FLAGS },
    { protocol: 'tcp', first: 7003, last: 7003, ...FLAGS },
    { protocol: 'udp', first: 7000, last: 7000, mask: 0, value: 0 },
  ] as const;
  t.deepEqual<unknown, unknown>(wanted, {
    basePort: 745,
    doors,
    datagrams: [62_201],
    held: 2,
    targets: ['c0000201'],
    forgottenAfterMs: 120_000,
  });
  t.deepEqual(parseWanted(JSON.stringify(wanted)), wanted);
  t.deepEqual(wantedBy([EIGHT], 745), onlyEightKnocks(745));
});
