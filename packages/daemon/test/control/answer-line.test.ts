// A line in, an answer out: what is asked of the daemon, what it says, and that nothing can make it throw.

import test from 'ava';
import fc from 'fast-check';
import { answerLine } from '#src/control/answer-request.js';
import { MAX_ANSWER_BYTES, MAX_PROBLEMS, MAX_REQUEST_BYTES, MAX_ROWS } from '#src/control/bounds.js';
import type { ControlActions } from '#src/control/control-actions.js';
import type { GrantFilter } from '#src/store/store.js';
import { assertNoSecret, SECRET } from '../config/sample.ts';
import { DENIED, fakeActions, grant, STATUS, unlimitedGrant } from './fake-actions.ts';

const FUZZ_RUNS = process.env.SLOW ? 1_000_000 : 5000;

async function answer(request: unknown, actions: ControlActions): Promise<unknown> {
  const { bytes } = await answerLine(Buffer.from(JSON.stringify(request)), actions);
  if (bytes.indexOf('\n') !== bytes.length - 1) throw new Error('an answer is one line');
  return JSON.parse(bytes.toString());
}

const does = test.macro({
  title: (_, request: { readonly command: string }) => `does ${JSON.stringify(request)}`,
  async exec(t, request: { readonly command: string }, call: readonly unknown[], result: unknown) {
    const actions = fakeActions();
    t.deepEqual(await answer(request, actions), { ok: true, result });
    t.deepEqual(actions.calls[0], call);
  },
});

test(does, { command: 'status' }, ['status'], STATUS);
test(does, { command: 'grants', limit: 7, client: 'alice' }, ['grants', { client: 'alice' }, 7], {
  total: 2,
  grants: [grant(), unlimitedGrant()],
});
test(does, { command: 'revoke', address: '203.0.113.7', port: 22 }, ['revoke', { address: '203.0.113.7', port: 22 }], {
  total: 1,
  grants: [grant()],
});
test(does, { command: 'revoke', all: true }, ['revoke', {}], { total: 1, grants: [grant()] });
test(does, { command: 'audit', limit: 3, address: '192.0.2.1' }, ['audit', { limit: 3, address: '192.0.2.1' }], {
  entries: [DENIED],
});
test(does, { command: 'reload' }, ['reload'], STATUS);
test(does, { command: 'confirm' }, ['confirm'], { confirmed: true });

test('what the daemon cannot do', async (t) => {
  const failure = { error: 'the store cannot be written', hint: 'is the disk full?' };
  const actions = fakeActions({ revoke: () => failure, confirm: () => ({ error: 'no rescue' }) });
  t.deepEqual(await answer({ command: 'revoke', all: true }, actions), { ok: false, reason: 'failed', ...failure });
  t.deepEqual(await answer({ command: 'confirm' }, actions), { ok: false, reason: 'failed', error: 'no rescue' });
});

test('a wrong configuration: its problems, and no status', async (t) => {
  const problem = { file: '/k.toml', path: 'base_port', value: '0', expected: 'an integer', hint: 'h' };
  const actions = fakeActions({ reload: async () => [problem] });
  const error = 'the configuration has 1 problem; nothing was changed';
  t.deepEqual(await answer({ command: 'reload' }, actions), {
    ok: false,
    reason: 'configuration',
    error,
    problems: [problem],
  });
  t.deepEqual(actions.calls, [['reload']]);
});

test('more problems than fit are counted', async (t) => {
  const many = Array.from({ length: MAX_PROBLEMS + 5 }, (_, i) => ({ expected: String(i) }));
  const { problems } = (await answer({ command: 'reload' }, fakeActions({ reload: async () => many }))) as {
    problems: { expected: string }[];
  };
  t.is(problems.length, MAX_PROBLEMS + 1);
  t.is(problems.at(-1)?.expected, '5 more problems to be solved');
});

test('revoked grants are cut, and counted whole', async (t) => {
  const revoked = Array.from({ length: MAX_ROWS + 1 }, () => grant());
  const { result } = (await answer({ command: 'revoke', all: true }, fakeActions({ revoke: () => ({ revoked }) }))) as {
    result: { total: number; grants: unknown[] };
  };
  t.is(result.total, MAX_ROWS + 1);
  t.is(result.grants.length, MAX_ROWS);
});

test('an answer that is too long becomes a refusal', async (t) => {
  const ask = (length: number) =>
    answerLine(Buffer.from('{"command":"confirm"}'), fakeActions({ confirm: () => ({ error: 'x'.repeat(length) }) }));
  const frame = '{"ok":false,"reason":"failed","error":""}'.length;
  t.is((await ask(MAX_ANSWER_BYTES - frame)).bytes.length, MAX_ANSWER_BYTES + 1);
  const { bytes } = await ask(MAX_ANSWER_BYTES - frame + 1);
  t.regex(bytes.toString(), /^\{"ok":false,"reason":"failed","error":"the answer is too long to be sent"/);
});

const survives = test.macro({
  title: (_, what: string) => `an action that ${what}`,
  async exec(t, _: string, reload: ControlActions['reload']) {
    const result = await answer({ command: 'reload' }, fakeActions({ reload }));
    t.like(result, { ok: false, reason: 'failed' });
    assertNoSecret(t, result);
  },
});

test(survives, 'throws', () => {
  throw new Error(`secret ${SECRET}\u001b[2J`);
});
test(survives, 'rejects', () => Promise.reject(new TypeError('x')));
test(survives, 'throws something odd', () => Promise.reject(Symbol('x')));
test(survives, 'gives what is no JSON', async () => [{ expected: 1n as never }]);

test('an answer cannot command a terminal', async (t) => {
  const { bytes } = await answerLine(
    Buffer.from('{"command":"confirm"}'),
    fakeActions({ confirm: () => ({ error: 'a\u001b\u009b\u202e\u2028\nb' }) }),
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  t.notRegex(bytes.toString().slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
  t.is(JSON.parse(bytes.toString()).error, 'a\u001b\u009b\u202e\u2028\nb');
});

/** Requests that are nearly right: they get further than random bytes. */
const requestLike = fc.record(
  {
    command: fc.constantFrom('status', 'grants', 'revoke', 'reload', 'audit', 'confirm', 'x', 1, null),
    address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.integer()),
    port: fc.oneof(fc.integer({ min: -1, max: 65536 }), fc.double(), fc.string()),
    client: fc.oneof(fc.string(), fc.constant('alice'), fc.constant(null)),
    limit: fc.oneof(fc.integer({ min: -1, max: 1001 }), fc.double(), fc.bigInt().map(String)),
    all: fc.oneof(fc.boolean(), fc.anything({ withBigInt: false })),
    __proto__: fc.constant({ all: true }),
  },
  { requiredKeys: ['command'] },
);
const anyLine = fc.oneof(
  fc.uint8Array({ maxLength: MAX_REQUEST_BYTES }).map((bytes) => Buffer.from(bytes)),
  fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
  requestLike.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
  fc.integer({ min: 1, max: 4000 }).map((depth) => Buffer.from('['.repeat(depth))),
);

test('fuzz: every line has an answer of one line that says ok or why not', async (t) => {
  const actions = fakeActions({
    revoke(filter) {
      assertClean(filter);
      return { revoked: [] };
    },
  });
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(anyLine, async (line) => {
        const { bytes, refused } = await answerLine(line, actions);
        const value = JSON.parse(bytes.toString());
        if (bytes.indexOf('\n') !== bytes.length - 1) return false;
        if (String(value.error).startsWith('an error')) return false;
        return refused === undefined ? value.ok === true && 'result' in value : value.reason === refused;
      }),
      { numRuns: FUZZ_RUNS },
    ),
  );
});

/** Only what is understood reaches the daemon, and in canonical form. */
function assertClean({ address = '::', port = 1, client = 'a' }: GrantFilter): void {
  const isClean =
    /^[0-9a-f.:]+$/.test(address) &&
    Number.isInteger(port) &&
    port >= 1 &&
    port <= 65535 &&
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(client);
  if (!isClean) throw new Error('not clean');
}
