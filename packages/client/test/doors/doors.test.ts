// digits, tumbler and one-time on a machine without network: what is sent, and every mistake.

import { chmod, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeTumbler, TUMBLER_TEXT, tumblerHash } from '@eightknock/codec';
import test, { type ExecutionContext } from 'ava';
import { main } from '#src/cli.js';
import { FakeMachine, type FakeOptions } from '../fake-machine.ts';
import { makeFolder, VECTOR_SECONDS } from '../sample.ts';

const HOST = '198.51.100.1';

async function run(args: readonly string[], options: FakeOptions = {}) {
  const machine = new FakeMachine(options);
  const code = await main(args, machine);
  return Object.assign(machine, { code });
}

async function privateFile(t: ExecutionContext, text: string): Promise<string> {
  const file = join(await makeFolder(t), 'file');
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

const DIAL = ['--start', 'tcp/1042,udp/1044', '--first-port', 'tcp/1040', '--end', 'tcp/1043,tcp/1044'];

test('digits: start, digits, end, with the delays between them', async (t) => {
  const { code, err, out, knocks, clock } = await run(['digits', HOST, ...DIAL, '--port', '29', '--delay', '50']);
  t.is(code, 0, err);
  const [tcp, udp] = [(port: number) => `tcp ${HOST} ${port}`, (port: number) => `udp ${HOST} ${port}`];
  t.deepEqual(knocks, [tcp(1042), udp(1044), tcp(1042), tcp(1049), tcp(1043), tcp(1044)]);
  t.is(clock.elapsedMs(), 5 * 50);
  t.is(out, `knocking at ${HOST}: tcp/1042 udp/1044 tcp/1042 tcp/1049 tcp/1043 tcp/1044\n6 packets sent in 0.25 s\n`);
});

test('digits: --wait knocks again, --json says all, --quiet nothing', async (t) => {
  const args = ['digits', HOST, ...DIAL, '--port', '29'];
  const { code, out, knocks, tries } = await run([...args, '--wait', '--json'], {
    looks: ['refused', 'refused', 'open'],
  });
  t.is(code, 0);
  t.is(knocks.length % 6, 0);
  t.deepEqual(new Set(tries), new Set([`${HOST} 29`]));
  t.like(JSON.parse(out), { ok: true, host: HOST, port: 29, outcome: 'open', packets: knocks.length });
  const quiet = await run([...args, '--quiet', '-4']);
  t.deepEqual([quiet.out, quiet.err], ['', '']);
});

test('digits: all mistakes at once', async (t) => {
  const wrong = ['--start', 'x', '--first-port', 'tcp/65527', '--end', Array(33).fill('tcp/1').join(), '--port', '0'];
  const { code, err, knocks } = await run(['digits', 'a b', ...wrong, '--delay', '-1', '--wait', '0']);
  t.is(code, 2);
  t.deepEqual(knocks, []);
  for (const line of [
    /HOST: "a b"/,
    /--port: "0"/,
    /--start: "x"/,
    /--first-port: .*65526/,
    /--end: /,
    /--delay/,
    /--wait/,
  ]) {
    t.regex(err, line);
  }
  t.regex((await run(['digits', HOST])).err, /--port: missing/);
  // 1043 1044 are the digits 3 and 4.
  const early = await run(['digits', HOST, ...DIAL, '--port', '1345']);
  t.regex(early.err, /--port: "1345": expected a port whose digits do not contain the knocks of --end/);
});

const tumblerArgs = async (t: ExecutionContext) => [
  'tumbler',
  HOST,
  '--udp-port',
  '8675',
  '--secret-file',
  await privateFile(t, 'pAsSwOrD\n'),
];

test('tumbler: the hash of the minute, the address and the secret', async (t) => {
  const { code, err, out, knocks, payloads } = await run(await tumblerArgs(t));
  t.is(code, 0, err);
  t.deepEqual(knocks, [`udp ${HOST} 8675`]);
  t.is(out.split('\n')[0], `Tumbler's datagram to ${HOST}, UDP port 8675, from 203.0.113.7`);
  const fields = { text: TUMBLER_TEXT, address: '203.0.113.7', secret: 'pAsSwOrD', name: '' };
  const hash = tumblerHash({ ...fields, minute: Math.floor(VECTOR_SECONDS / 60) });
  t.deepEqual(decodeTumbler(Buffer.from(payloads[0] ?? '')), hash);
});

test('tumbler: another text, name and address; behind a NAT the address has to be said', async (t) => {
  const args = await tumblerArgs(t);
  const text = '%NAME%%MINUTE%%IP%%SECRET%';
  const { payloads } = await run([...args, '--text', text, '--name', 'd', '--ip', '192.0.2.9']);
  const fields = { text, address: '192.0.2.9', secret: 'pAsSwOrD', name: 'd' };
  const hash = tumblerHash({ ...fields, minute: Math.floor(VECTOR_SECONDS / 60) });
  t.deepEqual(decodeTumbler(Buffer.from(payloads[0] ?? '')), hash);
  const nat = await run(args, { ownAddress: () => '10.0.0.2' });
  t.is(nat.code, 2);
  t.deepEqual(nat.knocks, []);
  t.regex(nat.err, /--ip: missing: the server will not see this machine as 10\.0\.0\.2\n.*hint: .*--ip ADDRESS/);
});

test('tumbler: all mistakes at once, and no secret', async (t) => {
  const file = await privateFile(t, 'two\nlines\n');
  const args = ['--udp-port', '70000', '--secret-file', file, '--text', '%IP%%NAME%', '--ip', 'source', '--wait'];
  const { code, err } = await run(['tumbler', HOST, ...args]);
  t.is(code, 2);
  for (const line of [
    /--udp-port: "70000"/,
    /--text: .*%MINUTE%/,
    /--name: missing/,
    /--ip: "source"/,
    /--port: missing: --wait/,
    /in one line/,
  ]) {
    t.regex(err, line);
  }
  t.notRegex(err, /two/);
  await chmod(file, 0o604);
  t.regex((await run(['tumbler', HOST, '--udp-port', '1', '--secret-file', file])).err, /mode 0604/);
  t.regex((await run(['tumbler', HOST, '--udp-port', '1'])).err, /--secret-file: missing/);
});

const LIST = '# mine\n7001:udp,7000\ntcp/7003 udp/7002\n';

test('one-time: the next line is marked before it is knocked, and the rest is counted', async (t) => {
  const file = await privateFile(t, LIST);
  const args = ['one-time', HOST, '--file', file];
  const first = await run(args);
  t.is(first.code, 0, first.err);
  t.deepEqual(first.knocks, [`udp ${HOST} 7001`, `tcp ${HOST} 7000`]);
  t.is(first.err, `knockclient: hint: ${file}: 1 line left\n`);
  t.is(await readFile(file, 'utf8'), '# mine\n#7001:udp,7000\ntcp/7003 udp/7002\n');
  // It could not be sent: it is used all the same.
  const failed = await run(args, { failAt: [1, 'ENETUNREACH'] });
  t.is(failed.code, 1);
  t.is(await readFile(file, 'utf8'), '# mine\n#7001:udp,7000\n#tcp/7003 udp/7002\n');
  const again = await run([...args, '--again', '--json']);
  t.deepEqual(again.knocks, [`tcp ${HOST} 7003`, `udp ${HOST} 7002`]);
  t.like(JSON.parse(again.out), { ok: true, left: 0 });
  const none = await run(args);
  t.deepEqual([none.code, none.knocks.length], [2, 0]);
  t.regex(none.err, /there is no line that was not used\n.*hint: put a new list there/);
  t.deepEqual(await readdir(join(file, '..')), ['file']);
});

test('one-time: with --wait it is the same line until it is open; one line is used', async (t) => {
  const file = await privateFile(t, LIST);
  const args = ['one-time', HOST, '--file', file, '--port', '22', '--wait', '2'];
  const { code, err, knocks } = await run(args, { looks: ['silent'] });
  t.is(code, 1);
  t.deepEqual(new Set(knocks), new Set([`udp ${HOST} 7001`, `tcp ${HOST} 7000`]));
  t.regex(err, /did not open within .*no answer\n.*hint: .*--again/);
  t.is((await readFile(file, 'utf8')).match(/^#/gm)?.length, 2);
});

test('one-time: nothing is used where there is no way, a wrong line, another who takes one, or others may read', async (t) => {
  const file = await privateFile(t, LIST);
  const unchanged = async (host: string, expected: RegExp, ...more: string[]) => {
    const before = await readFile(file, 'utf8');
    const { code, err, knocks } = await run(['one-time', host, '--file', file, ...more], {
      ownAddress: () => undefined,
    });
    t.not(code, 0);
    t.regex(err, expected);
    t.deepEqual(knocks, []);
    t.is(await readFile(file, 'utf8'), before);
  };
  await unchanged(HOST, /there is no way to host/);
  await unchanged('gw', /has no address/);
  const refused = async (expected: RegExp) => {
    const { code, err, knocks } = await run(['one-time', HOST, '--file', file]);
    t.deepEqual([code, knocks.length], [2, 0]);
    t.regex(err, expected);
  };
  const lock = join(file, '..', '.file.taking');
  await writeFile(lock, '');
  await refused(/\.file\.taking is there: another knockclient takes a line/);
  t.deepEqual((await readdir(join(file, '..'))).sort(), ['.file.taking', 'file'], 'it is not ours to remove');
  await rm(lock);
  await writeFile(file, 'nonsense\n7000\n');
  await refused(/file: line 1: expected ports such as/);
  await chmod(file, 0o640);
  await refused(/mode 0640/);
  t.regex((await run(['one-time', HOST, '--file', '/nonexistent'])).err, /there is no such file/);
  t.regex((await run(['one-time', HOST])).err, /--file: missing/);
  t.deepEqual(await readdir(join(file, '..')), ['file']);
});

test('one-time: of two at once, each line is knocked once; a link to the list stays a link', async (t) => {
  const file = await privateFile(t, Array.from({ length: 20 }, (_, i) => `${7000 + i}\n`).join(''));
  const link = join(await makeFolder(t), 'link');
  await symlink(file, link);
  const done = await Promise.all(Array.from({ length: 10 }, () => run(['one-time', HOST, '--file', link])));
  const knocks = done.flatMap((machine) => machine.knocks);
  t.true(knocks.length > 0);
  t.is(new Set(knocks).size, knocks.length);
  t.is((await readFile(file, 'utf8')).match(/^#/gm)?.length, knocks.length);
  t.is(await readFile(link, 'utf8'), await readFile(file, 'utf8'));
});
