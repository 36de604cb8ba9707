import test from 'ava';
import type { Grant } from '#src/authorise/authorise.js';
import { ClaimDesk, type LineRefusal } from '#src/claim-desk.js';
import type { Request } from '#src/recognise/recogniser.js';
import type { ClaimRefusal, Store } from '#src/store/store.js';

const GRANT: Grant = { client: 'door:x', door: 'x', address: '192.0.2.1', ports: [], action: 'run', shortened: false };
const NOW = 1_800_000_000_000;

function desk(spend: 'spent' | LineRefusal = 'spent', claimed: 'claimed' | ClaimRefusal = 'claimed') {
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
  const claim = (request: Request) => new ClaimDesk(store, files).claim(request, GRANT, NOW);
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
