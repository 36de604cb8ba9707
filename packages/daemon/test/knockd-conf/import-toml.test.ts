import { spawnSync } from 'node:child_process';
import test from 'ava';
import fc from 'fast-check';
import type { DoorConfig } from '#src/config/door-config.js';
import { parseMain } from '#src/config/parse.js';
import { byFamily } from '#src/knockd-conf/family-command.js';
import { importToml } from '#src/knockd-conf/import-toml.js';
import type { KnockdCommands, KnockdConf, KnockdDoor } from '#src/knockd-conf/knockd-conf.js';
import { parseKnockdConf } from '#src/knockd-conf/parse.js';
import { formatProblems } from '#src/messages/problems.js';

const IPTABLES = 'INPUT -s %IP% -p tcp --dport 22 -j ACCEPT';

function imported(text: string): {
  readonly toml: string;
  readonly doors: readonly DoorConfig[];
  readonly mode: string;
} {
  const { conf, problems } = parseKnockdConf(text, '/etc/knockd.conf');
  if (!conf) throw new Error(formatProblems(problems));
  const toml = importToml(conf, '/etc/knockd.conf', 'gw');
  const { settings, problems: own } = parseMain(toml, 'knockdaemon.toml');
  if (!settings) throw new Error(`${formatProblems(own)}\n${toml}`);
  return { toml, doors: settings.doors, mode: settings.firewall.mode };
}

function action(lines: string) {
  return imported(`[A]\nsequence = 1\n${lines}`).doors[0]?.action;
}

test('sequence, time, flags, target, interface and name come over', (t) => {
  const { toml, doors, mode } = imported(
    '[options]\ninterface = ens3\n[open it]\nsequence = 7000,8000:udp\nseq_timeout = 5\ntcpflags = syn,!ack\ntarget = ::1\ncommand = /x %IP%',
  );
  t.deepEqual(doors, [
    {
      name: 'open-it',
      kind: 'sequence',
      knocks: [
        { protocol: 'tcp', port: 7000 },
        { protocol: 'udp', port: 8000 },
      ],
      timeoutMs: 5000,
      tcpFlags: { mask: 18, value: 2 },
      target: '::1',
      order: 'strict',
      source: 'same',
      action: { kind: 'run', argv: ['/x', '%IP%'], user: 'root', timeoutSeconds: 86_400, overlap: true },
    },
  ]);
  t.is(mode, 'guard', 'no door of it needs the firewall');
  t.true(toml.includes('interface = "ens3"') && toml.includes('# "open it" with knockd'));
});

const ssh = [{ protocol: 'tcp', port: 22 }] as const;
const actions: readonly [string, DoorConfig['action']][] = [
  [`command = /sbin/iptables -A ${IPTABLES}`, { kind: 'open', ports: ssh, minutes: 0 }],
  [`command = /sbin/iptables -D ${IPTABLES}`, { kind: 'close', ports: ssh }],
  [
    `command = /sbin/iptables -A ${IPTABLES}\ncmd_timeout = 90\nstop_command = /sbin/iptables -D ${IPTABLES}`,
    { kind: 'open', ports: ssh, minutes: 2 },
  ],
  [
    `command = iptables -A ${IPTABLES}\ncommand_6 = ip6tables -A ${IPTABLES}\nstop_command = iptables -D ${IPTABLES}`,
    { kind: 'open', ports: ssh, minutes: 1 },
  ],
  [
    'command = echo a\nstop_command = /b\ncmd_timeout = 0',
    {
      kind: 'run',
      argv: ['/bin/sh', '-c', 'echo a'],
      user: 'root',
      timeoutSeconds: 86_400,
      overlap: true,
      stop: { argv: ['/b'], afterSeconds: 1 },
    },
  ],
];
for (const [lines, expected] of actions) {
  test(`becomes ${expected.kind}: ${lines.replaceAll('\n', '; ')}`, (t) => t.deepEqual(action(lines), expected));
}

test('a rule that is added and another that is deleted stay commands', (t) => {
  const other = IPTABLES.replace('22', '23');
  t.is(action(`command = /sbin/iptables -A ${IPTABLES}\nstop_command = /sbin/iptables -D ${other}`)?.kind, 'run');
  t.is(action(`command = /sbin/iptables -D ${IPTABLES}\nstop_command = /sbin/iptables -A ${IPTABLES}`)?.kind, 'run');
  t.is(action(`command = /sbin/iptables -A ${IPTABLES}\ncommand_6 = /sbin/ip6tables -A ${other}`)?.kind, 'run');
});

test('a command for each family: a shell runs the one that fits the address', (t) => {
  const script = byFamily('echo four # comment', 'echo six');
  const said = (command: string, address: string) =>
    spawnSync('/bin/sh', ['-c', command.replaceAll('%IP%', address)], { encoding: 'utf8' }).stdout;
  t.is(said(script, '192.0.2.1'), 'four\n');
  t.is(said(script, '2001:db8::1'), 'six\n');
  t.is(said(byFamily('echo four', ''), '2001:db8::1'), '');
  t.is(byFamily('same', 'same'), 'same');
  const run = action('command = echo four\ncommand_6 =');
  t.deepEqual(run?.kind === 'run' && run.argv, ['/bin/sh', '-c', byFamily('echo four', '')]);
});

const excluded: readonly [string, string, string][] = [
  ['IPv6', '192.0.2.1', `command = /sbin/iptables -A ${IPTABLES}\ncommand_6 =`],
  ['IPv6', '192.0.2.1', `command_6 =\ncommand = iptables -D ${IPTABLES}`],
  ['IPv6', '192.0.2.1', `command = iptables -A ${IPTABLES}\nstop_command = iptables -D ${IPTABLES}\ncommand_6 =`],
  ['IPv4', '2001:db8::1', `command =\ncommand_6 = /sbin/ip6tables -A ${IPTABLES}`],
  ['IPv4', '2001:db8::1', `command_6 = /sbin/ip6tables -A ${IPTABLES}`],
];
for (const [family, address, lines] of excluded) {
  test(`a family without a command is not let in: ${lines.replaceAll('\n', '; ')}`, (t) => {
    const run = action(lines);
    if (run?.kind !== 'run') return t.fail(`it became ${run?.kind}`);
    const script = (run.argv[2] ?? '').replaceAll('%IP%', '"$1"').replace(/\S*ip6?tables /, 'echo ');
    const said = (who: string) =>
      spawnSync('/bin/sh', ['-c', script, 'sh', who], { encoding: 'utf8' }).stdout.includes(`-s ${who} `);
    t.true(said(address));
    t.false(said(address.includes(':') ? '192.0.2.1' : '2001:db8::1'));
    t.is(run.stop !== undefined, lines.includes('stop_command'));
    return t.true(imported(`[A]\nsequence = 1\n${lines}`).toml.includes(`# nothing is run for ${family}`));
  });
}

test('ports that are opened come with mark mode and the one rule that it needs', (t) => {
  const { toml, mode } = imported(`[A]\nsequence = 1\ncommand = /sbin/iptables -A ${IPTABLES}`);
  t.is(mode, 'mark');
  t.true(toml.includes('iptables -I INPUT -m mark --mark 0x745 -j ACCEPT'));
});

test('what cannot be said is left out, with the reason and the command', (t) => {
  const { toml, doors } = imported(
    '[A]\nsequence = 1\ncommand = date +%Y%m\n[B]\nsequence = 2\n[C]\nsequence = 3\ncommand = /x',
  );
  t.deepEqual(
    doors.map(({ name }) => name),
    ['C'],
  );
  t.true(toml.includes('# left out: ') && toml.includes('# date +%Y%m') && toml.includes('# it ran nothing'));
});

test('a timeout that is longer than ours is cut, and says so', (t) => {
  const { toml, doors } = imported('[A]\nsequence = 1\nseq_timeout = 1000\ncommand = /x');
  t.like(doors[0], { timeoutMs: 300_000 });
  t.true(toml.includes('# 1000 with knockd'));
});

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.constantFrom(`/sbin/iptables -A ${IPTABLES}`, 'é\u007f"\\'),
);
const commands: fc.Arbitrary<KnockdCommands> = fc
  .record({ start: text, stop: fc.option(text, { nil: undefined }), afterSeconds: fc.nat(1000) })
  .map(({ start, stop, afterSeconds }) => ({
    start,
    ...(stop !== undefined && { stop: { command: stop, afterSeconds } }),
  }));
const protocol = fc.constantFrom('tcp' as const, 'udp' as const);
const knock = fc.record({ protocol, port: fc.integer({ min: 1, max: 65_535 }) });
const door: fc.Arbitrary<KnockdDoor> = fc
  .record({
    name: fc.string({ minLength: 1, unit: 'grapheme' }),
    sequence: fc.oneof(
      fc.record({ knocks: fc.array(knock, { minLength: 1, maxLength: 32 }) }),
      fc.integer().map((n) => ({ file: `/etc/knockd/"${n}` })),
    ),
    timeoutSeconds: fc.integer({ min: 1, max: 86_400 }),
    value: fc.integer({ min: 0, max: 63 }),
    mask: fc.integer({ min: 0, max: 63 }),
    ipv4: fc.option(commands, { nil: undefined }),
    ipv6: fc.option(commands, { nil: undefined }),
  })
  .map(({ value, mask, ipv4, ipv6, ...rest }) => ({
    ...rest,
    line: 1,
    places: {},
    tcpFlags: { mask, value: value & mask },
    ...(ipv4 && { ipv4 }),
    ...(ipv6 && { ipv6 }),
  }));

test('whatever a knockd.conf says, what is written can be read', (t) => {
  fc.assert(
    fc.property(fc.array(door, { minLength: 1, maxLength: 5 }), (doors) => {
      const conf: KnockdConf = { useSyslog: false, doors };
      const { settings, problems } = parseMain(importToml(conf, '/etc/knockd.conf', 'gw'), 'knockdaemon.toml');
      const leftOut = doors.filter(({ ipv4, ipv6 }) => !ipv4 && !ipv6).length;
      // Two doors cannot use up one file, and that is said.
      const files = doors.flatMap(({ sequence }) => ('file' in sequence ? [sequence.file] : []));
      if (new Set(files).size < files.length) return problems.length > 0 || leftOut > 0;
      return settings !== undefined && settings.doors.length <= doors.length - leftOut;
    }),
    { numRuns: process.env.SLOW ? 20_000 : 500 },
  );
  t.pass();
});
