// What is understood, and what is said of the rest.

import test from 'ava';
import { MAX_ROWS } from '#src/control/bounds.js';
import { readRequest } from '#src/control/request.js';

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const reads = test.macro({
  title: (_, ...[given]: [object, object?]) => `reads ${JSON.stringify(given)}`,
  exec(t, given: object, request?: object) {
    t.deepEqual(readRequest(bytes(given)), { request: request ?? given } as never);
  },
});

test(reads, { command: 'status' });
test(reads, { command: 'reload' });
test(reads, { command: 'confirm' });
test(reads, { command: 'grants', limit: 1 });
test(reads, { command: 'grants', limit: MAX_ROWS, client: 'alice', address: '203.0.113.7', port: 22 });
test(
  reads,
  { command: 'grants', limit: 1, address: '2001:DB8:0::7' },
  { command: 'grants', limit: 1, address: '2001:db8::7' },
);
test(
  reads,
  { command: 'audit', limit: 5, address: '::ffff:192.0.2.1' },
  { command: 'audit', limit: 5, address: '192.0.2.1' },
);
test(reads, { command: 'audit', limit: MAX_ROWS, client: 'bob' });
test(reads, { command: 'revoke', all: true });
test(reads, { command: 'revoke', port: 65535 });
test(reads, { command: 'revoke', protocol: 'udp' });
test(reads, { command: 'grants', limit: 1, protocol: 'tcp', port: 22 });
test(reads, { command: 'revoke', client: 'bob' });
test(reads, { command: 'revoke', address: '203.0.113.7', port: 1 });

const FILTER = 'an address, a protocol, a port or a client, or "all": true without any of them';
const COMMAND = '"status", "grants", "revoke", "reload", "audit" or "confirm"';

/** What was expected, with the field in front where one is at fault. */
type Told = readonly [string, string] | string;

const refuses = test.macro({
  title: (_, ...[given]: [unknown, ...Told[]]) => `refuses ${JSON.stringify(given)}`,
  exec(t, given: unknown, ...problems: Told[]) {
    const expected = problems.map((one) =>
      typeof one === 'string' ? { expected: one } : { path: one[0], expected: one[1] },
    );
    t.deepEqual(readRequest(bytes(given)), { problems: expected });
  },
});

test(refuses, null, 'a JSON object');
test(refuses, 'status', 'a JSON object');
test(refuses, [], 'a JSON object');
test(refuses, {}, ['command', COMMAND]);
test(refuses, { command: 'stop' }, ['command', COMMAND]);
test(refuses, { command: ['status'] }, ['command', COMMAND]);
test(refuses, { command: 'status', limit: 1 }, ['limit', 'no such field']);
test(refuses, { command: 'status', '\u001b[2J': 1 }, ['"\\u001b[2J"', 'no such field']);
test(refuses, { command: 'status', ['k'.repeat(43)]: 1 }, ['(a name of 43 characters)', 'no such field']);
test(refuses, { command: 'grants' }, ['limit', 'an integer from 1 to 1000']);
test(refuses, { command: 'grants', limit: 0 }, ['limit', 'an integer from 1 to 1000']);
test(refuses, { command: 'grants', limit: MAX_ROWS + 1 }, ['limit', 'an integer from 1 to 1000']);
test(refuses, { command: 'audit', limit: MAX_ROWS + 1 }, ['limit', 'an integer from 1 to 1000']);
test(refuses, { command: 'audit', limit: 1, port: 22 }, ['port', 'no such field']);
test(refuses, { command: 'revoke' }, FILTER);
test(refuses, { command: 'revoke', all: false }, ['all', 'true']);
test(refuses, { command: 'revoke', all: true, client: 'bob' }, FILTER);
test(refuses, { command: 'revoke', all: true, protocol: 'tcp' }, FILTER);
test(refuses, { command: 'revoke', protocol: 'sctp' }, ['protocol', '"tcp" or "udp"']);
test(refuses, { command: 'revoke', port: 0 }, ['port', 'an integer from 1 to 65535']);
test(refuses, { command: 'revoke', port: 65536 }, ['port', 'an integer from 1 to 65535']);
test(refuses, { command: 'revoke', port: '22' }, ['port', 'an integer from 1 to 65535']);
test(refuses, { command: 'revoke', client: 'a b' }, [
  'client',
  'the name of a client: 1 to 64 of A–Z a–z 0–9 . _ -, or "door:" and that of a door',
]);
test(
  refuses,
  { command: 'revoke', address: 'fe80::1%eth0', port: 1.5 },
  ['address', 'an IPv4 or IPv6 address without a zone'],
  ['port', 'an integer from 1 to 65535'],
);

test('what is no JSON in UTF-8', (t) => {
  for (const line of ['', '{', '{"command":"status"} x', "{'command':'status'}"]) {
    t.deepEqual(readRequest(new TextEncoder().encode(line)), { problems: [{ expected: 'one line of JSON in UTF-8' }] });
  }
  t.deepEqual(readRequest(Uint8Array.of(0x22, 0xff, 0x22)), { problems: [{ expected: 'one line of JSON in UTF-8' }] });
});

test('a prototype is no request', (t) => {
  const line = new TextEncoder().encode('{"__proto__":{"command":"status"}}');
  t.true('problems' in readRequest(line));
  const mixed = new TextEncoder().encode('{"command":"revoke","__proto__":{"all":true}}');
  t.true('problems' in readRequest(mixed));
});

test('many problems are cut', (t) => {
  const fields = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, 1]));
  const result = readRequest(bytes({ command: 'status', ...fields }));
  t.is('problems' in result && result.problems.length, 10);
});
