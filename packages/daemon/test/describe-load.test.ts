import test from 'ava';
import { describeLoad } from '#src/describe-load.js';
import { describeShedding } from '#src/log-lines.js';

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
for (const [passing, blocked, text] of rows) {
  test(text, (t) => {
    t.is(describeLoad('eth0', { passing, blocked }), `more comes in on "eth0" than can be taken: ${text}`);
  });
}

test('the log says when load begins to be shed, and when no longer', (t) => {
  const begin = describeShedding('eth0', { passing: 1 / 12, blocked: 0 });
  t.is(begin.level, 'warn');
  t.like(begin.fields, { event: 'shedding', interface: 'eth0', passing: 1 / 12, blocked: 0 });
  t.regex(begin.message, /^more comes in on "eth0" than can be taken: .* one in 12$/);
  const end = describeShedding('eth0', undefined);
  t.deepEqual([end.level, end.message], ['info', 'listening on "eth0": all sources are heard again']);
});
