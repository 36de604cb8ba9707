// What of a fwknopd.conf comes over, what is told, what is wrong; and which file is whose.

import test from 'ava';
import { recogniseFormat } from '#src/fwknop-conf/recognise-format.js';
import { NO_SERVER_CONF, parseServerConf, type ServerConf } from '#src/fwknop-conf/server-conf.js';
import { formatProblems } from '#src/messages/problems.js';

const READ: readonly (readonly [string, Partial<ServerConf>, (readonly string[])?])[] = [
  ['', NO_SERVER_CONF],
  ['PCAP_INTF   ens3;', { interfaceName: 'ens3' }],
  ['PCAP_FILTER udp port 50000;', { port: 50_000 }],
  ['PCAP_FILTER udp dst port 50000', { port: 50_000 }],
  ['PCAP_FILTER udp dst portrange 10000-65535;', { port: 62_201 }, ['PCAP_FILTER']],
  ['PCAP_FILTER udp port 70000;', { port: 62_201 }, ['PCAP_FILTER']],
  ['UDPSERV_PORT 5000;', { port: 62_201 }],
  ['ENABLE_UDP_SERVER Y;\nUDPSERV_PORT 5000;\nPCAP_FILTER tcp;', { port: 5000 }],
  ['MAX_SPA_PACKET_AGE 120;', {}],
  ['MAX_SPA_PACKET_AGE 121;', {}, ['MAX_SPA_PACKET_AGE']],
  ['MAX_SPA_PACKET_AGE 60;', {}, ['MAX_SPA_PACKET_AGE']],
  ['ENABLE_SPA_PACKET_AGING N;', {}, ['ENABLE_SPA_PACKET_AGING']],
  ['ENABLE_SPA_PACKET_AGING Y;', {}],
  ['ENABLE_DIGEST_PERSISTENCE N;', {}, ['ENABLE_DIGEST_PERSISTENCE']],
  ['ENABLE_IPT_SNAT Y;', { masquerade: true }],
  ['ENABLE_IPT_FORWARDING Y;\nENABLE_IPT_LOCAL_NAT N;', {}, ['ENABLE_IPT_FORWARDING']],
  ['VERBOSE 1;\nENABLE_TCP_SERVER Y;', {}, ['VERBOSE', 'ENABLE_TCP_SERVER']],
  ['ACCESS_FILE /x/a.conf;', { accessFile: '/x/a.conf' }],
  // As fwknopd 2.6.10 -D shows them.
  [
    'FWKNOP_CONF_DIR /x;\nACCESS_FILE $FWKNOP_CONF_DIR/access.conf;',
    { accessFile: '/x/access.conf' },
    ['FWKNOP_CONF_DIR'],
  ],
  [
    'LOCALE lo;\nPCAP_INTF $LOCALE;\nACCESS_FILE a$LOCALE;',
    { interfaceName: 'lo', accessFile: 'a$LOCALE' },
    ['LOCALE'],
  ],
  ['DIGEST_FILE $FWKNOP_RUN_DIR/digest.cache;', {}, ['DIGEST_FILE']],
];
for (const [text, expected, told = []] of READ) {
  test(`fwknopd.conf: ${JSON.stringify(text)}`, (t) => {
    const { conf, problems } = parseServerConf(text, 'fwknopd.conf');
    t.deepEqual(problems, []);
    t.deepEqual({ ...conf, notes: [] }, { ...NO_SERVER_CONF, ...expected });
    t.deepEqual(
      conf?.notes.map(({ key }) => key),
      told,
    );
  });
}

const WRONG: readonly (readonly [string, RegExp])[] = [
  ['ACCESS_FILE $NOPE/a;', /line 1, ACCESS_FILE: "\$NOPE\/a": expected a value, or a variable that an earlier line/],
  ['ACCESS_FILE $FWKNOP_CONF_DIR/a;\nFWKNOP_CONF_DIR /x;', /line 1, ACCESS_FILE: .*\n.*ignores such a line/],
  ['PCAP_INTF a/b;', /line 1, PCAP_INTF: "a\/b": expected the name/],
  ['ENABLE_UDP_SERVER Y;\nUDPSERV_PORT 0;', /line 2, UDPSERV_PORT: "0"/],
  ['MAX_SPA_PACKET_AGE soon;', /MAX_SPA_PACKET_AGE: "soon"/],
  ['PCAP_INTFF eth0;', /"PCAP_INTFF": expected a key of fwknopd.conf\n.*write PCAP_INTF/],
];
for (const [text, expected] of WRONG) {
  test(`fwknopd.conf, wrong: ${JSON.stringify(text)}`, (t) => {
    const { conf, problems } = parseServerConf(text, 'fwknopd.conf');
    t.is(conf, undefined);
    t.regex(formatProblems(problems), expected);
  });
}

const FORMATS: readonly (readonly [string, ReturnType<typeof recogniseFormat>])[] = [
  ['[options]\n  UseSyslog\n', 'knockd'],
  ['', 'knockd'],
  ['# SOURCE <IP>\nSOURCE ANY\n', 'access'],
  ['%include /etc/x.conf\n', 'access'],
  ['SOURCE: ANY', 'access'],
  ['PCAP_INTF eth0;', 'fwknopd'],
  ['# prose\n#VERBOSE   0;\n', 'fwknopd'],
  ['#SOURCE ANY\n', 'access'],
  ['[openSSH]\nSOURCE ANY\n', 'knockd'],
];
for (const [text, expected] of FORMATS) {
  test(`format: ${JSON.stringify(text)}`, (t) => t.is(recogniseFormat(text), expected));
}
