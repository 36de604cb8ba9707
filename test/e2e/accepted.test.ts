// What must open, however the network and the clocks behave.

import { ALICE, type LabClient, labSecret, startDaemon } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { askUdp, listen } from '../lab/listen.ts';
import { isOpen, lookAt, openElements } from '../lab/probes.ts';
import { until } from '../lab/until.ts';

const BOB: LabClient = { name: 'bob', secret: labSecret(2), toml: 'ports = ["tcp/22"]' };

for (const clockSeconds of [-30, 30]) {
  labTest(`accepted: a clock that is off by one window (${clockSeconds} s)`, async (t, { lab, server, client }) => {
    const daemon = await startDaemon(lab, server);
    // A window that ends while the knocks are on their way would make it two.
    await until('the window has time left', () => (Date.now() / 1000) % 30 < 25);
    await knock(client, server.ipv4, sequence({}, { clockSeconds }));
    const line = await daemon.line({ event: 'opened', client: 'alice' });
    t.is(line.address, client.ipv4);
  });
}

labTest('accepted: the same SYN retransmitted', async (t, { lab, server, client }) => {
  // Silent knock ports, so that the client's kernel repeats each SYN after a second.
  await server.nft('table inet filter {\n chain input {\n type filter hook input priority 0; policy drop;\n }\n}\n');
  const daemon = await startDaemon(lab, server, { args: ['--debug'] });
  const knocks = () => daemon.lines().filter((line) => line.stage === 'knock');
  const ports = sequence();
  // One socket stays pending in the middle of the sequence; the rest follows when its SYN has come twice more, after one
  // second and after three: more than the tolerance for a foreign knock makes up for.
  const script = `
import { connect } from 'node:net';
const [host, ...ports] = process.argv.slice(1);
for (const [i, port] of ports.entries()) {
  const socket = connect({ host, port: Number(port) }).on('error', () => {});
  await new Promise((resolve) => setTimeout(resolve, i === 3 ? 3500 : 30));
  socket.destroy();
}
process.exit(0);
`;
  await client.mustRun(process.execPath, ['--input-type=module', '-e', script, server.ipv4, ...ports.map(String)]);
  await daemon.line({ event: 'opened', client: 'alice' });
  const repeated = knocks().filter((line) => line.port === ports[3]).length;
  t.true(repeated >= 3, `the fourth knock came ${repeated} times`);
});

labTest('accepted: a block with a repeated byte', async (t, { lab, server, client }) => {
  const daemon = await startDaemon(lab, server);
  let ports: number[] = [];
  for (let port = 1; new Set(ports).size === 8 || ports.length === 0; port++) {
    ports = sequence({ time: 1 + (port % 200) }, { nonce: port % 16 });
  }
  t.true(new Set(ports).size < 8);
  await knock(client, server.ipv4, ports);
  const line = await daemon.line({ event: 'opened', client: 'alice' });
  t.deepEqual(line.ports, ['tcp/22']);
});

labTest('accepted: IPv6, with its own address, with "source", and not for a neighbour', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  await knock(client, server.ipv6, sequence({ address: client.ipv6 }));
  await daemon.line({ event: 'opened', address: client.ipv6, claimed: client.ipv6 });
  t.true(await isOpen(client, server.ipv6, 22));
  t.is(await lookAt(third, server.ipv6, 22), 'silent');
  await knock(third, server.ipv6, sequence({ address: 'source' }));
  await daemon.line({ event: 'opened', address: third.ipv6, claimed: 'source' });
  t.true(await isOpen(third, server.ipv6, 22));
});

for (const version of ['ipv4', 'ipv6'] as const) {
  labTest(`accepted: UDP knocks for a UDP port, ${version}`, async (t, { lab, server, client, third }) => {
    await listen(server, 'udp', 5353, 'udp service');
    const daemon = await startDaemon(lab, server, { clients: [{ ...ALICE, toml: 'ports = ["udp/5353"]' }] });
    t.is(await askUdp(client, server[version], 5353), undefined);
    await knock(client, server[version], sequence({ port: 5353, address: client[version] }), true);
    await daemon.line({ event: 'opened', ports: ['udp/5353'] });
    t.is(await askUdp(client, server[version], 5353), 'udp service');
    t.is(await askUdp(third, server[version], 5353), undefined);
  });
}

labTest("accepted: with another host's noise in between", async (t, { lab, server, client, third }) => {
  const daemon = await startDaemon(lab, server);
  const noise = Array.from({ length: 60 }, (_, i) => 745 + ((i * 37) % 256));
  await Promise.all([knock(third, server.ipv4, noise), knock(client, server.ipv4, sequence())]);
  const line = await daemon.line({ event: 'opened' });
  t.is(line.address, client.ipv4);
  await daemon.line({ event: 'rejected', source: third.ipv4, reason: 'no-key-fits' });
});

labTest('accepted: an address other than the source, with open_for_other', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server, {
    clients: [{ ...ALICE, toml: 'ports = ["tcp/22"]\nopen_for_other = true' }],
  });
  await knock(client, server.ipv4, sequence({ address: third.ipv4 }));
  await daemon.line({ event: 'opened', source: client.ipv4, claimed: third.ipv4, address: third.ipv4 });
  t.true(await isOpen(third, server.ipv4, 22));
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
});

labTest('accepted: two clients at the same moment', async (t, { lab, server, client, third }) => {
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server, { clients: [ALICE, BOB] });
  await Promise.all([knock(client, server.ipv4, sequence()), knock(third, server.ipv4, sequence({}, { client: BOB }))]);
  await daemon.line({ event: 'opened', client: 'alice', address: client.ipv4 });
  await daemon.line({ event: 'opened', client: 'bob', address: third.ipv4 });
  t.true(await isOpen(client, server.ipv4, 22));
  t.true(await isOpen(third, server.ipv4, 22));
});

labTest('a longer wish is shortened to max_time', async (t, { lab, server, client }) => {
  const daemon = await startDaemon(lab, server, { clients: [{ ...ALICE, toml: 'ports = ["tcp/22"]\nmax_time = 2' }] });
  await knock(client, server.ipv4, sequence({ time: 0 }));
  const line = await daemon.line({ event: 'opened', shortened: true });
  const minutes = (Date.parse(line.until as string) - Date.parse(line.time as string)) / 60_000;
  t.true(minutes > 1.9 && minutes <= 2, `${minutes}`);
  t.regex(await openElements(server), /timeout 2m|timeout 1m59s/);
});

labTest('one port number that is listed for TCP and UDP opens both', async (t, { lab, server, client }) => {
  const daemon = await startDaemon(lab, server, { clients: [{ ...ALICE, toml: 'ports = ["tcp/53", "udp/53"]' }] });
  await knock(client, server.ipv4, sequence({ port: 53 }));
  const line = await daemon.line({ event: 'opened' });
  t.deepEqual(line.ports, ['tcp/53', 'udp/53']);
  await until('both elements', async () =>
    /tcp \. 53.*udp \. 53|udp \. 53.*tcp \. 53/.test(await openElements(server)),
  );
});
