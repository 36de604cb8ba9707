import test from 'ava';
import type { Config } from '#src/config/config.js';
import { needsRestart } from '#src/reload.js';
import { configOf } from './config-of.ts';

const CONFIG = configOf();

const changes: readonly [Partial<Config>, readonly string[]][] = [
  [{}, []],
  [{ serverId: 'other', basePort: 1, interfaces: ['eth0'], sequenceTimeoutMs: 1 }, []],
  [{ stateDir: '/x' }, ['state_dir']],
  [{ controlSocket: '/x' }, ['control_socket']],
  [{ metrics: { address: '127.0.0.1', port: 1 } }, ['metrics.listen']],
  [{ stateDir: '/x', controlSocket: '/y' }, ['state_dir', 'control_socket']],
];
for (const [change, paths] of changes) {
  test(`a change of ${Object.keys(change).join(', ') || 'nothing'}`, (t) => {
    const problems = needsRestart(CONFIG, { config: { ...CONFIG, ...change } });
    t.deepEqual(
      problems.map(({ path }) => path),
      paths,
    );
    for (const { hint } of problems) t.regex(hint ?? '', /restart/);
  });
}

test('it is told as every problem is: file, key, value, what was expected, and a hint', (t) => {
  const metrics = { address: '::1', port: 9745 };
  const hint = '"systemctl restart knockdaemon" takes it';
  const expected = 'what it was when the daemon was started';
  t.deepEqual(needsRestart(CONFIG, { config: { ...CONFIG, stateDir: '/x', metrics }, file: '/k.toml' }), [
    { file: '/k.toml', path: 'state_dir', value: '"/x"', expected: `${expected}: "/var/lib/knockdaemon"`, hint },
    { file: '/k.toml', path: 'metrics.listen', value: '"[::1]:9745"', expected: `${expected}: none`, hint },
  ]);
  const [gone] = needsRestart({ ...CONFIG, metrics }, { config: CONFIG });
  t.deepEqual(gone, { path: 'metrics.listen', value: 'missing', expected: `${expected}: "[::1]:9745"`, hint });
});
