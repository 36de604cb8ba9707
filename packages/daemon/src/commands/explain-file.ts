// `knockdaemon explain --read FILE`: reads a capture file, replays it, prints what became of the knocks in it. Changes nothing.

import { createReadStream } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import { formatReplay } from '../messages/explain.ts';
import { type PcapProblem, PcapReader } from '../packet/pcap-file.ts';
import { ArgumentProblems } from './argument-problems.ts';
import type { ExitCode, Output } from './output.ts';
import { Replay, type ReplayReport } from './replay.ts';

const OPTION = '--read';

/** What is expected of a file that cannot be read, and what helps. */
const EXPECTED: Readonly<Record<Exclude<PcapProblem, 'cut-off'>, readonly [expected: string, hint: string]>> = {
  'not-pcap': ['a capture file', '"tcpdump -w FILE" writes one'],
  pcapng: ['a capture file in pcap format, got pcapng', '"editcap -F pcap FILE NEW" makes one of it'],
  'link-type': ['packets of Ethernet, Linux cooked, raw IP or NFLOG', '"tcpdump -i any -w FILE" writes such a file'],
  damaged: ['a capture file, got one that is damaged', '"tcpdump -r FILE -w NEW" saves what can be read'],
};

/** Options of the command line, unread. */
export interface ExplainFileOptions {
  readonly config: string;
  readonly read: string;
  readonly json?: boolean;
}

/**
 * Runs the command.
 * @throws ConfigError or UsageError
 */
export async function explainFile({ config: file, read, json }: ExplainFileOptions, output: Output): Promise<ExitCode> {
  const { config } = await loadConfig(file);
  const reader = new PcapReader();
  const replay = new Replay(config);
  const problems = new ArgumentProblems();
  try {
    for await (const chunk of createReadStream(read)) {
      for (const packet of reader.take(chunk as Buffer)) {
        if (reader.linkType) replay.take(packet, reader.linkType);
      }
      if (reader.problem) break;
    }
    reader.end();
  } catch (error) {
    problems.add(OPTION, read, `a file that can be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const { problem } = reader;
  if (problem !== undefined && problem !== 'cut-off') problems.add(OPTION, read, ...EXPECTED[problem]);
  problems.throwIfAny();
  print(replay.end(), problem === 'cut-off', json === true, output);
  return 0;
}

function print(report: ReplayReport, isCutOff: boolean, json: boolean, output: Output): void {
  if (json) output.stdout(`${JSON.stringify({ ...report, isCutOff }, null, 2)}\n`);
  else output.stdout(formatReplay(report, isCutOff));
}
