// What holds for every text: nothing is thrown, no secret is shown, and what is written is read back.

import { encodeSecret, formatTransportPort, type TransportPort } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { formatSource } from '#src/capture/source-name.js';
import { combineFiles } from '#src/config/combine.js';
import type { ClientConfig, Config, KnockSource, ListenAddress } from '#src/config/config.js';
import { parseClientFile, parseMain } from '#src/config/parse.js';
import { formatClient } from '#src/config/write-client.js';
import { assertNoSecret, clientTable, OTHER_SECRET, SECRET, SERVER } from './sample.ts';

const KEYS =
  'server_id base_port interface source log_pattern sequence_timeout clients_dir firewall client mode closed mark guard name secret enabled ports max_time open_for_other trust_source expires __proto__'.split(
    ' ',
  );
const key = fc.oneof(fc.constantFrom(...KEYS), fc.string({ unit: 'grapheme' }));
const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    SECRET,
    OTHER_SECRET,
    'any',
    'journal',
    'nflog:1',
    '(?<source>.)(?<port>.)',
    'tcp/22',
    'guard',
    'mark',
    'reset',
    'alice',
  ),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9998-01-01') }),
);
const { table } = fc.letrec<{ value: unknown; table: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(scalar),
    tie('table'),
    fc.array(tie('table'), { maxLength: 3 }),
  ),
  table: fc.dictionary(key, tie('value'), { maxKeys: 8 }),
}));
const fragment = fc.constantFrom(
  '[',
  ']',
  '[[client]]',
  '[firewall]',
  '\n',
  '=',
  '"',
  "'''",
  '{',
  '}',
  ',',
  '.',
  '#',
  '2027-02-30',
  '1979-05-27T07:32:00Z',
  'true',
  '0x',
  'inf',
  'a',
  `secret = "${SECRET}"`,
  '\\u',
  '\0',
  ...KEYS,
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join('')),
);

test('any text: no error is thrown, no secret is shown', (t) => {
  fc.assert(
    fc.property(text, (given) => {
      assertNoSecret(t, [parseMain(given, 'k.toml').problems, parseClientFile(given, 'c.toml').problems]);
    }),
    { numRuns: process.env.SLOW ? 20_000 : 500 },
  );
});

test('any table: no error is thrown, no secret is shown, and either it is used or there is a problem', (t) => {
  fc.assert(
    fc.property(table, (given) => {
      const written = stringify(given);
      const main = parseMain(written, 'k.toml');
      const file = parseClientFile(written, 'c.toml');
      const combined = combineFiles(main, [file]);
      t.is(combined.ok, false);
      t.is(main.settings === undefined, main.problems.length > 0);
      t.is(file.client?.client === undefined, file.problems.length > 0);
      assertNoSecret(t, [main.problems, file.problems, combined]);
    }),
    { numRuns: process.env.SLOW ? 20_000 : 500 },
  );
});

test('any table in the place of a value', (t) => {
  const place = fc.constantFrom('base_port', 'interface', 'firewall', 'client', 'clients_dir', 'server_id');
  fc.assert(
    fc.property(place, table, (name, given) => {
      const { problems } = parseMain(stringify({ server_id: 'x', [name]: [given] }), 'k.toml');
      assertNoSecret(t, problems);
      // An empty list of clients is the only one of these that could be right, and it is not empty.
      t.true(problems.length > 0);
      for (const { path } of problems) t.true(path?.startsWith(name));
    }),
    { numRuns: 200 },
  );
});

const port = fc.record({ protocol: fc.constantFrom('tcp', 'udp'), port: fc.integer({ min: 1, max: 65535 }) });
const ports = (minLength: number) =>
  fc.uniqueArray<TransportPort, string>(port, { selector: formatTransportPort, minLength, maxLength: 4 });
const clientName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const client: fc.Arbitrary<ClientConfig> = fc
  .record(
    {
      name: clientName,
      secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      enabled: fc.boolean(),
      ports: ports(1),
      openForOther: fc.boolean(),
      trustSource: fc.boolean(),
      maxTime: fc.integer({ min: 1, max: 254 }),
      expiresMs: fc.integer({ min: 0, max: Date.UTC(9999, 0) }),
    },
    { requiredKeys: ['name', 'secret', 'enabled', 'ports', 'openForOther', 'trustSource'] },
  )
  .map((one) => one as ClientConfig);
const path = fc.stringMatching(/^\/[a-z0-9 ./_"-]{0,60}$/);
const config: fc.Arbitrary<Config> = fc
  .record({
    serverId: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 16 }).filter((id) => Buffer.byteLength(id) <= 64),
    basePort: fc.integer({ min: 1, max: 65280 }),
    interfaces: fc.oneof(
      fc.constant(['any']),
      fc.uniqueArray(
        fc.stringMatching(/^[a-z][a-z0-9.@-]{0,14}$/).filter((name) => name !== 'any'),
        { minLength: 1 },
      ),
    ),
    source: fc.oneof<fc.Arbitrary<KnockSource>[]>(
      fc.constant({ kind: 'pcap' }),
      fc.constant({ kind: 'journal' }),
      fc.record({ kind: fc.constant('nflog'), group: fc.integer({ min: 0, max: 65535 }) }),
      fc.record({ kind: fc.constant('log'), file: path.filter((file) => !file.endsWith('/')) }),
    ),
    sequenceTimeoutMs: fc.integer({ min: 1000, max: 60_000 }),
    stateDir: path,
    controlSocket: path,
    metrics: fc.constantFrom({ address: '127.0.0.1', port: 9745 }, { address: '::1', port: 1 }),
    firewall: fc
      .record({
        mode: fc.constantFrom('guard', 'mark'),
        closed: fc.constantFrom('drop', 'reset'),
        mark: fc.integer({ min: 1, max: 0xffffffff }),
        guard: ports(0),
      })
      .filter(({ mode, closed }) => mode === 'guard' || closed === 'drop'),
    doors: fc.constant([]),
    clients: fc.uniqueArray<ClientConfig, string>(client, { selector: ({ name }) => name, maxLength: 4 }),
  })
  // An interface is named only where packets are captured.
  .map((one) => (one.source.kind === 'pcap' ? one : { ...one, interfaces: ['any'] }))
  .filter(({ clients }) => new Set(clients.map(({ secret }) => encodeSecret(secret))).size === clients.length);

test('a valid configuration is read back as it was written, from one file or from several', (t) => {
  fc.assert(
    fc.property(config, fc.nat(4), (given, inMain) => {
      const { serverId, basePort, interfaces, source, sequenceTimeoutMs, stateDir, controlSocket, firewall, clients } =
        given;
      const { address, port } = given.metrics as ListenAddress;
      const top = stringify({
        server_id: serverId,
        base_port: basePort,
        ...(source.kind === 'pcap' && { interface: interfaces.length === 1 ? interfaces[0] : interfaces }),
        source: formatSource(source),
        sequence_timeout: sequenceTimeoutMs / 1000,
        state_dir: stateDir,
        control_socket: controlSocket,
        metrics: { listen: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}` },
        firewall: { ...firewall, guard: firewall.guard.map(formatTransportPort) },
      });
      const tables = clients.slice(0, inMain).map((one) => `[[client]]\n${formatClient(one)}`);
      const main = parseMain(`${top}\n${tables.join('')}`, 'k.toml');
      const files = clients.slice(inMain).map((one) => parseClientFile(formatClient(one), `/c/${one.name}.toml`));
      t.deepEqual(combineFiles(main, files), { ok: true, config: given });
    }),
    { numRuns: 200 },
  );
});

test('a mistake in one client hides no mistake of another', (t) => {
  const wrong = fc.constantFrom('name', 'secret', 'enabled', 'ports', 'max_time', 'expires', 'trust_source');
  fc.assert(
    fc.property(fc.array(fc.option(wrong), { minLength: 1, maxLength: 6 }), (mistakes) => {
      const tables = mistakes.map((mistake, i) => {
        return clientTable({ name: `"client-${i}"`, ...(mistake !== null && { [mistake]: '{ x = 1 }' }) });
      });
      const paths = parseMain(SERVER + tables.join(''), 'k.toml').problems.map(({ path }) => path);
      const expected = mistakes.flatMap((mistake, i) => (mistake === null ? [] : [`client[${i}].${mistake}`]));
      t.deepEqual(paths, expected);
    }),
    { numRuns: 100 },
  );
});
