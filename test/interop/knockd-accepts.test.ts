// Which configurations knockd 0.8 starts with, and which we do. Where the two differ, it is said why.

import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labTest } from '../lab/lab-test.ts';
import { until } from '../lab/until.ts';

const PARSER = new URL('../../../packages/daemon/dist/knockd-conf/parse.js', import.meta.url).href;

const ports = (count: number) => Array.from({ length: count }, (_, i) => i + 1).join();
const door = (...lines: string[]) => ['[A]', ...lines, ''].join('\n');
const one = (line: string) => door('sequence = 1', line);

/** Both start. */
const TAKEN: readonly string[] = [
  door('sequence = 7000,8000:udp,9000:tcp', 'command = x'),
  door('SEQUENCE=1:TCP, 2:Udp', 'Timeout = 5', 'COMMAND = a = "b" # c', 'Command_6 =', 'cmd_TIMEOUT = 0'),
  door(`sequence = ${ports(32)}`),
  door('sequence = 1', 'sequence = 2', 'command = a', 'start_command = b'),
  `${one('command = x')}${one('command = y')}`,
  one('tcpflags = fin,!ack'),
  one('tcpflags = syn\ntcpflags = !ack'),
  one('usesyslog'),
  one('target = 192.0.2.1'),
  one('stop_command_6 ='),
  '[A]\r\nsequence = 1\r\ncommand = x\r\n',
  '# a comment\n\n   # another\n[a b]\n\tsequence\t=\t1',
];

/** Neither starts. */
const REFUSED: readonly string[] = [
  door('command = x'),
  door('sequence = 70000'),
  door('sequence = 1:icmp'),
  door(`sequence = ${ports(33)}`),
  one('foo = bar'),
  one('seq_timeot = 5'),
  one('command'),
  one('logfile = /x'),
  one('interface = eth0'),
  one('tcpflags = foo'),
  one('tcpflags ='),
  one('; a comment'),
  one('[B] # a comment\nsequence = 1'),
  one('[]\nsequence = 1'),
  door('one_time_sequences = list'),
];

/** knockd starts, and does nothing sensible. */
const OURS_REFUSES: Readonly<Record<string, string>> = {
  'port 0 can be knocked on by nobody': door('sequence = 0'),
  'a word is port 0': door('sequence = abc'),
  'an empty entry is port 0': door('sequence = 1,,2'),
  'an empty sequence is port 0': door('sequence ='),
  '-5 is 65531': door('sequence = -5'),
  'what follows the number is left out': door('sequence = 12x'),
  'what follows the protocol is left out': door('sequence = 1:tcp:udp'),
  'a sequence in no time never comes': one('seq_timeout = 0'),
  'a time before the beginning never comes': one('seq_timeout = -1'),
  '5m is 5 seconds': one('seq_timeout = 5m'),
  'a word is no time': one('cmd_timeout = soon'),
  'no packet has a flag and has it not': one('tcpflags = syn,!syn'),
  'a host name is resolved once, at the start': one('target = localhost'),
};

/** knockd does not start, though it is clear what is meant. */
const KNOCKD_REFUSES: Readonly<Record<string, string>> = {
  'a blank behind a flag': one('tcpflags = syn , !ack'),
};

labTest(
  'what knockd starts with we start with, and the other way round, but for a list',
  async (t, { lab, server }) => {
    const { parseKnockdConf } = (await import(PARSER)) as {
      readonly parseKnockdConf: (text: string, file: string) => { readonly conf?: object };
    };
    let runs = 0;
    const knockdStarts = async (text: string): Promise<boolean> => {
      const [file, log] = ['conf', 'log'].map((name) => join(lab.folder, `${name}-${++runs}`)) as [string, string];
      await writeFile(file, `[options]\nlogfile = ${log}\n${text}\n`);
      const knockd = server.start('/usr/sbin/knockd', ['-i', 'eth0', '-c', file]);
      const starts = await until('knockd starts or ends', () => {
        if (existsSync(log) && readFileSync(log, 'utf8').includes('starting up')) return 'starts';
        return knockd.child.exitCode !== null && 'ends';
      });
      await knockd.stop('SIGKILL');
      return starts === 'starts';
    };
    const weStart = (text: string) =>
      parseKnockdConf(`[options]\nlogfile = /x\n${text}\n`, 'knockd.conf').conf !== undefined;
    const rows = [
      ...TAKEN.map((text) => [text, true, true] as const),
      ...REFUSED.map((text) => [text, false, false] as const),
      ...Object.values(OURS_REFUSES).map((text) => [text, true, false] as const),
      ...Object.values(KNOCKD_REFUSES).map((text) => [text, false, true] as const),
    ];
    for (const [text, knockd, ours] of rows) {
      t.deepEqual({ knockd: await knockdStarts(text), ours: weStart(text) }, { knockd, ours }, text);
    }
  },
);
