// Configurations as people have them, those of knockd(1) and of the usual articles, obeyed unchanged: by the real knockd 0.8
// and by knockdaemon, knocked on by the real knock and by knockclient. All four ways do the same. Only paths of files are
// put into a folder of the test.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDER, KNOCK_CLIENTS, KNOCK_SERVERS, knockWith, type ObeyedConf, obeyConf } from '../lab/knockd-process.ts';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { until } from '../lab/until.ts';

/** What a server has done. */
interface Seen {
  readonly obeyed: ObeyedConf;
  readonly server: Host;
  readonly client: Host;
}

interface Step {
  /** Options and ports. */
  readonly knock: readonly string[];
  /** Waits for what comes of it. */
  readonly leadsTo: (seen: Seen) => Promise<unknown>;
}

interface Scenario {
  readonly conf: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** The log, where knockd and we say the same; `CLIENT` and `CLIENT6` stand for the addresses. */
  readonly phrases: readonly string[];
  /** How often a door was opened in all. */
  readonly opens: number;
}

const LOG = `[options]\n\tlogfile = ${FOLDER}/knockd.log\n`;

/** Waits until the rules of INPUT are these. */
function rules(program: 'iptables' | 'ip6tables', ...expected: readonly string[]): Step['leadsTo'] {
  return async ({ server, client }) => {
    const wanted = expected.map((rule) => rule.replace('CLIENT6', client.ipv6).replace('CLIENT', client.ipv4));
    let found = '';
    await until(`the rules are ${wanted.join(' and ') || 'none'}`, async () => {
      found = await server.mustRun(`/usr/sbin/${program}`, ['-S', 'INPUT']);
      return found === ['-P INPUT ACCEPT', ...wanted, ''].join('\n');
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${found}`);
    });
  };
}

/** Waits until a phrase is logged so often. */
function said(phrase: string, times = 1): Step['leadsTo'] {
  return ({ obeyed, client }) => obeyed.said(phrase.replace('CLIENT', client.ipv4), times);
}

/** Waits until a file has this text. */
function wrote(name: string, text: string): Step['leadsTo'] {
  return ({ obeyed, client }) =>
    until(`${name} has its text`, () => obeyed.read(name) === text.replaceAll('CLIENT', client.ipv4)).catch(
      (error: Error) => {
        throw new Error(`${error.message}\n${obeyed.read(name)}`);
      },
    );
}

const SSH = '-A INPUT -s CLIENT/32 -p tcp -m tcp --dport 22 -j ACCEPT';

const scenarios: Readonly<Record<string, Scenario>> = {
  'a pair that opens and closes (articles, /etc/knockd.conf of Debian)': {
    conf: `${LOG}
[openSSH]
	sequence    = 7000,8000,9000
	seq_timeout = 5
	command     = /sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT
	tcpflags    = syn

[closeSSH]
	sequence    = 9000,8000,7000
	seq_timeout = 5
	command     = /sbin/iptables -D INPUT -s %IP% -p tcp --dport 22 -j ACCEPT
	tcpflags    = syn
`,
    steps: [
      { knock: ['7000', '8000', '9000'], leadsTo: rules('iptables', SSH) },
      { knock: ['9000', '8000', '7000'], leadsTo: rules('iptables') },
      { knock: ['7000', '8000', '9000'], leadsTo: rules('iptables', SSH) },
    ],
    phrases: [
      'CLIENT: openSSH: Stage 3',
      'CLIENT: openSSH: OPEN SESAME',
      'openSSH: running command: /sbin/iptables -A INPUT -s CLIENT -p tcp --dport 22 -j ACCEPT',
      'CLIENT: closeSSH: OPEN SESAME',
      'closeSSH: running command: /sbin/iptables -D INPUT -s CLIENT -p tcp --dport 22 -j ACCEPT',
    ],
    opens: 3,
  },
  'example 1 of knockd(1): its command is one that iptables refuses': {
    conf: `${LOG}
[openSSH]
     sequence    = 7000,8000,9000
     seq_timeout = 10
     tcpflags    = syn
     command     = /sbin/iptables -A INPUT -s %IP% --dport 22 -j ACCEPT

[closeSSH]
     sequence    = 9000,8000,7000
     seq_timeout = 10
     tcpflags    = syn
     command     = /sbin/iptables -D INPUT -s %IP% --dport 22 -j ACCEPT
`,
    steps: [
      { knock: ['7000', '8000', '9000'], leadsTo: said('CLIENT: openSSH: OPEN SESAME') },
      { knock: ['9000', '8000', '7000'], leadsTo: said('CLIENT: closeSSH: OPEN SESAME') },
      { knock: ['1'], leadsTo: rules('iptables') },
    ],
    phrases: ['openSSH: running command: /sbin/iptables -A INPUT -s CLIENT --dport 22 -j ACCEPT'],
    opens: 2,
  },
  'example 2 of knockd(1), with SYN: TCP and UDP, opened for some seconds': {
    conf: `${LOG}
[opencloseSSH]
     sequence      = 2222:udp,3333:tcp,4444:udp
     seq_timeout   = 15
     tcpflags      = syn
     start_command = /usr/sbin/iptables -A INPUT -s %IP% -p tcp --syn -j ACCEPT
     cmd_timeout   = 5
     stop_command  = /usr/sbin/iptables -D INPUT -s %IP% -p tcp --syn -j ACCEPT
`,
    steps: [
      {
        knock: ['2222:udp', '3333:tcp', '4444:udp'],
        leadsTo: rules('iptables', '-A INPUT -s CLIENT/32 -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT'),
      },
      { knock: ['1'], leadsTo: rules('iptables') },
    ],
    phrases: [
      'CLIENT: opencloseSSH: Stage 1',
      'CLIENT: opencloseSSH: Stage 2',
      'CLIENT: opencloseSSH: Stage 3',
      'CLIENT: opencloseSSH: OPEN SESAME',
      'opencloseSSH: running command: /usr/sbin/iptables -A INPUT -s CLIENT -p tcp --syn -j ACCEPT',
      'CLIENT: opencloseSSH: command timeout',
      'opencloseSSH: running command: /usr/sbin/iptables -D INPUT -s CLIENT -p tcp --syn -j ACCEPT',
    ],
    opens: 1,
  },
  'example 2 of knockd(1) as it stands: a SYN alone is not syn,ack': {
    conf: `${LOG}
[opencloseSSH]
     sequence      = 2222:udp,3333:tcp,4444:udp
     seq_timeout   = 15
     tcpflags      = syn,ack
     start_command = /usr/sbin/iptables -A INPUT -s %IP% -p tcp --syn -j ACCEPT
     cmd_timeout   = 5
     stop_command  = /usr/sbin/iptables -D INPUT -s %IP% -p tcp --syn -j ACCEPT

[end]
     sequence = 5555:udp
     command  = /bin/true
`,
    steps: [
      { knock: ['2222:udp', '3333:tcp', '4444:udp', '5555:udp'], leadsTo: said('CLIENT: end: OPEN SESAME') },
      { knock: ['1'], leadsTo: rules('iptables') },
    ],
    phrases: ['CLIENT: opencloseSSH: Stage 1', 'CLIENT: end: OPEN SESAME'],
    opens: 1,
  },
  'example 3 of knockd(1), with SYN: one-time sequences': {
    conf: `${LOG}
[opencloseSMTP]
     one_time_sequences = ${FOLDER}/smtp_sequences
     seq_timeout        = 15
     tcpflags           = syn
     start_command      = /usr/sbin/iptables -A INPUT -s %IP% -p tcp --dport 25 -j ACCEPT
     cmd_timeout        = 2
     stop_command       = /usr/sbin/iptables -D INPUT -s %IP% -p tcp --dport 25 -j ACCEPT
`,
    files: { smtp_sequences: '# ours\n 1001,1002,1003\n\n 2001:udp,2002\n 3001\n' },
    steps: [
      { knock: ['2001:udp', '2002'], leadsTo: rules('iptables') },
      {
        knock: ['1001', '1002', '1003'],
        leadsTo: rules('iptables', '-A INPUT -s CLIENT/32 -p tcp -m tcp --dport 25 -j ACCEPT'),
      },
      { knock: ['1'], leadsTo: rules('iptables') },
      // Used: it is none any more.
      { knock: ['1001', '1002', '1003'], leadsTo: rules('iptables') },
      {
        knock: ['2001:udp', '2002'],
        leadsTo: rules('iptables', '-A INPUT -s CLIENT/32 -p tcp -m tcp --dport 25 -j ACCEPT'),
      },
      {
        knock: ['1'],
        leadsTo: ({ obeyed }) =>
          until('two lines are used', () => obeyed.read('smtp_sequences').match(/^#\s?\d/gm)?.length === 2),
      },
    ],
    phrases: ['CLIENT: opencloseSMTP: OPEN SESAME', 'CLIENT: opencloseSMTP: command timeout'],
    opens: 2,
  },
  'example 4 of knockd(1), with SYN: a command for each family': {
    conf: `${LOG}
[opencloseSMTP]
     sequence           = 1001,1002,1003
     seq_timeout        = 15
     tcpflags           = syn
     start_command      = /usr/sbin/iptables -A INPUT -s %IP% -p tcp --dport 25 -j ACCEPT
     start_command_6    = /usr/sbin/ip6tables -A INPUT -s %IP% -p tcp --dport 25 -j ACCEPT
     cmd_timeout        = 3
     stop_command       = /usr/sbin/iptables -D INPUT -s %IP% -p tcp --dport 25 -j ACCEPT
     stop_command_6     = /usr/sbin/ip6tables -D INPUT -s %IP% -p tcp --dport 25 -j ACCEPT
`,
    steps: [
      {
        knock: ['-6', '1001', '1002', '1003'],
        leadsTo: rules('ip6tables', '-A INPUT -s CLIENT6/128 -p tcp -m tcp --dport 25 -j ACCEPT'),
      },
      { knock: ['1'], leadsTo: rules('ip6tables') },
      {
        knock: ['-4', '1001', '1002', '1003'],
        leadsTo: rules('iptables', '-A INPUT -s CLIENT/32 -p tcp -m tcp --dport 25 -j ACCEPT'),
      },
    ],
    phrases: [
      'opencloseSMTP: running command: /usr/sbin/ip6tables -A INPUT -s CLIENT6 -p tcp --dport 25 -j ACCEPT',
      'opencloseSMTP: running command: /usr/sbin/ip6tables -D INPUT -s CLIENT6 -p tcp --dport 25 -j ACCEPT',
      'opencloseSMTP: running command: /usr/sbin/iptables -A INPUT -s CLIENT -p tcp --dport 25 -j ACCEPT',
    ],
    opens: 2,
  },
  'a target is the only address that is knocked at': {
    conf: `${LOG}
[ours]
	sequence = 7000,8000
	tcpflags = syn
	target   = 10.77.0.1
	command  = /usr/bin/touch ${FOLDER}/ours

[other]
	sequence = 7100,8100
	tcpflags = syn
	target   = 10.77.0.99
	command  = /usr/bin/touch ${FOLDER}/other
`,
    steps: [
      { knock: ['7100', '8100'], leadsTo: wrote('other', '') },
      { knock: ['7000', '8000'], leadsTo: said('CLIENT: ours: OPEN SESAME') },
    ],
    phrases: ['CLIENT: ours: Stage 1', 'ours: running command: /usr/bin/touch FOLDER/ours'],
    opens: 1,
  },
  'commands that need a shell: quotes, variables, redirections, %IP% more than once': {
    conf: `[options]
	UseSyslog
	LogFile = ${FOLDER}/knockd.log

[door one]
	SEQUENCE = 6001, 6002:UDP ,6003
	TIMEOUT = 9
	Command = for a in "%IP%" '%IP%'; do echo "$a: \`basename /x/y\` a  b" >> ${FOLDER}/done; done # a comment

[door one]
	sequence = 6004:udp
	start_command = test -n "%IP%" && echo start %IP% > ${FOLDER}/pair
	stop_command = [ -f ${FOLDER}/pair ] && echo stop %IP% >> ${FOLDER}/pair
	cmd_timeout = 1
`,
    steps: [
      { knock: ['6001', '6002:udp', '6003'], leadsTo: wrote('done', 'CLIENT: y a  b\nCLIENT: y a  b\n') },
      { knock: ['-u', '6004'], leadsTo: wrote('pair', 'start CLIENT\nstop CLIENT\n') },
    ],
    phrases: ['CLIENT: door one: Stage 3', 'CLIENT: door one: OPEN SESAME', 'CLIENT: door one: command timeout'],
    opens: 2,
  },
};

const FAILING = `${LOG}
[fail]
	sequence = 6001
	tcpflags = syn
	start_command = /bin/false
	stop_command = exit 3
	cmd_timeout = 1

[gone]
	sequence = 6002
	tcpflags = syn
	command = /nonexistent/program %IP%

[ot]
	one_time_sequences = ${FOLDER}/list
	tcpflags = syn
	command = /bin/true
`;

labTest(
  'what knockd logs of commands that fail and of the last one-time sequence, and the mode of its log',
  async (t, bench) => {
    const { lab, server, client } = bench;
    const logs: string[][] = [];
    for (const who of KNOCK_SERVERS) {
      const obeyed = await obeyConf(lab, server, who, FAILING, { list: '6003\n6004\n' });
      for (const [port, phrase] of [
        ['6001', 'fail: command returned non-zero status code (3)'],
        ['6002', 'gone: command returned non-zero status code (127)'],
        ['6003', `ot: running command: /bin/true`],
        ['6004', 'no more sequences left in the one time sequences file for door ot --> disabling the door'],
      ] as const) {
        await knockWith('knock', client, server, [port]);
        await obeyed.said(phrase);
      }
      await until('the last command is logged', () => obeyed.phrases().at(-1)?.startsWith('ot: running'));
      logs.push(obeyed.phrases());
      t.is(statSync(join(obeyed.folder, 'knockd.log')).mode & 0o777, 0o644, who);
      await obeyed.background.stop();
    }
    t.true(logs[0]?.includes('fail: command returned non-zero status code (1)'));
    t.deepEqual(logs[1], logs[0]);
  },
);

for (const [title, scenario] of Object.entries(scenarios)) {
  for (const who of KNOCK_SERVERS) {
    for (const knocker of KNOCK_CLIENTS) {
      labTest(`${who}, ${knocker}: ${title}`, async (t, { lab, server, client }) => {
        const { conf, files, steps, phrases, opens } = scenario;
        const obeyed = await obeyConf(lab, server, who, conf, files);
        for (const { knock, leadsTo } of steps) {
          await knockWith(knocker, client, server, knock);
          await leadsTo({ obeyed, server, client });
        }
        for (const phrase of phrases) {
          const said = phrase.replaceAll('CLIENT6', client.ipv6).replaceAll('CLIENT', client.ipv4);
          await obeyed.said(said.replace('FOLDER', obeyed.folder));
        }
        t.is(obeyed.phrases().filter((phrase) => phrase.endsWith(': OPEN SESAME')).length, opens);
      });
    }
  }
}

for (const who of KNOCK_SERVERS) {
  const opens = who === 'knockdaemon';
  labTest(
    `without TCPFlags, with a port where something listens: ${who} ${opens ? 'opens' : 'does not open'}`,
    async (t, bench) => {
      const { lab, server, client } = bench;
      await listen(server, 'tcp', 7001, 'service');
      const doors =
        '[ssh]\nsequence = 7000,7001,7002\ncommand = /bin/true\n[end]\nsequence = 5555:udp\ncommand = /bin/true\n';
      const obeyed = await obeyConf(lab, server, who, LOG + doors);
      await knockWith('knock', client, server, ['7000', '7001', '7002']);
      await knockWith('knock', client, server, ['5555:udp']);
      await obeyed.said(`${client.ipv4}: end: OPEN SESAME`);
      t.is(obeyed.phrases().includes(`${client.ipv4}: ssh: OPEN SESAME`), opens);
    },
  );
}
