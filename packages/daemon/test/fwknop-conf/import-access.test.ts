// Stanzas → knockdaemon.toml: what the daemon reads of it, what is told, and which stanzas become comments.

import test from 'ava';
import type { DoorConfig } from '#src/config/door-config.js';
import { parseMain } from '#src/config/parse.js';
import { type ImportedFwknop, importFwknop } from '#src/fwknop-conf/import-access.js';
import { parseAccessText } from '#src/fwknop-conf/parse-access.js';
import { NO_SERVER_CONF, parseServerConf, type ServerConf } from '#src/fwknop-conf/server-conf.js';
import { formatImportNotes } from '#src/messages/done.js';
import { formatProblems } from '#src/messages/problems.js';

const KEYS = 'KEY some key\nHMAC_KEY another\n';
const SSH = [{ protocol: 'tcp', port: 22 }] as const;

function imported(
  text: string,
  server: ServerConf = NO_SERVER_CONF,
  ports: Parameters<typeof importFwknop>[2] = [],
): ImportedFwknop & { readonly doors: readonly DoorConfig[] } {
  const { stanzas, problems } = parseAccessText(text, 'access.conf');
  if (!stanzas) throw new Error(formatProblems(problems));
  const result = importFwknop({ stanzas, server, files: ['access.conf'] }, 'gw', ports);
  const { settings, problems: own } = parseMain(result.toml, 'knockdaemon.toml');
  if (!settings) throw new Error(`${formatProblems(own)}\n${result.toml}`);
  return { ...result, doors: settings.doors };
}

test('everything that a door can say comes over', (t) => {
  const text = `SOURCE 10.0.0.0/8\n${KEYS}DESTINATION 192.0.2.1\nOPEN_PORTS tcp/22,udp/53,tcp/80\nRESTRICT_PORTS tcp/80\nFW_ACCESS_TIMEOUT 60\nMAX_FW_TIMEOUT 900\nREQUIRE_USERNAME bob\nREQUIRE_SOURCE_ADDRESS Y\nACCESS_EXPIRE_EPOCH 1893456000\nHMAC_DIGEST_TYPE SHA512\n`;
  const { doors, notes, toml } = imported(text, { ...NO_SERVER_CONF, port: 5000 });
  t.deepEqual(notes, []);
  t.deepEqual(doors, [
    {
      name: 'bob',
      kind: 'spa',
      port: 5000,
      key: {
        encryptionKey: new TextEncoder().encode('some key'),
        hmacKey: new TextEncoder().encode('another'),
        hmacHash: 'sha512',
      },
      requireAddress: true,
      sources: [{ bytes: [10, 0, 0, 0], bits: 8 }],
      destinations: [{ bytes: [192, 0, 2, 1], bits: 32 }],
      user: 'bob',
      expiresMs: 1_893_456_000_000,
      action: {
        kind: 'ask',
        ports: [...SSH, { protocol: 'udp', port: 53 }],
        seconds: 60,
        maxSeconds: 900,
        targets: [],
        targetPorts: [],
        commands: {},
      },
    },
  ]);
  t.true(toml.includes('mode = "mark"'));
});

test('without OPEN_PORTS nothing is opened but what --open-ports says', (t) => {
  const none = imported(`SOURCE ANY\n${KEYS}`);
  t.like(none.doors[0]?.action, { kind: 'ask', ports: [] });
  t.regex(formatImportNotes(none.notes), /access.conf: line 1, SOURCE: no OPEN_PORTS/);
  const some = imported(`SOURCE ANY\n${KEYS}RESTRICT_PORTS tcp/23\n`, NO_SERVER_CONF, [
    ...SSH,
    { protocol: 'tcp', port: 23 },
  ]);
  t.like(some.doors[0]?.action, { ports: [...SSH] });
});

test('FORCE_NAT is where packets may be forwarded to, and never a port of this host', (t) => {
  const text = `SOURCE ANY\n${KEYS}OPEN_PORTS tcp/22\nFORCE_NAT 10.0.0.5 2222\n`;
  const action = (more: string, server = NO_SERVER_CONF) => imported(text + more, server).doors[0]?.action;
  const target = { address: '10.0.0.5', port: 2222 };
  t.like(action(''), { ports: [], targetPorts: [...SSH], targets: [{ ...target, masquerade: false }] });
  for (const more of ['FORCE_MASQUERADE Y', 'FORCE_SNAT 10.0.0.1']) {
    t.like(action(`${more}\n`), { targets: [{ ...target, masquerade: true }] });
  }
  t.like(action('', { ...NO_SERVER_CONF, masquerade: true }), { targets: [{ ...target, masquerade: true }] });
  t.regex(
    formatImportNotes(imported(text).notes),
    /line 5, FORCE_NAT: packets must ask for it \(fwknop -N 10.0.0.5:2222\)/,
  );
});

const LEFT_OUT: readonly (readonly [string, RegExp])[] = [
  ['KEY some key\n', /line 1, SOURCE: the stanza is left out: no HMAC_KEY/],
  ['HMAC_KEY another\nGPG_DECRYPT_ID AB12\nGPG_DECRYPT_PW sesame\n', /line 3, GPG_DECRYPT_ID: .*GnuPG alone/],
  ['HMAC_KEY another\n', /line 1, SOURCE: .*no KEY/],
  [`KEY ${'k'.repeat(33)}\nHMAC_KEY another\n`, /line 2, KEY: .*longer than 32 bytes/],
  [`KEY some key\nHMAC_KEY ${'k'.repeat(129)}\n`, /line 3, HMAC_KEY: .*longer than 128 bytes/],
  [`${KEYS}ENCRYPTION_MODE legacy\n`, /line 4, ENCRYPTION_MODE: .*CBC/],
  [`${KEYS}CMD_CYCLE_OPEN /sbin/open $IP\nCMD_CYCLE_CLOSE NONE\nCMD_CYCLE_TIMER 9\n`, /line 4, CMD_CYCLE_OPEN: /],
  [`${KEYS}FORCE_NAT 10.0.0.5 22\nDISABLE_DNAT Y\n`, /line 5, DISABLE_DNAT: /],
  [`${KEYS}REQUIRE_USERNAME bob smith\n`, /line 4, REQUIRE_USERNAME: /],
];
for (const [keys, expected] of LEFT_OUT) {
  test(`a comment with the reason: ${JSON.stringify(keys.slice(0, 60))}`, (t) => {
    const { doors, notes, toml } = imported(`SOURCE ANY\n${keys}`);
    t.deepEqual(doors, []);
    t.regex(formatImportNotes(notes), expected);
    t.regex(toml, /^# line \d+, [A-Z_]+: the stanza is left out: /m);
    for (const secret of ['sesame', 'some key', 'another', 'kkkk']) t.false(formatImportNotes(notes).includes(secret));
  });
}

test('ENCRYPTION_MODE CBC is what there is', (t) => {
  t.is(imported(`SOURCE ANY\n${KEYS}ENCRYPTION_MODE cbc\n`).doors.length, 1);
});

const TOLD: readonly (readonly [string, string])[] = [
  ['ENABLE_CMD_EXEC Y', 'ENABLE_CMD_EXEC'],
  ['SUDO_EXE /usr/bin/sudo', 'SUDO_EXE'],
  ['CMD_EXEC_USER nobody', 'CMD_EXEC_USER'],
  ['GPG_REMOTE_ID AB12', 'GPG_REMOTE_ID'],
  ['FORWARD_ALL Y', 'FORWARD_ALL'],
  ['CMD_CYCLE_CLOSE /x', 'CMD_CYCLE_CLOSE'],
];
for (const [line, key] of TOLD) {
  test(`told, and the door stays: ${line}`, (t) => {
    const { doors, notes, toml } = imported(`SOURCE ANY\n${KEYS}OPEN_PORTS tcp/22\n${line}\n`);
    t.is(doors.length, 1);
    t.deepEqual(
      notes.map((note) => [note.line, note.key]),
      [[5, key]],
    );
    t.true(toml.includes(`\n# line 5, ${key}: `));
  });
}
for (const line of ['ENABLE_CMD_EXEC N', 'FORWARD_ALL N', 'DISABLE_DNAT N']) {
  test(`nothing to tell: ${line}`, (t) => {
    t.deepEqual(imported(`SOURCE ANY\n${KEYS}OPEN_PORTS tcp/22\n${line}\n`).notes, []);
  });
}

test('the same keys twice are told; names are unique', (t) => {
  const { doors, notes } = imported(
    `SOURCE 10.0.0.1\n${KEYS}OPEN_PORTS tcp/22\nSOURCE ANY\n${KEYS}OPEN_PORTS tcp/80\n`,
  );
  t.deepEqual(
    doors.map(({ name }) => name),
    ['fwknop', 'fwknop-2'],
  );
  t.regex(formatImportNotes(notes), /line 5, SOURCE: the same keys as the stanza of line 1/);
});

test('a port among those of the eight knocks, and what fwknopd.conf says', (t) => {
  const { conf } = parseServerConf('PCAP_INTF ens3;\nPCAP_FILTER udp port 800;\nVERBOSE 1;\n', 'fwknopd.conf');
  const { doors, toml, notes } = imported(`SOURCE ANY\n${KEYS}OPEN_PORTS tcp/22\n`, conf);
  t.like(doors[0], { port: 800 });
  t.true(toml.includes('interface = "ens3"') && toml.includes('base_port = 50745'));
  t.regex(formatImportNotes(notes), /fwknopd.conf: line 3, VERBOSE: /);
  t.true(toml.includes('# line 3, VERBOSE: '));
});

test('texts with quotes and backslashes stay what they are', (t) => {
  const { doors } = imported(
    'SOURCE ANY\nKEY "\\u0041" é\nHMAC_KEY \\\\ \t\nOPEN_PORTS tcp/22\nREQUIRE_USERNAME a"b\n',
  );
  t.like(doors[0], { user: 'a"b', name: 'a-b' });
  if (doors[0]?.kind !== 'spa') return t.fail();
  t.is(Buffer.from(doors[0].key.encryptionKey).toString(), '"\\u0041" é');
  t.is(Buffer.from(doors[0].key.hmacKey).toString(), '\\\\ \t');
});
