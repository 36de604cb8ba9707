import type { TransportPort } from '@eightknock/codec';
import test from 'ava';
import type { KnockdConf, KnockdDoor } from '#src/knockd-conf/knockd-conf.js';
import { MAX_DOORS, MAX_PROBLEMS, parseKnockdConf } from '#src/knockd-conf/parse.js';
import { MAX_LINE_CHARACTERS } from '#src/knockd-conf/read-lines.js';
import { formatProblems } from '#src/messages/problems.js';

const FILE = 'knockd.conf';

function read(text: string): KnockdConf {
  const { conf, problems } = parseKnockdConf(text, FILE);
  if (!conf) throw new Error(formatProblems(problems));
  return conf;
}

/** The door of `[A]` with these lines and a sequence. */
function door(lines: string): KnockdDoor {
  return read(`[A]\nsequence = 1\n${lines}\n`).doors[0] as KnockdDoor;
}

function tcp(...ports: number[]): TransportPort[] {
  return ports.map((port) => ({ protocol: 'tcp', port }));
}

test('a file with options and a door of every directive', (t) => {
  const text = `
# a comment
[options]
    UseSyslog
    LogFile   = /var/log/knockd.log
    pidfile = /run/knockd.pid
    INTERFACE=ens3

[open SSH]
    Sequence        = 2222:udp, 3333:TCP ,4444
    Seq_Timeout     = 15
    TCPFlags        = syn, !ack
    Target          = 2001:DB8::1
    Start_Command   = /usr/sbin/iptables -A INPUT -s %IP% -j ACCEPT   # not a comment
    Start_Command_6 = /usr/sbin/ip6tables -A INPUT -s %IP% -j ACCEPT
    Cmd_Timeout     = 5
    Stop_Command    = a = "b"
    Stop_Command_6  =
`;
  t.deepEqual(read(text), {
    useSyslog: true,
    logFile: '/var/log/knockd.log',
    pidFile: '/run/knockd.pid',
    interfaceName: 'ens3',
    doors: [
      {
        name: 'open SSH',
        line: 9,
        places: {
          Sequence: 'line 10, [open SSH] Sequence',
          Seq_Timeout: 'line 11, [open SSH] Seq_Timeout',
          TCPFlags: 'line 12, [open SSH] TCPFlags',
          Target: 'line 13, [open SSH] Target',
          Start_Command: 'line 14, [open SSH] Start_Command',
          Start_Command_6: 'line 15, [open SSH] Start_Command_6',
          Cmd_Timeout: 'line 16, [open SSH] Cmd_Timeout',
          Stop_Command: 'line 17, [open SSH] Stop_Command',
          Stop_Command_6: 'line 18, [open SSH] Stop_Command_6',
        },
        sequence: { knocks: [{ protocol: 'udp', port: 2222 }, ...tcp(3333, 4444)] },
        timeoutSeconds: 15,
        tcpFlags: { mask: 18, value: 2 },
        target: '2001:db8::1',
        ipv4: {
          start: '/usr/sbin/iptables -A INPUT -s %IP% -j ACCEPT   # not a comment',
          stop: { command: 'a = "b"', afterSeconds: 5 },
        },
        ipv6: { start: '/usr/sbin/ip6tables -A INPUT -s %IP% -j ACCEPT' },
      },
    ],
  });
});

test('what is not said: 25 s for the sequence, 10 s until the stop command, any TCP packet, IPv6 as IPv4', (t) => {
  const commands = { start: 'one', stop: { command: 'two', afterSeconds: 10 } };
  t.deepEqual(door('command = one\nstop_command = two'), {
    name: 'A',
    line: 1,
    places: {
      Sequence: 'line 2, [A] sequence',
      Start_Command: 'line 3, [A] command',
      Stop_Command: 'line 4, [A] stop_command',
    },
    sequence: { knocks: tcp(1) },
    timeoutSeconds: 25,
    tcpFlags: { mask: 0, value: 0 },
    ipv4: commands,
    ipv6: commands,
  });
  t.deepEqual(read('[A]\nsequence=1').doors[0]?.ipv4, undefined);
  t.false(read('[A]\nsequence=1').useSyslog);
});

const families: readonly [string, KnockdDoor['ipv4'], KnockdDoor['ipv6']][] = [
  ['start_command = a\nstart_command_6 = b', { start: 'a' }, { start: 'b' }],
  ['command = a\ncommand_6 =', { start: 'a' }, undefined],
  ['command =\ncommand_6 = b', undefined, { start: 'b' }],
  ['command_6 = b', undefined, { start: 'b' }],
  ['stop_command = x', undefined, undefined],
  [
    'command = a\nstop_command = x\nstop_command_6 =\ncmd_timeout = 0',
    { start: 'a', stop: { command: 'x', afterSeconds: 0 } },
    { start: 'a' },
  ],
  ['command = a\ncommand_6 =\nstop_command_6 = x', { start: 'a' }, undefined],
];
for (const [lines, ipv4, ipv6] of families) {
  test(`commands of the two families: ${lines.replaceAll('\n', '; ')}`, (t) => {
    t.deepEqual(door(lines).ipv4, ipv4);
    t.deepEqual(door(lines).ipv6, ipv6);
  });
}

test('a directive that comes again takes the place of the first, flags add up', (t) => {
  const again = door('sequence = 5\ncommand = a\nstart_command = b\ntimeout = 3\nseq_timeout = 4');
  t.deepEqual(again.sequence, { knocks: tcp(5) });
  t.is(again.ipv4?.start, 'b');
  t.is(again.timeoutSeconds, 4);
  t.deepEqual(door('tcpflags = fin\ntcpflags = !ack,!ack').tcpFlags, { mask: 17, value: 1 });
});

test('one-time sequences are a file, and two doors may have one name', (t) => {
  const { doors } = read('[A]\none_time_sequences = /etc/knockd/list\n[A]\nsequence = 9');
  t.deepEqual(
    doors.map(({ name, sequence }) => [name, sequence]),
    [
      ['A', { file: '/etc/knockd/list' }],
      ['A', { knocks: tcp(9) }],
    ],
  );
});

test('line ends of Windows, a byte order mark, and UseSyslog under a door are taken', (t) => {
  const conf = read('\ufeff[A]\r\nsequence = 1,2\r\nusesyslog\r\ncommand = x\r\n');
  t.true(conf.useSyslog);
  t.deepEqual(conf.doors[0]?.ipv4, { start: 'x' });
});

test('32 ports are taken, 33 are not', (t) => {
  const ports = Array.from({ length: 33 }, (_, i) => i + 1);
  t.deepEqual(read(`[A]\nsequence = ${ports.slice(1)}`).doors[0]?.sequence, { knocks: tcp(...ports.slice(1)) });
  t.is(parseKnockdConf(`[A]\nsequence = ${ports}`, FILE).problems[0]?.value, '33 ports');
});

const wrong: readonly [title: string, text: string, said: readonly string[]][] = [
  [
    'ports that are none, all of them',
    '[A]\nsequence = 70000,0,1:icmp,,x,-5,1:tcp:udp,1 2',
    [
      'line 2, [A] sequence: "70000": expected a port from 1 to 65535, alone or followed by ":tcp" or ":udp"',
      '"0": expected a port',
      '"1:icmp"',
      'hint: there is a comma too many',
      '"x"',
      '"-5"',
      '"1:tcp:udp"',
      'hint: ports are separated by commas',
    ],
  ],
  ['an empty sequence', '[A]\nsequence =', ['line 2, [A] sequence: nothing: expected ports such as']],
  ['ports as we write them', '[A]\nsequence = tcp/22,53/UDP', ['hint: write 22:tcp', 'hint: write 53:udp']],
  ['a range', '[A]\nsequence = 7000-7002', ['hint: every knock of the sequence is written by itself']],
  ['no sequence', '[A]\ncommand = x', ['line 1, [A]: missing: expected a Sequence, or One_Time_Sequences']],
  ['options with a capital', '[Options]\nusesyslog', ['hint: the section of options is [options], in small letters']],
  ['two kinds of sequence', '[A]\nsequence = 1\none_time_sequences = /x', ['expected one of them']],
  ['a flag that is none', '[A]\nsequence = 1\ntcpflags = syn,foo,', ['[A] tcpflags: "foo"', 'tcpflags: "": expected']],
  ['flags that exclude each other', '[A]\nsequence = 1\ntcpflags = syn\ntcpflags = !syn', ['"syn,!syn"']],
  ['times that are none', '[A]\nsequence = 1\nseq_timeout = 0\ncmd_timeout = 5m', ['"0": expected a whole', '"5m"']],
  ['a host as target', '[A]\nsequence = 1\ntarget = gw', ['"gw": expected an IPv4', 'hint: the address that the name']],
  ['a relative file', '[A]\none_time_sequences = list', ['"list": expected an absolute path']],
  ['an unknown directive', '[A]\nsequence = 1\nseq_timeot = 5', ['"seq_timeot": expected', 'mean "Seq_Timeout"?']],
  ['a comment of another kind', '[A]\nsequence = 1\n; x', ['hint: a comment begins with "#"']],
  ['an option under a door', '[A]\nsequence = 1\nlogfile = /x', ['"logfile": expected this under [options]']],
  ['a directive under options', '[options]\nsequence = 1\n[A]\nsequence = 1', ['expected this under the [name]']],
  [
    'a directive before all sections',
    'sequence = 1\n[A]\nsequence = 1',
    ['line 1: "sequence = 1": expected a section'],
  ],
  ['no value', '[A]\nsequence = 1\ncommand', ['missing: expected a value: Start_Command = …']],
  ['a value for UseSyslog', '[options]\nusesyslog = yes\n[A]\nsequence = 1', ['"yes": expected the word alone']],
  ['no closing bracket', '[A\nsequence = 1', ['line 1: "[A": expected the name of a section']],
  ['a comment after the brackets', '[A] # ssh\nsequence = 1', ['hint: a comment has a line of its own']],
  ['an empty name', '[ ]\nsequence = 1', ['line 1: "[ ]": expected the name']],
  ['quotes around a path', '[options]\nlogfile = "/x"\n[A]\nsequence = 1', ['hint: write it without quotes']],
  ['a device for an interface', '[options]\ninterface = /dev/eth0\n[A]\nsequence = 1', ['hint: write "eth0"']],
  ['a line that is too long', `[A]\nsequence = 1\ncommand = ${'x'.repeat(MAX_LINE_CHARACTERS)}`, ['line 3: 4105 char']],
  ['a zero byte', '[A]\nsequence = 1\ncommand = a\0b', ['line 3: "command = a\\u0000b": expected a line without']],
  ['no door at all', '[options]\nusesyslog', ['no door: expected at least one door']],
];
for (const [title, text, said] of wrong) {
  test(`told with file and line: ${title}`, (t) => {
    const { conf, problems } = parseKnockdConf(text, FILE);
    t.is(conf, undefined);
    const shown = formatProblems(problems);
    t.true(
      shown.split('\n').every((line) => line === '' || /: hint: |: error: knockd\.conf: /.test(line)),
      shown,
    );
    for (const part of said) t.true(shown.includes(part), `${part}\n${shown}`);
    t.is(problems.length, problems.filter(({ file }) => file === FILE).length);
  });
}

test('problems come in the order of the lines, those of one door do not hide those of another', (t) => {
  const { problems } = parseKnockdConf('x\n[A]\nsequence = 0\n[B]\nfoo = 1\nsequence = 0', FILE);
  t.deepEqual(
    problems.map(({ path }) => path),
    ['line 1', 'line 3, [A] sequence', 'line 5, [B] foo', 'line 6, [B] sequence'],
  );
});

test('doors and problems are bounded', (t) => {
  const doors = (count: number) => '[A]\nsequence = 1\n'.repeat(count);
  t.is(read(doors(MAX_DOORS)).doors.length, MAX_DOORS);
  t.is(parseKnockdConf(doors(MAX_DOORS + 1), FILE).problems[0]?.value, `${MAX_DOORS + 1} doors`);
  t.is(parseKnockdConf('x\n'.repeat(MAX_PROBLEMS + 1), FILE).problems.length, MAX_PROBLEMS);
});
