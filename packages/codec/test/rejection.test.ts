// The unions of rejections are closed: each reason is listed here, is reached, and has the fields it is said to have.

import test from 'ava';
import { decodeBlock } from '#src/block.js';
import { SequenceDecoder } from '#src/decoder.js';
import type { BlockRejection, SequenceRejection, SequenceRejectionReason } from '#src/rejection.js';
import { answer, clientOf, FROM, NOISE, NOW, OTHER, SERVER_ID, SOURCE } from './decoder-clients.ts';

/** Does not compile when a reason is missing here, or is none. */
const example: Record<SequenceRejectionReason, () => unknown> = {
  'knock-out-of-range': () => decoder().decode([744, ...NOISE.slice(1)], FROM, NOW),
  'no-key-fits': () => decoder().decode(NOISE, FROM, NOW),
  'keys-missing': () =>
    new SequenceDecoder(SERVER_ID, [clientOf()], 745, { derivedAtOnce: 2 }).decode(NOISE, FROM, NOW),
  'address-mismatch': () => answer(decoder(), {}, OTHER),
  'source-not-trusted': () => answer(decoder(), { address: 'source' }),
};

/** Does not compile when a reason is not handled, or a field is not there. */
function fieldsOf(rejection: SequenceRejection): readonly unknown[] {
  switch (rejection.reason) {
    case 'knock-out-of-range':
    case 'no-key-fits':
    case 'keys-missing':
      return [];
    case 'address-mismatch':
      return [rejection.client, rejection.port, rejection.claimedAddress];
    case 'source-not-trusted':
      return [rejection.client, rejection.port];
    default:
      return rejection satisfies never;
  }
}

const fields: Record<SequenceRejectionReason, readonly unknown[]> = {
  'knock-out-of-range': [],
  'no-key-fits': [],
  'keys-missing': [],
  'address-mismatch': ['alice', 22, SOURCE],
  'source-not-trusted': ['alice', 22],
};

for (const reason of Object.keys(example) as SequenceRejectionReason[]) {
  test(`a sequence is refused with ${reason}, and that says no more than it should`, (t) => {
    const rejection = example[reason]() as SequenceRejection;
    t.is(rejection.ok, false);
    t.is(rejection.reason, reason);
    t.deepEqual(fieldsOf(rejection), fields[reason]);
    t.is(Object.keys(rejection).length, 2 + fields[reason].length);
  });
}

const blocks: Record<BlockRejection['reason'], Uint8Array> = {
  'check-failed': new Uint8Array(8).fill(1),
  'port-zero': new Uint8Array(8),
};

for (const reason of Object.keys(blocks) as BlockRejection['reason'][]) {
  test(`a block is refused with ${reason}`, (t) => t.deepEqual(decodeBlock(blocks[reason]), { ok: false, reason }));
}

function decoder(): SequenceDecoder {
  return new SequenceDecoder(SERVER_ID, [clientOf({ trustSource: false })]);
}
