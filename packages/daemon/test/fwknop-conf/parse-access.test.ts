// What a stanza of an access.conf is read as, and every mistake in one with its line. fwknopd 2.6.10 is the measure.

import test from 'ava';
import type { Stanza } from '#src/fwknop-conf/access-conf.js';
import { MAX_STANZAS, parseAccessText } from '#src/fwknop-conf/parse-access.js';
import { formatProblems } from '#src/messages/problems.js';

const KEYS = 'KEY some key\nHMAC_KEY another\n';

function stanzasOf(text: string): readonly Stanza[] {
  const { stanzas, problems } = parseAccessText(text, 'access.conf');
  if (!stanzas) throw new Error(formatProblems(problems));
  return stanzas;
}

const READ: readonly (readonly [string, Partial<Stanza>])[] = [
  ['', { seconds: 30, maxSeconds: 300, hmac: 'sha256', restrictPorts: [], requireAddress: false }],
  ['KEY a ', { key: { form: 'text', text: 'a ' } }],
  ['KEY "a b" # c', { key: { form: 'text', text: '"a b" # c' } }],
  ['KEY a;b', { key: { form: 'text', text: 'a' } }],
  ['KEY: colon\r', { key: { form: 'text', text: 'colon' } }],
  ['HMAC_KEY  last', { hmacKey: { form: 'text', text: 'last' } }],
  ['OPEN_PORTS TCP/22, udp/53,tcp/22', { openPorts: [port('tcp', 22), port('udp', 53)] }],
  ['RESTRICT_PORTS tcp/23', { restrictPorts: [port('tcp', 23)] }],
  ['DESTINATION 10.0.0.1', { destinations: ['10.0.0.1'] }],
  ['HMAC_DIGEST_TYPE SHA3_512', { hmac: 'sha3-512' }],
  ['HMAC_DIGEST_TYPE md5', { hmac: 'md5' }],
  ['FW_ACCESS_TIMEOUT 60', { seconds: 60, maxSeconds: 300 }],
  ['FW_ACCESS_TIMEOUT 600', { seconds: 300, maxSeconds: 300 }],
  ['FW_ACCESS_TIMEOUT 0\nMAX_FW_TIMEOUT 0', { seconds: 30, maxSeconds: 300 }],
  ['MAX_FW_TIMEOUT 10', { seconds: 10, maxSeconds: 10 }],
  ['REQUIRE_USERNAME bob ; x', { user: 'bob' }],
  ['REQUIRE_SOURCE y', { requireAddress: true }],
  ['REQUIRE_SOURCE_ADDRESS Yes', { requireAddress: true }],
  ['REQUIRE_SOURCE_ADDRESS N', { requireAddress: false }],
  ['ACCESS_EXPIRE_EPOCH 1893456000', { expiresMs: 1_893_456_000_000 }],
  ['ACCESS_EXPIRE 12/31/2030', { expiresMs: new Date(2030, 11, 31).getTime() }],
  ['ACCESS_EXPIRE 12/31/2030\nACCESS_EXPIRE_EPOCH 1000', { expiresMs: 1_000_000 }],
  ['FORCE_NAT 10.0.0.5  22', { forceNat: '10.0.0.5:22' }],
];

for (const [line, expected] of READ) {
  test(`read: ${JSON.stringify(line)}`, (t) => {
    const [stanza] = stanzasOf(`# x\n;\nSOURCE ANY\n${KEYS}${line}\n`);
    t.like(stanza, expected);
  });
}

const SOURCES: readonly (readonly [string, readonly string[] | undefined])[] = [
  ['ANY', undefined],
  ['10.0.0.1,ANY', undefined],
  ['192.168.10.7/24, 10.1.1.123', ['192.168.10.0/24', '10.1.1.123']],
  ['172.16.5.5/255.255.0.0', ['172.16.0.0/16']],
  ['1.2.3.4/0', ['0.0.0.0/0']],
  ['255.255.255.255/1', ['128.0.0.0/1']],
];
for (const [source, expected] of SOURCES) {
  test(`SOURCE ${source}`, (t) => t.deepEqual(stanzasOf(`SOURCE ${source}\n${KEYS}`)[0]?.sources, expected));
}

test('every SOURCE begins a stanza, and its entries say their lines', (t) => {
  const stanzas = stanzasOf(`SOURCE ANY\n${KEYS}\nSOURCE 10.0.0.1\nGPG_DECRYPT_ID ABCD1234\n`);
  t.is(stanzas.length, 2);
  t.is(stanzas[1]?.key, undefined);
  t.is(stanzas[1]?.entries.get('GPG_DECRYPT_ID')?.line, 6);
});

const WRONG: readonly (readonly [string, RegExp])[] = [
  ['OPEN_PORTS 22', /line 4, OPEN_PORTS: "22": expected ports such.*\n.*write tcp\/22/],
  ['OPEN_PORTS icmp/0', /OPEN_PORTS/],
  ['OPEN_PORTS tcp/0', /OPEN_PORTS/],
  ['OPEN_PORTS tcp/65536', /OPEN_PORTS/],
  ['OPEN_PORTS tcp/22,', /OPEN_PORTS/],
  ['SOURCE fe80::1', /line 4, SOURCE: "fe80::1": expected ANY/],
  ['SOURCE 10.0.0.256', /SOURCE/],
  ['SOURCE 1.2.3.4/33', /SOURCE/],
  ['SOURCE 1.2.3.4/255.0.255.0', /SOURCE/],
  ['SOURCE 1.2.3.4/8/8', /SOURCE/],
  ['HMAC_DIGEST_TYPE sha9', /one of MD5/],
  ['FW_ACCESS_TIMEOUT abc', /FW_ACCESS_TIMEOUT: "abc": expected a whole number/],
  ['FW_ACCESS_TIMEOUT 60 # s', /comment has a line/],
  ['FW_ACCESS_TIMEOUT 999999999', /from 0 to 31536000/],
  ['ACCESS_EXPIRE 02/30/2030', /month\/day\/year/],
  ['ACCESS_EXPIRE 2030-01-01', /month\/day\/year/],
  ['FORCE_NAT 10.0.0.5 tcp/22', /FORCE_NAT/],
  ['FORCE_NAT 10.0.0.5 0', /FORCE_NAT/],
  ['FORCE_NAT host 22', /FORCE_NAT/],
  ['KEY __CHANGEME__', /line 4, KEY: "__CHANGEME__": expected a key\n.*fwknop --key-gen/],
  ['KEY_BASE64 YWJjZA==', /one of KEY and KEY_BASE64/],
  ['HMAC_KEY_BASE64 ab!c', /line 4, HMAC_KEY_BASE64: expected base64/],
  ['HMAC_KEY some key', /another key than that of the encryption/],
  ['REQUIRE_USERNAM bob', /"REQUIRE_USERNAM": expected a key of access.conf\n.*write REQUIRE_USERNAME/],
  ['require_username bob', /write REQUIRE_USERNAME/],
  ['KEY', /line 4: no value/],
  [`KEY ${'a'.repeat(1024)}`, /at most 1023 characters/],
  ['KEY \0', /zero byte/],
];
for (const [line, expected] of WRONG) {
  test(`wrong: ${JSON.stringify(line.slice(0, 40))}`, (t) => {
    const { stanzas, problems } = parseAccessText(`SOURCE ANY\n${KEYS}${line}\n`, 'access.conf');
    t.is(stanzas, undefined);
    t.regex(formatProblems(problems), expected);
  });
}

test('a passphrase that slipped out of its place is never shown', (t) => {
  const { problems } = parseAccessText('SOURCE ANY\nhunter2 sesame\nKEY_BASE64 p4ss!word\nKEYS open sesame\n', 'a');
  const shown = formatProblems(problems);
  t.true(problems.length >= 3);
  for (const secret of ['hunter2', 'sesame', 'p4ss']) t.false(shown.includes(secret), shown);
});

test('nothing, a stanza without a SOURCE, and too many', (t) => {
  t.regex(formatProblems(parseAccessText('# SOURCE ANY', 'a').problems), /no stanza: expected at least one/);
  t.regex(formatProblems(parseAccessText(KEYS, 'a').problems), /line 1, KEY: expected a SOURCE before it/);
  const many = (count: number) => parseAccessText(`SOURCE ANY\n${KEYS}`.repeat(count), 'a').problems;
  t.deepEqual(many(MAX_STANZAS), []);
  t.regex(formatProblems(many(MAX_STANZAS + 1)), /201 stanzas: expected at most 200/);
});

function port(protocol: 'tcp' | 'udp', number: number) {
  return { protocol, port: number };
}
