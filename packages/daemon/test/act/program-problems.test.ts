import test from 'ava';
import { programProblems } from '#src/act/program-problems.js';
import type { Argv, DoorConfig } from '#src/config/door-config.js';

function door(argv: Argv, user: string, stop?: Argv): DoorConfig {
  const action = { kind: 'run', argv, user, timeoutSeconds: 1, overlap: false } as const;
  return {
    name: 'x',
    kind: 'encrypted',
    port: 9000,
    action: stop ? { ...action, stop: { argv: stop, afterSeconds: 1 } } : action,
  };
}

const rootTest = process.geteuid?.() === 0 ? test : test.skip;

rootTest('programs and users that are not there, each with its key', (t) => {
  const doors = [
    door(['/bin/true'], 'root', ['/no/such/stop']),
    door(['/etc/passwd'], 'nosuchuser'),
    { ...door(['/x'], 'x'), action: { kind: 'close', ports: [] } } as DoorConfig,
  ];
  const hooks = { user: 'nosuchuser', timeoutSeconds: 1, onOpen: ['/bin'] as const };
  t.deepEqual(
    programProblems({ doors, hooks }).map(({ path, value }) => [path, value]),
    [
      ['door[1].run.user', '"nosuchuser"'],
      ['hooks.user', '"nosuchuser"'],
      ['door[0].run.stop_argv[0]', '"/no/such/stop"'],
      ['door[1].run.argv[0]', '"/etc/passwd"'],
      ['hooks.on_open[0]', '"/bin"'],
    ],
  );
});

test('without programs nothing is looked at', (t) => {
  t.deepEqual(programProblems({ doors: [] }), []);
});
