// mark mode: the user's own firewall decides, and lets in what is marked by the one rule that docs/firewall.md gives.

import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { startDaemon } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Bench } from '../lab/lab-test.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { defaultDrop, iptablesDefaultDrop } from '../lab/rulesets.ts';

const FIREWALLS_PAGE = readFileSync(new URL('../../../docs/firewall.md', import.meta.url), 'utf8');

async function opensByMark(t: ExecutionContext, { lab, server, client, third }: Bench): Promise<void> {
  await listen(server, 'tcp', 22, 'service');
  await startDaemon(lab, server, { firewall: 'mode = "mark"' });
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  for (const [to, from] of [
    [server.ipv4, client.ipv4],
    [server.ipv6, client.ipv6],
  ] as const) {
    await knock(client, to, sequence({ address: from }));
    t.true(await isOpen(client, to, 22));
    t.is(await lookAt(third, to, 22), 'silent');
  }
}

labTest('mark mode behind iptables -P INPUT DROP', async (t, bench) => {
  const rule = 'iptables -I INPUT -m mark --mark 0x745 -j ACCEPT';
  t.true(FIREWALLS_PAGE.includes(rule), 'the rule is the documented one');
  await iptablesDefaultDrop(bench.server, []);
  const [iptables = '', ...args] = rule.split(' ');
  for (const command of [iptables, iptables.replace('ip', 'ip6')])
    await bench.server.mustRun(`/usr/sbin/${command}`, args);
  await opensByMark(t, bench);
});

labTest('mark mode behind an nftables default-drop ruleset', async (t, bench) => {
  const rule = 'meta mark 0x745 accept';
  t.true(FIREWALLS_PAGE.includes(rule), 'the rule is the documented one');
  await defaultDrop(bench.server, [rule]);
  await opensByMark(t, bench);
});

labTest('who may come in is not marked on the way through to others', async (t, { lab, server, client }) => {
  const inner = await lab.addInnerHost(server);
  await listen(inner, 'tcp', 22, 'inner');
  await listen(server, 'tcp', 22, 'service');
  await client.mustRun('/usr/sbin/ip', ['route', 'add', '10.88.0.0/24', 'via', server.ipv4]);
  await server.nft(`table inet filter {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    meta mark 0x745 accept
  }
}
`);
  const daemon = await startDaemon(lab, server, { firewall: 'mode = "mark"' });
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened' });
  t.is(await lookAt(client, inner.ipv4, 22), 'silent');
});

labTest('mark mode drops nothing by itself', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  await startDaemon(lab, server, { firewall: 'mode = "mark"' });
  t.true(await isOpen(client, server.ipv4, 22));
});
