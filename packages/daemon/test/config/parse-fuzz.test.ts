// Configurations with mistakes in them, by the million: none throws, none shows a secret, and each is either used or has
// a problem. The texts begin as right ones, so that what is changed is reached.

import test, { type ExecutionContext } from 'ava';
import { combineFiles } from '#src/config/combine.js';
import { parseClientFile, parseMain } from '#src/config/parse.js';
import { FUZZ_RUNS, Seeded } from '../seeded.ts';
import { assertNoSecret, clientTable, OTHER_SECRET, SERVER } from './sample.ts';

const MAIN = [
  ...SERVER.trim().split('\n'),
  'base_port = 745',
  'interface = ["eth0", "wg0"]',
  'sequence_timeout = 10',
  'state_dir = "/var/lib/knockdaemon"',
  'control_socket = "/run/knockdaemon/control.sock"',
  'clients_dir = "clients.d"',
  '[metrics]',
  'listen = "127.0.0.1:9745"',
  '[firewall]',
  'mode = "guard"',
  'closed = "drop"',
  'mark = 0x745',
  'guard = ["tcp/22", "udp/51820"]',
  ...clientTable({ max_time: '60', enabled: 'true' }).trim().split('\n'),
  ...clientTable({ name: '"bob"', secret: `"${'B'.repeat(42)}A"`, expires: '2027-01-01' })
    .trim()
    .split('\n'),
];
const CLIENT = clientTable({
  name: '"c"',
  secret: `"${OTHER_SECRET}"`,
  open_for_other: 'false',
  trust_source: 'true',
  expires: '2027-01-01T00:00:00Z',
})
  .trim()
  .split('\n')
  .slice(1);

const KEYS = [...MAIN, ...CLIENT].flatMap((line) => /^(\w+) =/.exec(line)?.[1] ?? []);
const VALUES =
  '0 -1 1 22 255 256 65280 65281 65536 1e300 -0.0 inf nan 0x745 9223372036854775807 true false [] {} "" "any" "reset" "mark" "tcp/0" "TCP/22" "tcp/65536" ["tcp/22","tcp/22"] [[]] [{}] {a=1} 1979-05-27 2027-02-29 07:32:00 2027-01-01T25:00:00Z "\\u0000" "é" "a/../b" "/" "::1" "[::1]:9745" \'\'\'x\'\'\''.split(
    ' ',
  );
const SIGNS = '[ ] { } " \' = . , # \\ \n \r \0 \t é \u2028 \ud800 __proto__ constructor 0 9 T Z'.split(' ');

/** The lines of a right text, changed in up to five places. */
function anyText(random: Seeded, right: readonly string[]): string {
  const lines = [...right];
  for (let changes = random.below(6); changes > 0; changes--) change(random, lines);
  return lines.join('\n');
}

function change(random: Seeded, lines: string[]): void {
  const at = random.below(lines.length);
  const line = lines[at] ?? '';
  const cut = random.below(line.length + 1);
  switch (random.below(8)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(random.below(lines.length), 0, line);
      break;
    case 2:
      lines[at] = `${line.split('=')[0]}= ${random.of(VALUES)}`;
      break;
    case 3:
      lines[at] = `${random.of(KEYS)} = ${line.split('=')[1] ?? random.of(VALUES)}`;
      break;
    case 4:
      lines[at] = line.slice(0, cut) + random.of(SIGNS) + line.slice(cut);
      break;
    case 5:
      lines[at] = line.slice(0, cut) + line.slice(cut + 1);
      break;
    case 6:
      lines[at] = line.slice(0, cut) + String.fromCharCode(random.below(0x300)) + line.slice(cut + 1);
      break;
    default:
      lines[at] = `[${random.of(['', '[']) + random.of([...KEYS, 'firewall', 'client', 'client.x', ''])}]`;
  }
}

function check(t: ExecutionContext, text: string, clientText: string): boolean {
  const main = parseMain(text, 'k.toml');
  const file = parseClientFile(clientText, 'c.toml');
  const combined = combineFiles(main, [file]);
  const problems = [...main.problems, ...file.problems];
  if ((main.settings === undefined) !== main.problems.length > 0) throw new Error('neither used nor a problem');
  if (problems.length > 0 && combined.ok) throw new Error('used in spite of a problem');
  if (problems.length > 0 || !combined.ok) assertNoSecret(t, [problems, combined.ok ? [] : combined]);
  return combined.ok;
}

test('configurations with mistakes: no error is thrown, no secret is shown, and each is used or has a problem', (t) => {
  const random = new Seeded();
  let [text, clientText] = ['', ''];
  let [used, refused] = [0, 0];
  random.fuzz(
    FUZZ_RUNS / 2,
    () => {
      text = anyText(random, MAIN);
      clientText = anyText(random, CLIENT);
      if (check(t, text, clientText)) used++;
      else refused++;
    },
    () => JSON.stringify([text, clientText]),
  );
  t.true(used > FUZZ_RUNS / 200 && refused > FUZZ_RUNS / 4, `${used} used, ${refused} refused`);
});
