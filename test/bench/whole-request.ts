// How long a person waits: from the start of the client program to the rule in the kernel. knockclient out of its package and
// knockdaemon, Debian's knock and knockd with eight ports at the same pace, Debian's fwknop and fwknopd with one packet.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeSecret } from '@eightknock/codec';
import { clientArguments } from '../interop/fwknop-client.ts';
import { ALICE, SERVER_ID } from '../lab/daemon-process.ts';
import { type Host, Lab } from '../lab/lab.ts';
import type { Role } from './charts/chart.ts';
import { experiment } from './experiment.ts';
import { atMost, type Findings } from './report/findings.ts';
import { milliseconds } from './report/format.ts';
import {
  acceptRule,
  ELEMENT_ADDED,
  KNOCKD_PORTS,
  SPA_KEY,
  spaDoor,
  spaWish,
  startEightknock,
  startFwknopd,
  startKnockd,
} from './rig/daemons.ts';
import { unpackClient } from './rig/packed-client.ts';
import { RuleMonitor } from './rig/rule-monitor.ts';
import { median, percentile, rounded } from './statistics.ts';

/** What is kept: milliseconds from start to rule, one for each round. */
export interface WholeRequest {
  readonly delayMs: number;
  readonly rows: readonly { readonly subject: Subject; readonly ms: readonly number[] }[];
}

/** A command for each round, and what the rule looks like. */
type SetUp = (
  lab: Lab,
  server: Host,
  client: Host,
) => Promise<(round: number) => { readonly command: readonly [string, ...string[]]; readonly rule: RegExp }>;

/** Milliseconds between knocks, of both who knock. */
const DELAY_MS = 20;

/** @param program knockclient */
const setUps = (program: string) =>
  ({
    eightknock: knockclient(program, ['--delay', `${DELAY_MS}`]),
    'eightknock-default': knockclient(program, []),
    'eightknock-spa': fwknop(async (lab, server) => {
      await startEightknock(lab, server, { tables: spaDoor() });
      return () => ELEMENT_ADDED;
    }),
    knock: (async (lab, server, client) => {
      await startKnockd(lab, server);
      const command = ['/usr/bin/knock', '-d', `${DELAY_MS}`, server.ipv4, ...KNOCKD_PORTS.map(String)] as const;
      return () => ({ command, rule: acceptRule(client, 'INPUT') });
    }) satisfies SetUp,
    fwknop: fwknop(async (lab, server) => {
      await startFwknopd(lab, server);
      return (client) => acceptRule(client, 'FWKNOP_INPUT');
    }),
  }) satisfies Readonly<Record<string, SetUp>>;
type Subject = keyof ReturnType<typeof setUps>;

const NAMES: Readonly<Record<Subject, string>> = {
  eightknock: `knockclient, ${DELAY_MS} ms between knocks`,
  'eightknock-default': 'knockclient, as it comes',
  'eightknock-spa': 'fwknop → knockdaemon',
  knock: `knock → knockd, ${DELAY_MS} ms`,
  fwknop: 'fwknop → fwknopd',
};
const ROLES: Readonly<Record<Subject, Role>> = {
  eightknock: 'ours',
  'eightknock-default': 'ours',
  'eightknock-spa': 'ours-too',
  knock: 'knockd',
  fwknop: 'fwknopd',
};

function knockclient(program: string, options: readonly string[]): SetUp {
  return async (lab, server) => {
    await startEightknock(lab, server);
    const keyFile = join(lab.folder, 'key-alice');
    await writeFile(keyFile, `${encodeSecret(ALICE.secret)}\n`, { mode: 0o600 });
    const own = ['--key-file', keyFile, '--server-id', SERVER_ID, ...options, '--port', '22'];
    return (round) => ({
      // Another time each: in half a minute there are more rounds than nonces.
      command: [process.execPath, program, server.ipv4, ...own, '--time', `${1 + (round % 100)}`],
      rule: ELEMENT_ADDED,
    });
  };
}

function fwknop(start: (lab: Lab, server: Host) => Promise<(client: Host) => RegExp>): SetUp {
  return async (lab, server, client) => {
    const rule = (await start(lab, server))(client);
    const keys = [...clientArguments(SPA_KEY, 'text'), '-D', server.ipv4];
    return (round) => ({ command: ['/usr/bin/fwknop', ...keys, ...spaWish(round, client)], rule });
  };
}

/** See the head of this file. */
export const wholeRequest = experiment<WholeRequest>({
  name: 'whole-request',
  title: 'from the start of the client program to the rule',
  async measure(extent, say) {
    const folder = await mkdtemp(join(tmpdir(), 'eightknock-whole-'));
    try {
      const rows: WholeRequest['rows'][number][] = [];
      for (const [subject, setUp] of Object.entries(setUps(await unpackClient(folder))) as [Subject, SetUp][]) {
        say(NAMES[subject]);
        rows.push({ subject, ms: await inLab(extent === 'short' ? 2 : 50, setUp) });
      }
      return { delayMs: DELAY_MS, rows };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  findings,
});

async function inLab(rounds: number, setUp: SetUp): Promise<number[]> {
  const lab = await Lab.open();
  try {
    const [server, client] = [await lab.addHost('server', 1), await lab.addHost('client', 2)];
    const next = await setUp(lab, server, client);
    const monitor = await RuleMonitor.start(server);
    const all: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await sleep(100 + Math.random() * 100);
      const { command, rule } = next(round);
      const seen = monitor.expect(rule);
      // When the command fails, that is the error to be told.
      seen.catch(() => undefined);
      const begun = process.hrtime.bigint();
      const [program, ...args] = command;
      await client.mustRun(program, args, { env: { XDG_CONFIG_HOME: lab.folder, HOME: lab.folder } });
      all.push(rounded(Number((await seen) - begun) / 1e6));
    }
    return all;
  } finally {
    await lab.close();
  }
}

function findings({ rows }: WholeRequest): Findings {
  const middle = (subject: Subject) => median(rows.find((row) => row.subject === subject)?.ms ?? []);
  const more = (peer: Subject, subject: Subject) => middle(subject) - middle(peer);
  const signed = (value: number) => (value < 0 ? milliseconds(value) : `+${milliseconds(value)}`);
  return {
    targets: [
      atMost(
        `median beside knock's, both with ${DELAY_MS} ms between knocks`,
        more('knock', 'eightknock'),
        100,
        signed,
      ),
      atMost("median beside fwknop's, as the client comes", more('fwknop', 'eightknock-default'), 0, signed),
    ],
    tables: [
      {
        title: `From the start of the client to the rule, ${rows[0]?.ms.length ?? 0} requests each`,
        head: ['', 'median', '99 %', "beside knock's", "beside fwknop's"],
        rows: rows.map(({ subject, ms }) => [
          NAMES[subject],
          milliseconds(median(ms)),
          milliseconds(percentile(ms, 99)),
          signed(more('knock', subject)),
          signed(more('fwknop', subject)),
        ]),
      },
    ],
    figures: [
      {
        name: 'whole-request',
        chart: {
          kind: 'bars',
          title: 'From the start of the client program to the rule in the kernel',
          axis: { label: 'milliseconds: median, and a line to the 99th percentile', scale: 'linear' },
          groups: [
            {
              bars: rows.map(({ subject, ms }) => {
                const [value, reach] = [median(ms), percentile(ms, 99)];
                return { label: NAMES[subject], role: ROLES[subject], value, reach, text: milliseconds(value) };
              }),
            },
          ],
        },
      },
    ],
  };
}
