// `explain --read`: what became of the knocks in a capture file. The file's times count, not today's.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { MAX_OUTCOMES } from '#src/commands/replay.js';
import { assertNoSecret, clientTable, SERVER, temporaryFolder } from '../config/sample.ts';
import { ethernet, ipv4, tcp } from '../packet/packets.ts';
import { pcapFile } from '../packet/pcap.ts';
import { callMain, configFile, runWithoutNatives } from './run-knockdaemon.ts';

/** Opens port 22 for 203.0.113.7 without a limit, in the window of 1800000000: docs/protocol.md. */
const OPEN_22 = [945, 821, 985, 863, 840, 934, 913, 880];
const KNOCKER = [203, 0, 113, 7];
const AT_MS = 1_800_000_000_000;
let sourcePort = 40_000;

function packets(ports: readonly number[], atMs = AT_MS, source = KNOCKER) {
  return ports.map((destinationPort, i) => ({
    frame: ethernet(ipv4(tcp({ destinationPort, sourcePort: sourcePort++ }), { source })),
    timeMs: atMs + 10 * i,
  }));
}

async function explain(t: ExecutionContext, bytes: Uint8Array, ...args: string[]) {
  const file = join(await temporaryFolder(t), 'knocks.pcap');
  await writeFile(file, bytes);
  const config = await configFile(t, SERVER + clientTable());
  const result = await callMain('explain', '--read', file, '--config', config, ...args);
  assertNoSecret(t, result);
  return result;
}

test('a knock, the same again, a scan, another packet, a clock that is off: as the daemon says it', async (t) => {
  const other = { frame: ethernet(ipv4(tcp({ destinationPort: 22 }))), timeMs: AT_MS };
  const answer = { frame: ethernet(ipv4(tcp({ flags: 0x12 }))), timeMs: AT_MS };
  const file = pcapFile([
    ...packets(OPEN_22),
    other,
    answer,
    ...packets(OPEN_22, AT_MS + 5000),
    ...packets([745, 746, 747, 748, 749, 750, 751, 752], AT_MS + 6000, [198, 51, 100, 7]),
    ...packets(OPEN_22, AT_MS + 600_000),
  ]);
  t.deepEqual(await explain(t, file), {
    exitCode: 0,
    stderr: '',
    stdout: `2027-01-15T08:00:00.070Z  opened tcp/22 for 203.0.113.7, client "alice", no time limit
2027-01-15T08:00:05.070Z  denied port 22 from 203.0.113.7, client "alice": replay: this sequence was accepted before
2027-01-15T08:00:06.410Z  rejected a sequence from 198.51.100.7: no key fits: wrong key, wrong server id, or a clock that is off
2027-01-15T08:10:00.410Z  rejected a sequence from 203.0.113.7, which looks like client "alice": its clock is off, 570 to 600 seconds behind the server's: let both follow NTP
34 packets, 32 knocks; no knocks: not-wanted 1, not-syn 1
`,
  });
});

test('--json', async (t) => {
  const { stdout } = await explain(t, pcapFile(packets(OPEN_22)), '--json');
  t.deepEqual(JSON.parse(stdout), {
    outcomes: [
      {
        timeMs: AT_MS + 70,
        event: 'opened',
        message: 'opened tcp/22 for 203.0.113.7, client "alice", no time limit',
      },
    ],
    unlisted: 0,
    packets: 8,
    knocks: 8,
    dropped: {},
    isCutOff: false,
  });
});

test('a file that is cut off is read up to there; seven knocks are nothing', async (t) => {
  const { exitCode, stdout } = await explain(t, pcapFile(packets(OPEN_22)).subarray(0, -1));
  t.is(exitCode, 0);
  t.is(
    stdout,
    'no eight knocks of one source came in time\n7 packets, 7 knocks\nknockdaemon: hint: the file ends in the midst of a packet; all before it was read\n',
  );
});

test('so many outcomes are listed, the rest is counted', async (t) => {
  const scans = Array.from({ length: MAX_OUTCOMES + 50 }, (_, i) =>
    packets([745, 746, 747, 748, 749, 750, 751, 752], AT_MS + i, [198, 51, i >> 8, i & 255]),
  );
  const { stdout } = await explain(t, pcapFile(scans.flat()));
  const lines = stdout.split('\n');
  t.is(lines.filter((line) => line.includes('rejected')).length, MAX_OUTCOMES);
  t.regex(stdout, /^and \d+ more like these$/m);
});

test('files that are none, and arguments that the file makes needless', async (t) => {
  const { exitCode, stderr } = await explain(t, Buffer.from('no capture file at all, and longer than a header'));
  t.is(exitCode, 2);
  t.regex(stderr, /--read: ".*": expected a capture file\n.*hint: "tcpdump -w FILE" writes one\n$/);
  const more = await explain(t, pcapFile([]), '--at', '1800000000', '--source', '203.0.113.7', '745');
  t.is(more.exitCode, 2);
  t.is(more.stderr.match(/expected nothing together with --read/g)?.length, 3);
  const missing = await callMain('explain', '--read', '/nope', '--config', await configFile(t, SERVER));
  t.is(missing.exitCode, 2);
  t.regex(missing.stderr, /expected a file that can be read \(ENOENT\)/);
});

test('no native module is needed', async (t) => {
  const file = join(await temporaryFolder(t), 'knocks.pcap');
  await writeFile(file, pcapFile(packets(OPEN_22)));
  const config = await configFile(t, SERVER + clientTable());
  const { exitCode, stdout } = await runWithoutNatives('explain', '--read', file, '--config', config);
  t.is(exitCode, 0);
  t.true(stdout.includes('opened tcp/22'));
});
