// Whatever the texts are, there are stanzas or problems, never both and never an exception; what comes of the stanzas is a
// configuration that the daemon takes; and what a person is shown is harmless on a terminal and holds no key.

import test from 'ava';
import { parseMain } from '#src/config/parse.js';
import { importFwknop } from '#src/fwknop-conf/import-access.js';
import { ACCESS_KEYS } from '#src/fwknop-conf/known-keys.js';
import { parseAccessText } from '#src/fwknop-conf/parse-access.js';
import { recogniseFormat } from '#src/fwknop-conf/recognise-format.js';
import { NO_SERVER_CONF, parseServerConf } from '#src/fwknop-conf/server-conf.js';
import { LOST_SERVER_KEYS } from '#src/fwknop-conf/server-keys.js';
import { formatImportNotes } from '#src/messages/done.js';
import { formatProblems } from '#src/messages/problems.js';
import { Seeded } from '../seeded.js';

const RUNS = process.env.SLOW ? 100_000 : 4000;
const SECRET = 'hush-';
const KEYS = [...ACCESS_KEYS, '%include', '%include_keys', 'SOURCES', 'key', '__proto__', 'constructor', '#', '\u202e'];
const SERVER_KEYS = [...Object.keys(LOST_SERVER_KEYS), 'PCAP_INTF', 'PCAP_FILTER', 'UDPSERV_PORT', 'toString'];
const VALUES =
  'ANY|10.0.0.1|10.0.0.7/24|10.0.0.0/255.0.0.0|::1|tcp/22|udp/53,tcp/22|tcp/0|icmp/0|Y|N|60|0|-1|1e9|99999999999|12/31/2030|02/30/2030|10.0.0.5 22|10.0.0.5|sha256|SHA3_512|legacy|CBC|bob|a b|"|\\|\u001b[2J|\u202e|é|\0|; x|udp port 800|eth0|a/b'.split(
    '|',
  );
const SECRETS = ['KEY', 'HMAC_KEY', 'KEY_BASE64', 'HMAC_KEY_BASE64', 'KEYS', 'GPG_DECRYPT_PW'];

test(`${RUNS} random files: stanzas or problems`, (t) => {
  const random = new Seeded();
  let [text, server] = ['', ''];
  let [good, bad, doors] = [0, 0, 0];
  const line = (keys: readonly string[]) => {
    const kind = random.below(12);
    if (kind === 0) return random.of(VALUES);
    if (kind < 3) return `${random.of(SECRETS)} ${SECRET}${random.of(VALUES)}`;
    return `${random.of(keys)}${random.of([' ', '\t', ': ', '', '='])}${random.of(VALUES)}`;
  };
  const right = () =>
    random.of([
      'SOURCE ANY\nKEY hush-a\nHMAC_KEY hush-b\nOPEN_PORTS tcp/22',
      'SOURCE 10.0.0.7/24\nKEY_BASE64 aHVzaC1j\nHMAC_KEY hush-"\\ ',
      'SOURCE ANY\nHMAC_KEY hush-d\nFORCE_NAT 10.0.0.5 22',
      'FW_ACCESS_TIMEOUT 60',
      'ACCESS_EXPIRE 12/31/2030',
      'REQUIRE_USERNAME a b"',
      'RESTRICT_PORTS tcp/22',
    ]);
  const body = () => {
    const nasty = random.below(3) === 0;
    text = Array.from({ length: random.below(20) }, () => (nasty ? line(KEYS) : right())).join(
      random.of(['\n', '\r\n']),
    );
    if (!nasty) text = `SOURCE ANY\n${text}`;
    server = nasty ? Array.from({ length: random.below(6) }, () => line(SERVER_KEYS)).join('\n') : '';
    recogniseFormat(text);
    const { stanzas, problems } = parseAccessText(text, 'access.conf');
    const { conf, problems: serverProblems } = parseServerConf(server, 'fwknopd.conf');
    if ((stanzas === undefined) !== problems.length > 0) throw new Error('both or neither');
    if ((conf === undefined) !== serverProblems.length > 0) throw new Error('both or neither');
    let shown = formatProblems([...problems, ...serverProblems]);
    if (stanzas) {
      good++;
      const imported = importFwknop({ stanzas, server: conf ?? NO_SERVER_CONF, files: ['a'] }, 'gw');
      shown += formatImportNotes(imported.notes);
      const { settings, problems: own } = parseMain(imported.toml, 'knockdaemon.toml');
      if (!settings) throw new Error(`${formatProblems(own)}\n${imported.toml}`);
      doors += settings.doors.length;
      for (const door of settings.doors) {
        if (door.kind !== 'spa' || door.key.hmacKey.length === 0) throw new Error('a door that nothing authenticates');
      }
    } else bad++;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/.test(shown)) throw new Error('not harmless');
    if (shown.includes(SECRET)) throw new Error('a key is shown');
  };
  random.fuzz(RUNS, body, () => JSON.stringify([text, server]));
  t.true(good > RUNS / 20 && bad > RUNS / 20 && doors > RUNS / 20, `${good} good, ${bad} bad, ${doors} doors`);
});
