// Other tools change the kernel's ruleset: the guard and the open doors are back within three seconds, and that is said once.

import { KNOCKDAEMON, restartDaemon, startDaemon } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt, openElements } from '../lab/probes.ts';
import { until } from '../lab/until.ts';

const TABLE = 'inet knockdaemon';
const FOREIGN = 'table inet theirs {\n set kept {\n  type ipv4_addr\n  elements = { 192.0.2.1 }\n }\n}\n';

const faults: Readonly<Record<string, string>> = {
  'the whole ruleset flushed': 'flush ruleset',
  'our table deleted': `delete table ${TABLE}`,
  'our rules flushed': `flush chain ${TABLE} knock`,
  'the guarded ports flushed': `flush set ${TABLE} guarded`,
  'an open door removed': `delete element ${TABLE} open4 { 10.77.0.2 . tcp . 22 }`,
  'a door opened by hand': `add element ${TABLE} open4 { 10.77.0.3 . tcp . 22 }`,
  'a rule that lets all in': `insert rule ${TABLE} knock accept`,
};
for (const [title, command] of Object.entries(faults)) {
  labTest(`${title}: back within 3 s, said once`, async (t, { lab, server, client, third }) => {
    await listen(server, 'tcp', 22, 'service');
    const daemon = await startDaemon(lab, server);
    await knock(client, server.ipv4, sequence({ time: 5 }));
    await daemon.line({ event: 'opened' });
    await server.nft(`${command}\n`);
    await until('the table is back', () => daemon.count('restored') === 1, 3);
    t.is(await lookAt(third, server.ipv4, 22), 'silent');
    t.true(await isOpen(client, server.ipv4, 22));
    t.regex(await openElements(server), /10\.77\.0\.2 \. tcp \. 22 timeout \S+ expires 4m/);
    // Its own change is not taken for somebody else's: two looks later nothing more has been said.
    await knock(client, server.ipv4, sequence({ time: 6 }));
    await until('another knock opened', () => daemon.count('opened') === 2);
    t.is(daemon.count('restored'), 1);
  });
}

labTest('changes of others to their own tables are not touched, and lead to nothing', async (t, bench) => {
  const { lab, server, client } = bench;
  await server.nft(FOREIGN);
  const daemon = await startDaemon(lab, server);
  await server.nft('add element inet theirs kept { 192.0.2.2 }\n');
  await server.nft('add table ip another\n');
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened' });
  await server.nft(`delete table ${TABLE}\n`);
  await daemon.line({ event: 'restored' });
  t.is(daemon.count('restored'), 1);
  const theirs = await server.mustRun('/usr/sbin/nft', ['list', 'table', 'inet', 'theirs']);
  t.regex(theirs, /192\.0\.2\.1, 192\.0\.2\.2/);
});

labTest('a knock in the moment after a flush opens all the same', async (t, { lab, server, client, third }) => {
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  const ports = sequence();
  await knock(client, server.ipv4, ports.slice(0, 7));
  await server.nft('flush ruleset\n');
  await knock(client, server.ipv4, ports.slice(7));
  await daemon.line({ event: 'opened' });
  t.is(daemon.count('failed'), 0);
  t.true(await isOpen(client, server.ipv4, 22));
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
});

labTest('at the start stale state of ours is put right, nothing of others is touched', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  await knock(client, server.ipv4, sequence({ time: 5 }));
  await daemon.line({ event: 'opened' });
  await daemon.background.stop('SIGKILL');
  await server.nft(
    `${FOREIGN}add element ${TABLE} open4 { 10.77.0.3 . tcp . 22 }\nadd element ${TABLE} guarded { tcp . 9999 }\n`,
  );
  t.is(await lookAt(third, server.ipv4, 22), 'open');
  await restartDaemon(server, daemon);
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  t.true(await isOpen(client, server.ipv4, 22));
  t.notRegex(await server.mustRun('/usr/sbin/nft', ['list', 'table', 'inet', 'knockdaemon']), /9999/);
  t.regex(await server.mustRun('/usr/sbin/nft', ['list', 'table', 'inet', 'theirs']), /192\.0\.2\.1/);
});

labTest('a clean stop leaves the guard; flush removes all that is ours, and nothing else', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  await server.nft(FOREIGN);
  const daemon = await startDaemon(lab, server);
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened' });
  t.is(await daemon.background.stop('SIGTERM'), 0);
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  t.true(await isOpen(client, server.ipv4, 22));
  for (const _ of ['once', 'and once more, when nothing is there']) {
    t.is((await server.run(process.execPath, [KNOCKDAEMON, 'flush'])).code, 0);
    t.true(await isOpen(third, server.ipv4, 22));
  }
  const ruleset = await server.mustRun('/usr/sbin/nft', ['list', 'ruleset']);
  t.notRegex(ruleset, /knockdaemon/);
  t.regex(ruleset, /192\.0\.2\.1/);
});
