// What is wrong with the text of a file of one-time sequences. Pure. How it is read the codec knows, as the client has such a
// file, too.

import { hideSecrets, MAX_ONE_TIME_KNOCKS, parseOneTimeLines, showValue } from '@eightknock/codec';
import type { Problem } from '../problem.ts';

/** More in one file are refused. */
export const MAX_LINES = 10_000;
/** Problems that are told of one file. */
const MAX_PROBLEMS = 10;

const EXPECTED = `1 to ${MAX_ONE_TIME_KNOCKS} ports such as "tcp/7000 udp/8000" or "7000:tcp,8000:udp", or a line that begins with "#"`;

/** What is wrong with the text of a file. */
export function lineProblems(text: string, file: string): Problem[] {
  const { unused, wrong } = parseOneTimeLines(text);
  const lines = text.split('\n');
  if (unused.length > MAX_LINES) return [{ file, value: `${unused.length} lines`, expected: `at most ${MAX_LINES}` }];
  return wrong.slice(0, MAX_PROBLEMS).map((number) => {
    const value = showValue(hideSecrets(lines[number - 1] ?? ''));
    return { file, path: `line ${number}`, value, expected: EXPECTED };
  });
}
