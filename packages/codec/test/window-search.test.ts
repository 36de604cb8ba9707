import test from 'ava';
import fc from 'fast-check';
import { parseSource } from '#src/source.js';
import { SEARCH_WINDOWS, type SearchQuestion, WindowSearch } from '#src/window-search.js';
import { anyNumber } from './arbitraries.ts';
import { clientOf, FROM, knockPorts, NOISE, NOW, NOW_WINDOW, OTHER, SERVER_ID, secretOf } from './decoder-clients.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const ask = (question: Partial<SearchQuestion> = {}): SearchQuestion => {
  return { ports: knockPorts(), source: FROM, unixSeconds: NOW, ...question };
};
const off = (windows: number, options: Parameters<typeof knockPorts>[0] = {}) =>
  ask({ ports: knockPorts({ unixSeconds: NOW + 30 * windows, ...options }) });

function searchFor(questions: readonly SearchQuestion[], clients = [clientOf()], most = 1000) {
  const search = new WindowSearch(SERVER_ID, clients, questions, 745);
  const found = [];
  for (let i = 0; i < 10_000 && !search.isDone; i++) found.push(...search.step(most));
  return found;
}

for (const windows of [-SEARCH_WINDOWS - 1, -SEARCH_WINDOWS, -2, -1, 0, 1, 2, 7, SEARCH_WINDOWS, SEARCH_WINDOWS + 1]) {
  const expected = Math.abs(windows) > 1 && Math.abs(windows) <= SEARCH_WINDOWS;
  test(`a clock ${windows} windows off is ${expected ? '' : 'not '}found`, (t) => {
    const question = off(windows);
    const found = { question, client: 'alice', window: NOW_WINDOW + windows, port: 22 };
    t.deepEqual(searchFor([question]), expected ? [found] : []);
  });
}

test('before 1970 nothing is looked for', (t) => {
  t.is(searchFor([ask({ unixSeconds: 61, ports: knockPorts({ unixSeconds: 0 }) })]).length, 1);
  t.deepEqual(searchFor([ask({ unixSeconds: 0, ports: NOISE })]), []);
});

const proofs: readonly [string, object, Parameters<typeof knockPorts>[0], boolean][] = [
  ['its own address', {}, {}, true],
  ['"source"', {}, { address: 'source' }, true],
  ['"source" where it may not say so', { trustSource: false }, { address: 'source' }, false],
  ['another address', {}, { address: OTHER }, false],
  ['another address where it may name any', { openForOther: true }, { address: OTHER }, false],
];
for (const [title, policy, options, expected] of proofs) {
  test(`${title} is ${expected ? '' : 'not '}proof enough`, (t) => {
    t.is(searchFor([off(3, options)], [clientOf(policy)]).length, expected ? 1 : 0);
  });
}

test('several sequences of several clients and times are searched for at once, each found once', (t) => {
  const clients = [clientOf(), clientOf({ name: 'bob', secret: secretOf(2) })];
  const questions = [
    off(-4),
    off(9, { secret: secretOf(2) }),
    ask({ ports: NOISE }),
    { ...off(6), unixSeconds: NOW + 120 },
  ];
  const found = searchFor(questions, clients);
  const by = (question: SearchQuestion) => found.filter((one) => one.question === question);
  t.deepEqual(
    questions.map((question) => by(question).map(({ client, window }) => [client, window - NOW_WINDOW])),
    [[['alice', -4]], [['bob', 9]], [], [['alice', 6]]],
  );
});

test('a step derives no more keys than it may, and the nearest windows come first', (t) => {
  let derived = 0;
  const secret = secretOf(1);
  const counting = {
    ...clientOf(),
    get secret() {
      derived++;
      return secret;
    },
  };
  const search = new WindowSearch(SERVER_ID, [counting], [off(-2)], 745);
  t.is(search.step(2).length, 1);
  t.is(derived, 2);
  t.true(search.isDone, 'everything is found');
  t.deepEqual(search.step(5), []);
  t.is(derived, 2);
  const vain = new WindowSearch(SERVER_ID, [counting], [ask({ ports: NOISE })], 745);
  while (!vain.isDone) vain.step(7);
  t.is(derived, 2 + 2 * (SEARCH_WINDOWS - 1));
});

test('without clients or questions it is done at once', (t) => {
  t.true(new WindowSearch(SERVER_ID, [], [off(2)], 745).isDone);
  t.true(new WindowSearch(SERVER_ID, [clientOf()], [], 745).isDone);
});

test('no eight numbers make it throw', (t) => {
  const numbers = fc.array(anyNumber, { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(numbers, fc.oneof(fc.ipV4(), fc.ipV6()), (ports, from) => {
      const search = new WindowSearch(SERVER_ID, [clientOf()], [ask({ ports, source: parseSource(from) })], 745);
      t.deepEqual(search.step(2), []);
    }),
  );
});

const wrongUses: readonly WrongUse[] = [
  ['a step of none', RangeError, 'most', () => searchFor([off(2)], [clientOf()], 0)],
  ['no source', TypeError, 'source', () => searchFor([ask({ source: untyped(undefined) })])],
  ['a source as text', TypeError, 'source', () => searchFor([ask({ source: untyped('198.51.100.1') })])],
  ['seven ports', RangeError, 'ports', () => searchFor([ask({ ports: NOISE.slice(1) })])],
  ['moment -1', RangeError, 'unixSeconds', () => searchFor([ask({ unixSeconds: -1 })])],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));
