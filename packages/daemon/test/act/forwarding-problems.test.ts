import test from 'ava';
import { forwardingProblems } from '#src/act/forwarding-problems.js';
import { parseMain } from '#src/config/parse.js';
import { SERVER } from '../config/sample.ts';

function doorsTo(...targets: string[]) {
  const tables = targets.map(
    (to, i) => `[[door]]
name = "door-${i}"
kind = "sequence"
knocks = ["tcp/7000", "udp/${7001 + i}"]
forward = { port = "tcp/${8080 + i}", to = ${to}, time = 1 }
`,
  );
  const { settings, problems } = parseMain(SERVER + tables.join(''), 'k.toml');
  if (!settings) throw new Error(JSON.stringify(problems));
  return settings;
}

const expected = '1: a door forwards';
const rows: readonly [string, string[], Record<string, string>, string[]][] = [
  ['no door', [], {}, []],
  ['it routes', ['"10.0.0.5:22"', '"[fd00::5]:22"'], { ipv4: '1', ipv6: '1' }, []],
  ['IPv4 only', ['"10.0.0.5:22"'], { ipv4: '0', ipv6: '0' }, ['net.ipv4.ip_forward']],
  [
    'both',
    ['["10.0.0.5:22", "[fd00::5]:22"]'],
    { ipv4: '0', ipv6: '0' },
    ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'],
  ],
  ['a kernel without IPv6', ['"[fd00::5]:22"'], {}, []],
];
for (const [title, targets, switches, paths] of rows) {
  test(title, (t) => {
    const problems = forwardingProblems(
      doorsTo(...targets),
      (file) => switches[file.includes('ipv6') ? 'ipv6' : 'ipv4'],
    );
    t.deepEqual(
      problems.map(({ path, value }) => [path, value]),
      paths.map((path) => [path, '0']),
    );
    for (const problem of problems) {
      t.is(problem.expected, expected);
      t.true(problem.hint?.startsWith(`sysctl -w ${problem.path}=1`));
    }
  });
}

const wrong: readonly [string, string][] = [
  ['{ port = "tcp/1", to = "gw:22", time = 1 }', 'door[0].forward.to'],
  ['{ port = "tcp/1", to = "10.0.0.5", time = 1 }', 'door[0].forward.to'],
  ['{ port = "tcp/1", to = ["10.0.0.5:22", "10.0.0.6:22"], time = 1 }', 'door[0].forward.to'],
  ['{ port = "tcp/1", to = [], time = 1 }', 'door[0].forward.to'],
  ['{ port = 1, to = "10.0.0.5:22", time = 1 }', 'door[0].forward.port'],
  ['{ port = "tcp/1", to = "10.0.0.5:22" }', 'door[0].forward.time'],
  ['{ port = "tcp/1", to = "10.0.0.5:22", time = 1, masquerade = 1 }', 'door[0].forward.masquerade'],
  ['{ port = "tcp/1", to = "10.0.0.5:22", time = 1, mask = true }', 'door[0].forward.mask'],
];
for (const [table, path] of wrong) {
  test(`refused: ${table}`, (t) => {
    const text = `${SERVER}[[door]]\nname = "d"\nkind = "sequence"\nknocks = ["tcp/7000"]\nforward = ${table}\n`;
    t.deepEqual(
      parseMain(text, 'k.toml').problems.map((problem) => problem.path),
      [path],
    );
  });
}
