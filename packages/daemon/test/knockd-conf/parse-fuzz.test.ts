// Whatever the text is, the parser gives a configuration or problems, never both and never an exception; and what a person
// is shown is harmless on a terminal.

import test from 'ava';
import { parseKnockdConf } from '#src/knockd-conf/parse.js';
import { formatProblems } from '#src/messages/problems.js';
import { Seeded } from '../seeded.js';

const RUNS = process.env.SLOW ? 100_000 : 5000;
const PIECES =
  '[|]|[options]|[openSSH]|\n|\n|\n|\r|=|=|,|:|:tcp|:udp|!|#|;|"|\'|%IP%|\0|\u001b[2J|\u202e|é|\ufeff|\\|$(id)|7000|8000|0|70000|-1|1e9|syn|ack|!ack|UseSyslog|LogFile|/var/log/x|PidFile|Interface|eth0|Sequence|One_Time_Sequences|Seq_Timeout|Timeout|TCPFlags|Target|192.0.2.1|::1|Command|Start_Command|Start_Command_6|Cmd_Timeout|Stop_Command|Stop_Command_6|__proto__|constructor| |\t'.split(
    '|',
  );

test(`${RUNS} random files: a configuration or problems`, (t) => {
  const random = new Seeded();
  let text = '';
  let [good, bad] = [0, 0];
  const body = () => {
    // A line that is right now and then, or no file would be.
    text = Array.from({ length: random.below(25) }, () =>
      random.below(2) === 0
        ? `\n${random.of(PIECES)}=${random.of(PIECES)}${random.of(PIECES)}`
        : random.below(3) === 0
          ? '\n[A]\nsequence=1,2\n'
          : random.of(PIECES),
    ).join('');
    const { conf, problems } = parseKnockdConf(text, 'knockd.conf');
    if ((conf === undefined) !== problems.length > 0) throw new Error('both or neither');
    if (conf) good++;
    else bad++;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/.test(formatProblems(problems))) throw new Error('not harmless');
    for (const door of conf?.doors ?? []) {
      const { sequence, timeoutSeconds } = door;
      const knocks = 'knocks' in sequence ? sequence.knocks : [{ port: 1 }];
      if (knocks.length < 1 || knocks.length > 32 || knocks.some(({ port }) => port < 1 || port > 65_535)) {
        throw new Error('a sequence that cannot be knocked');
      }
      if (!(timeoutSeconds >= 1)) throw new Error('a timeout that cannot be met');
    }
  };
  random.fuzz(RUNS, body, () => JSON.stringify(text));
  t.true(good > RUNS / 1000 && bad > RUNS / 10, `${good} good, ${bad} bad`);
});
