// What must not open anything, each with the reason that the log gives.

import type { KnockRequest } from '@eightknock/codec';
import { ALICE, type DaemonProcess, type LabClient, labSecret, startDaemon } from '../lab/daemon-process.ts';
import { knock, type SequenceOptions, sequence } from '../lab/knocking.ts';
import { type Bench, labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { lookAt, openElements } from '../lab/probes.ts';
import { until } from '../lab/until.ts';

interface Row {
  readonly client?: LabClient;
  readonly request?: (bench: Bench) => Partial<KnockRequest>;
  readonly options?: SequenceOptions;
  /** Fields of the log line. */
  readonly logged: Readonly<Record<string, unknown>>;
}

const STRANGER: LabClient = { ...ALICE, secret: labSecret(99) };
const EXPIRED: LabClient = { ...ALICE, toml: 'ports = ["tcp/22"]\nexpires = 2020-01-01' };
const DISABLED: LabClient = { ...ALICE, toml: 'ports = ["tcp/22"]\nenabled = false' };
const DISTRUSTED: LabClient = { ...ALICE, toml: 'ports = ["tcp/22"]\ntrust_source = false' };

const ROWS: Readonly<Record<string, Row>> = {
  'wrong key': { options: { client: STRANGER }, logged: { event: 'rejected', reason: 'no-key-fits' } },
  'wrong server id': {
    options: { serverId: 'other.example.net' },
    logged: { event: 'rejected', reason: 'no-key-fits' },
  },
  'clock behind by three windows': {
    options: { clockSeconds: -90 },
    logged: { event: 'rejected', reason: 'clock-off', client: 'alice', port: 22 },
  },
  'clock ahead by three windows': {
    options: { clockSeconds: 90 },
    logged: { event: 'rejected', reason: 'clock-off', client: 'alice', port: 22 },
  },
  'clock behind by more than is searched': {
    options: { clockSeconds: -1000 },
    logged: { event: 'rejected', reason: 'no-key-fits' },
  },
  'port not on the list': {
    request: () => ({ port: 23 }),
    logged: { event: 'denied', reason: 'port-not-allowed', client: 'alice', port: 23, requestedTime: 1 },
  },
  'address of somebody else without open_for_other': {
    request: ({ third }) => ({ address: third.ipv4 }),
    logged: { event: 'rejected', reason: 'address-mismatch', client: 'alice', claimed: '10.77.0.3', port: 22 },
  },
  '"source" where the client may not say it': {
    client: DISTRUSTED,
    logged: { event: 'rejected', reason: 'source-not-trusted', client: 'alice', port: 22 },
  },
  'expired client': {
    client: EXPIRED,
    logged: { event: 'denied', reason: 'client-expired', client: 'alice', port: 22 },
  },
  'disabled client': {
    client: DISABLED,
    logged: { event: 'denied', reason: 'client-disabled', client: 'alice', port: 22 },
  },
};

for (const [title, { client: labClient = ALICE, request, options, logged }] of Object.entries(ROWS)) {
  labTest(`refused: ${title}`, async (t, bench) => {
    const { lab, server, client } = bench;
    await listen(server, 'tcp', 22, 'service');
    const daemon = await startDaemon(lab, server, { clients: [labClient] });
    await knock(client, server.ipv4, sequence(request?.(bench), options));
    const line = await daemon.line({ ...logged, source: client.ipv4 });
    t.is(typeof line.time, 'string');
    t.is(await lookAt(client, server.ipv4, 22), 'silent');
    t.notRegex(await openElements(server), /elements/);
    t.is(daemon.count('opened'), 0);
  });
}

async function opened(daemon: DaemonProcess, { server, client }: Bench, ports: readonly number[]): Promise<void> {
  await knock(client, server.ipv4, ports);
  await daemon.line({ event: 'opened', client: 'alice' });
}

labTest('refused: a recorded sequence again, from the same and from another source', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  const recorded = sequence();
  await opened(daemon, bench, recorded);

  await knock(client, server.ipv4, recorded);
  await daemon.line({
    event: 'denied',
    reason: 'replay',
    client: 'alice',
    source: client.ipv4,
    port: 22,
    requestedTime: 1,
  });
  await knock(third, server.ipv4, recorded);
  await daemon.line({
    event: 'denied',
    reason: 'replay',
    client: 'alice',
    source: third.ipv4,
    port: 22,
    requestedTime: 1,
  });
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  t.is(daemon.count('opened'), 1);
});

labTest('refused: a recorded sequence that names its address, from another source', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  const recorded = sequence({ address: client.ipv4 });
  await opened(daemon, bench, recorded);
  await knock(third, server.ipv4, recorded);
  await daemon.line({ event: 'rejected', reason: 'address-mismatch', source: third.ipv4, claimed: client.ipv4 });
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
});

labTest('a sequence that fails is dropped and never answered', async (t, { lab, server, client }) => {
  await server.nft('table inet filter {\n chain input {\n type filter hook input priority 0; policy drop;\n }\n}\n');
  const daemon = await startDaemon(lab, server);
  const filter = `src host ${server.ipv4} and not arp`;
  const dump = client.start('/usr/bin/tcpdump', ['-ni', 'eth0', '-l', filter]);
  await until('tcpdump listens', () => dump.stderr.includes('listening on'));
  await knock(client, server.ipv4, sequence({}, { client: STRANGER }));
  await daemon.line({ event: 'rejected', reason: 'no-key-fits' });
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened' });
  t.is(dump.stdout, '');
});
