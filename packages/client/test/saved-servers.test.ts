// Saved servers as their commands see them: what their knocks say by default, which is meant when none is named, and the
// link that stays hidden.

import { readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEnrolmentLink } from '@eightknock/codec';
import test, { type ExecutionContext } from 'ava';
import { main } from '#src/cli.js';
import { systemClock } from '#src/clock.js';
import { defaultServerFile } from '#src/servers/default-server.js';
import { FakeMachine, type FakeOptions } from './fake-machine.ts';
import { assertNoSecret, linkFor, makeFolder, SECRET } from './sample.ts';

async function run(options: FakeOptions, ...args: string[]) {
  const machine = new FakeMachine(options);
  const code = await main(args, machine);
  return { code, out: machine.out, err: machine.err, machine };
}

/** A folder with the server `gw`. */
async function saved(t: ExecutionContext, ...options: string[]): Promise<{ config: string }> {
  const config = await makeFolder(t);
  const { code, err } = await run({ config }, 'add', 'gw', linkFor('198.51.100.1'), ...options);
  t.is(code, 0, err);
  return { config };
}

/** What a knock asks for. */
async function asks(options: FakeOptions, ...args: string[]) {
  const { out, err } = await run(options, ...args, '--json');
  const { port, time, transport, claimedAddress, seconds } = JSON.parse(out || '{}');
  return { port, time, transport, claimedAddress, seconds, err };
}

test('what was saved needs not be said', async (t) => {
  const options = await saved(
    t,
    '--port',
    '22',
    '--time',
    '30',
    '--ip',
    'source',
    '--transport',
    'udp',
    '--delay',
    '5',
  );
  const expected = { port: 22, time: 30, transport: 'udp', claimedAddress: 'source', seconds: 0.035, err: '' };
  t.deepEqual(await asks(options), expected);
  t.deepEqual(await asks(options, 'gw', '--time', '0', '--transport', 'tcp'), {
    ...expected,
    time: 0,
    transport: 'tcp',
  });
  t.deepEqual(await asks(options, '--ip', '203.0.113.99'), { ...expected, claimedAddress: '203.0.113.99' });
});

test('an address of the other family gives way to -6', async (t) => {
  const options = { ...(await saved(t, '--ip', '203.0.113.99', '--port', '22')), hosts: { gw: ['2001:db8::1'] } };
  t.is((await asks(options, 'gw', '--host', 'gw', '-6')).claimedAddress, '2001:db8::7');
});

test('set changes some of it, --reset forgets the rest', async (t) => {
  const options = await saved(t, '--port', '22', '--time', '30');
  const { code, out } = await run(options, 'set', 'gw', '--time', '5');
  t.is(code, 0);
  t.regex(out, /knocks {2}--port 22 --time 5\n$/);
  assertNoSecret(t, out);
  t.like(await asks(options), { port: 22, time: 5 });
  t.is((await run(options, 'set', 'gw', '--reset', '--port', '51820')).code, 0);
  t.like(await asks(options), { port: 51820, time: 1 });
  t.is((await run(options, 'set', 'gw', '--reset')).code, 0);
  t.regex((await run(options)).err, /--port: missing/);
});

test('set: mistakes change nothing, and all are told', async (t) => {
  const options = await saved(t, '--port', '22');
  const wrong = await run(options, 'set', 'gw', '--port', '0', '--time', '255', '--delay', 'x');
  t.is(wrong.code, 2);
  for (const option of ['--port', '--time', '--delay']) t.regex(wrong.err, new RegExp(`error: ${option}: `));
  t.is((await asks(options)).port, 22);
  t.regex((await run(options, 'set', 'gw')).err, /nothing to set: expected --port/);
  t.regex((await run(options, 'set', '../gw', '--port', '22')).err, /"\.\.\/gw" is not a saved server/);
});

test('list shows what is saved, and a star at the default', async (t) => {
  const options = await saved(t, '--port', '22', '--default');
  const { out } = await run(options, 'list');
  t.is(
    out,
    `NAME  HOST          BASE PORT  CLIENT  PORTS              KNOCKS
gw *  198.51.100.1  745        alice   tcp/22, udp/51820  --port 22
`,
  );
  const [server] = JSON.parse((await run(options, 'list', '--json')).out).servers;
  t.like(server, { name: 'gw', default: true, defaults: { port: 22 } });
});

test('of several servers the default one is meant', async (t) => {
  const options = await saved(t);
  await run(options, 'add', 'home', linkFor('198.51.100.9'));
  t.is((await run(options, '--port', '22')).code, 2);
  t.is((await run(options, 'default')).out, 'no default server\n');
  t.is((await run(options, 'default', 'home')).out, 'home\n');
  t.is((await run(options, 'default')).out, 'home\n');
  const { code, machine } = await run(options, '--port', '22');
  t.is(code, 0);
  t.true(machine.knocks.every((knock) => knock.startsWith('tcp 198.51.100.9 ')));
  t.is((await stat(defaultServerFile(join(options.config, 'eightknock', 'servers')))).mode & 0o777, 0o600);

  t.is((await run(options, 'default', '--none')).out, 'no default server\n');
  t.is((await run(options, '--port', '22')).code, 2);
});

test('the default server goes with its server', async (t) => {
  const options = await saved(t, '--default');
  await run(options, 'remove', 'gw');
  t.is((await run(options, 'default')).out, 'no default server\n');
});

test('a default server that is no longer there', async (t) => {
  const options = await saved(t);
  await run(options, 'add', 'home', linkFor('198.51.100.9'));
  await writeFile(join(options.config, 'eightknock', 'default-server'), 'lost\u001b[2J\n');
  const { code, err } = await run(options, '--port', '22');
  t.is(code, 2);
  t.regex(
    err,
    /default-server: "lost\\u001b\[2J" is not a saved server\n.*saved: gw, home; "knockclient default NAME"/,
  );
});

test('default: wrong use', async (t) => {
  const options = await saved(t);
  t.regex((await run(options, 'default', 'lost')).err, /"lost" is not a saved server/);
  t.regex((await run(options, 'default', 'gw', '--none')).err, /NAME and --none do not go together/);
});

test('link shows nothing unless it is told to', async (t) => {
  const options = await saved(t, '--port', '22');
  const hidden = await run(options, 'link', 'gw');
  t.deepEqual([hidden.code, hidden.out], [2, '']);
  t.regex(hidden.err, /the link holds the secret\n.*link gw --show-secret/);
  assertNoSecret(t, hidden.err);
  const { code, out } = await run(options, 'link', 'gw', '--show-secret');
  t.is(code, 0);
  t.true(out.includes(SECRET));
  t.deepEqual(decodeEnrolmentLink(out.trim()), decodeEnrolmentLink(linkFor('198.51.100.1')));
  t.regex((await run(options, 'link', 'lost', '--show-secret')).err, /"lost" is not a saved server/);
});

test('add reads from a file', async (t) => {
  const config = await makeFolder(t);
  const file = join(config, 'link');
  await writeFile(file, `\n${linkFor('198.51.100.1')}\n`);
  t.is((await run({ config }, 'add', 'gw', '--file', file)).code, 0);
  t.regex((await run({ config }, 'list')).out, /^gw /m);
  const both = await run({ config }, 'add', 'x', linkFor('gw'), '--file', file);
  t.regex(both.err, /LINK and --file do not go together/);
  t.regex((await run({ config }, 'add', 'x', '--file', `${file}x`)).err, /linkx: there is no such file/);
});

for (const given of [['-'], []]) {
  test(`add reads from standard input: ${given[0] ?? 'no LINK'}`, async (t) => {
    const config = await makeFolder(t);
    const piped = await run({ config, input: `${linkFor('198.51.100.1')}\r\n` }, 'add', 'gw', ...given);
    t.deepEqual([piped.code, piped.err], [0, '']);
    const typed = { config, input: linkFor('198.51.100.1'), isInputTerminal: true };
    t.is((await run(typed, 'add', 'home', ...given)).err, 'paste the enrolment link, then press Enter: ');
    assertNoSecret(t, piped.out);
  });
}

test('add does not ask for a link when something else is wrong', async (t) => {
  const { code, err } = await run({ config: await makeFolder(t), isInputTerminal: true }, 'add', 'list', '--port', '0');
  t.is(code, 2);
  t.false(err.includes('paste'));
  t.is(err.match(/error: /g)?.length, 2);
});

/** Others have to get on while it waits. */
const inRealTime = (options: FakeOptions) => Object.assign(new FakeMachine(options), { clock: systemClock });

test('several that set something at once: nothing of it gets lost', async (t) => {
  for (let round = 0; round < 5; round++) {
    const config = await makeFolder(t);
    await main(['add', 'gw', linkFor('198.51.100.1')], new FakeMachine({ config }));
    const changes = [
      ['--port', '8022'],
      ['--time', '7'],
      ['--ip', 'source'],
      ['--transport', 'udp'],
      ['--delay', '5'],
    ];
    const codes = await Promise.all(changes.map((change) => main(['set', 'gw', ...change], inRealTime({ config }))));
    t.deepEqual(codes, [0, 0, 0, 0, 0]);
    const machine = new FakeMachine({ config });
    await main(['list', '--json'], machine);
    const { defaults } = JSON.parse(machine.out).servers[0];
    t.deepEqual(defaults, { port: 8022, time: 7, ip: 'source', transport: 'udp', delayMs: 5 });
    t.deepEqual(await readdir(join(config, 'eightknock', 'servers')), ['gw.toml']);
  }
});

for (const args of [
  ['set', 'gw', '--time', '7'],
  ['add', 'gw', '--force', linkFor('198.51.100.2')],
  ['remove', 'gw'],
]) {
  test(`${args[0]}: waits for another one that changes the server, and not for ever`, async (t) => {
    const config = await makeFolder(t);
    await main(['add', 'gw', linkFor('198.51.100.1')], new FakeMachine({ config }));
    const folder = join(config, 'eightknock', 'servers');
    const lock = join(folder, '.gw.lock');
    await writeFile(lock, '');
    const before = await readFile(join(folder, 'gw.toml'), 'utf8');
    const stuck = new FakeMachine({ config });
    t.is(await main(args, stuck), 1);
    t.is(
      stuck.err,
      `knockclient: error: ${lock} is there: another knockclient changes this server\nknockclient: hint: if none does, remove that file\n`,
    );
    t.is(await readFile(join(folder, 'gw.toml'), 'utf8'), before);
    const machine = inRealTime({ config });
    const done = main(args, machine);
    await unlink(lock);
    t.is(await done, 0, machine.err);
  });
}
