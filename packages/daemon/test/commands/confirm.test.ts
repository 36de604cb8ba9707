import test from 'ava';
import { callControl } from './call-control.ts';

test('confirm', async (t) => {
  const { calls, ...result } = await callControl(t, {}, 'confirm');
  t.deepEqual(result, { exitCode: 0, stdout: 'knockdaemon: confirmed: the guard stays\n', stderr: '' });
  t.deepEqual(calls, [['confirm']]);
});

test('confirm --json', async (t) => {
  t.deepEqual(JSON.parse((await callControl(t, {}, 'confirm', '--json')).stdout), { confirmed: true });
});

test('nothing to confirm', async (t) => {
  const failure = { error: 'no rescue is under way' };
  const { calls: _, ...result } = await callControl(t, { confirm: () => failure }, 'confirm');
  t.deepEqual(result, { exitCode: 1, stdout: '', stderr: 'knockdaemon: error: no rescue is under way\n' });
});
