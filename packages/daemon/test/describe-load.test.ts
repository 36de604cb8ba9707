import test from 'ava';
import { describeLoad } from '#src/describe-load.js';

const rows: readonly (readonly [passing: number, blocked: number, text: string])[] = [
  [1 / 12, 0, 'sources that opened no door yet are heard by turns, one in 12'],
  [1, 1, '1 source that sends too much is not heard'],
  [1, 3, '3 sources that send too much are not heard'],
  [
    1 / 2,
    2,
    'sources that opened no door yet are heard by turns, one in 2, and 2 sources that send too much not at all',
  ],
];
for (const [passing, blocked, text] of rows) test(text, (t) => t.is(describeLoad({ passing, blocked }), text));
