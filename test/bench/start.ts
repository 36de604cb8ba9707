// From the start of a daemon to the moment when it hears: for the first time, and with 10,000 live grants to be put back; beside
// Debian's knockd and fwknopd.

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUNDLED_KNOCKDAEMON, writeConfig } from '../lab/daemon-process.ts';
import { type Host, Lab } from '../lab/lab.ts';
import { mustRun } from '../lab/run.ts';
import type { Role } from './charts/chart.ts';
import { experiment } from './experiment.ts';
import { atMost, type Findings } from './report/findings.ts';
import { count, milliseconds, times } from './report/format.ts';
import {
  FWKNOPD_READY,
  KNOCKD_OPENS,
  KNOCKD_READY,
  knockdCommand,
  manyClients,
  writeFwknopdFiles,
  writeKnockdConf,
} from './rig/daemons.ts';
import { median, percentile, rounded } from './statistics.ts';

const SUBJECTS = ['cold', 'restart', 'knockd', 'fwknopd'] as const;
type Subject = (typeof SUBJECTS)[number];

/** What is kept: milliseconds, one for each start. */
export interface Start {
  readonly grants: number;
  readonly rows: readonly { readonly subject: Subject; readonly ms: readonly number[] }[];
}

const GRANTS = 10_000;
/** Doors are the product of both. */
const [ADDRESSES, PORTS, FIRST_PORT] = [GRANTS / 200, 200, 1000];
const NAMES: Readonly<Record<Subject, string>> = {
  cold: 'eightknock, nothing in its store',
  restart: `eightknock, ${count(GRANTS)} live grants`,
  knockd: 'knockd',
  fwknopd: 'fwknopd',
};
const ROLES: Readonly<Record<Subject, Role>> = { cold: 'ours', restart: 'ours', knockd: 'knockd', fwknopd: 'fwknopd' };
const FILL_STORE = fileURLToPath(new URL('rig/fill-store.js', import.meta.url));

/** The command, and what it prints when it hears. */
interface Starting {
  readonly command: readonly [string, ...string[]];
  readonly ready: string;
  /** Elements that must be in the kernel then. */
  readonly elements?: number;
}

const eightknock = (file: string): Starting => ({
  command: [process.execPath, BUNDLED_KNOCKDAEMON, 'run', '--config', file],
  ready: '"state":"capturing"',
});

const SET_UPS: Readonly<Record<Subject, (lab: Lab) => Promise<Starting>>> = {
  cold: async (lab) => eightknock(await writeConfig(lab, { clients: manyClients(10), top: 'interface = "eth0"' })),
  restart: async (lab) => {
    const [alice, ...others] = manyClients(10);
    if (!alice) throw new Error('there are clients');
    const ports = Array.from({ length: PORTS }, (_, i) => `"tcp/${FIRST_PORT + i}"`).join(', ');
    const clients = [{ ...alice, toml: `ports = [${ports}]` }, ...others];
    const file = await writeConfig(lab, { clients, top: 'interface = "eth0"' });
    const state = join(dirname(file), 'state');
    await mkdir(state, { mode: 0o700 });
    await mustRun(process.execPath, [FILL_STORE, state, alice.name, ...[ADDRESSES, FIRST_PORT, PORTS].map(String)]);
    return { ...eightknock(file), elements: GRANTS };
  },
  knockd: async (lab) => ({ command: knockdCommand(await writeKnockdConf(lab, KNOCKD_OPENS)), ready: KNOCKD_READY }),
  fwknopd: async (lab) => ({ command: await writeFwknopdFiles(lab), ready: FWKNOPD_READY }),
};

/** See the head of this file. */
export const start = experiment<Start>({
  name: 'start',
  title: 'from the start of a daemon to the moment when it hears',
  async measure(extent, say) {
    const rounds = extent === 'short' ? 1 : 20;
    const rows: Start['rows'][number][] = [];
    for (const subject of SUBJECTS) {
      say(NAMES[subject]);
      const ms: number[] = [];
      for (let round = 0; round < rounds; round++) ms.push(rounded(await inLab(SET_UPS[subject])));
      rows.push({ subject, ms });
    }
    return { grants: GRANTS, rows };
  },
  findings,
});

/** Each in a lab of its own: no table, no state but what was put there. */
async function inLab(setUp: (lab: Lab) => Promise<Starting>): Promise<number> {
  const lab = await Lab.open();
  try {
    const server = await lab.addHost('server', 1);
    const starting = await setUp(lab);
    const ms = await timeStart(server, starting);
    if (starting.elements !== undefined) await requireElements(server, starting.elements);
    return ms;
  } finally {
    await lab.close();
  }
}

/** What is put back must be there when the daemon says that it hears. */
async function requireElements(server: Host, count: number): Promise<void> {
  const set = await server.mustRun('/usr/sbin/nft', ['list', 'set', 'inet', 'knockdaemon', 'open4']);
  const found = set.match(/ expires /g)?.length ?? 0;
  if (found !== count) throw new Error(`the kernel has ${found} of ${count} grants`);
}

async function timeStart(server: Host, { command: [program, ...args], ready }: Starting): Promise<number> {
  const began = performance.now();
  const background = server.start(program, args);
  return new Promise((resolve, reject) => {
    const look = () => {
      if ((background.stdout + background.stderr).includes(ready)) resolve(performance.now() - began);
    };
    background.child.stdout?.on('data', look);
    background.child.stderr?.on('data', look);
    background.ended.then(
      () => reject(new Error(`${program} ended: ${background.stdout}${background.stderr}`)),
      reject,
    );
  });
}

function findings({ rows }: Start): Findings {
  const of = (subject: Subject) => rows.find((row) => row.subject === subject)?.ms ?? [];
  return {
    targets: [
      atMost(`${NAMES.cold}: 99 %`, percentile(of('cold'), 99), 1000, milliseconds),
      atMost(`${NAMES.restart}: 99 %`, percentile(of('restart'), 99), 2000, milliseconds),
    ],
    tables: [
      {
        title: `From the start to the line that says it hears, ${of('cold').length} starts each`,
        head: ['', 'median', '99 %', 'beside knockd', 'beside fwknopd'],
        rows: rows.map(({ subject, ms }) => [
          NAMES[subject],
          milliseconds(median(ms)),
          milliseconds(percentile(ms, 99)),
          times(median(ms) / median(of('knockd'))),
          times(median(ms) / median(of('fwknopd'))),
        ]),
      },
    ],
    figures: [
      {
        name: 'start',
        chart: {
          kind: 'bars',
          title: 'From the start of a daemon to the moment when it hears',
          axis: { label: 'milliseconds, logarithmic: median, and a line to the 99th percentile', scale: 'log' },
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
