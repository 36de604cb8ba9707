import test from 'ava';
import type { Grant } from '#src/authorise/authorise.js';
import { ClaimDesk, type DoorRefusal } from '#src/claim-desk.js';
import type { Request } from '#src/recognise/recogniser.js';
import type { ClaimRefusal, Store } from '#src/store/store.js';

const GRANT: Grant = { client: 'door:x', door: 'x', address: '192.0.2.1', ports: [], action: 'run', shortened: false };
const NOW = 1_800_000_000_000;

function desk(spend: 'spent' | DoorRefusal = 'spent', claimed: 'claimed' | ClaimRefusal = 'claimed') {
  const done: unknown[] = [];
  const store: Pick<Store, 'claim'> = {
    claim: (claim) => {
      done.push(claim);
      return claimed;
    },
  };
  const files = new Map([
    [
      'x',
      {
        spend: (line: string) => {
          done.push(line);
          return spend;
        },
      },
    ],
  ]);
  const made = new ClaimDesk(store, files);
  const claim = (request: Request) => made.claim(request, GRANT, NOW);
  return { done, claim };
}

const KNOCK = { door: 'x', sourceAddress: '192.0.2.1' };
const CLAIM = { client: 'door:x', sourceAddress: '192.0.2.1' };

test('a line is used before anything is remembered', (t) => {
  const { done, claim } = desk();
  t.is(claim({ ...KNOCK, once: { line: '1,2' } }), 'claimed');
  t.deepEqual(done, ['1,2', CLAIM]);
});

test('a line that cannot be used grants nothing', (t) => {
  for (const refusal of ['line-changed', 'line-unwritable'] as const) {
    const { done, claim } = desk(refusal);
    t.is(claim({ ...KNOCK, once: { line: '1,2' } }), refusal);
    t.deepEqual(done, ['1,2']);
  }
  t.is(desk().claim({ ...KNOCK, door: 'y', once: { line: '1,2' } }), 'line-changed', 'a door that is gone');
});

test('what has an identity is claimed by it, what has none is repeatable', (t) => {
  const once = { window: 7, cipher: new Uint8Array(8) };
  const { done, claim } = desk('spent', 'replay');
  t.is(claim({ ...KNOCK, once }), 'replay');
  t.is(claim(KNOCK), 'replay');
  t.deepEqual(done, [{ ...CLAIM, ...once }, CLAIM]);
});

test('what can be repeated is taken so and so often; what is used once is not limited by that', (t) => {
  const { done, claim } = desk();
  const answers = Array.from({ length: 7 }, () => claim(KNOCK));
  t.deepEqual(answers.slice(4), ['claimed', 'too-often', 'too-often']);
  t.is(done.length, 5);
  for (let i = 0; i < 20; i++) t.is(claim({ ...KNOCK, once: { line: String(i) } }), 'claimed');
});
