// What people read, word for word where a wrong word would mislead.

import test from 'ava';
import { CommanderError } from 'commander';
import { Failure, reportError } from '#src/exit.js';
import { notOpenProblem, notSentProblem, unresolvedProblem } from '#src/messages/failures.js';
import { commandLineProblem, formatProblems } from '#src/messages/problem.js';
import { formatBeginning, formatOpen, formatSent, type Wish } from '#src/messages/progress.js';
import { formatRemoved } from '#src/messages/saved-servers.js';
import { expectedProblem, nameTakenProblem } from '#src/messages/wrong-use.js';
import { FakeMachine } from './fake-machine.ts';
import { assertNoSecret, SECRET } from './sample.ts';

const WISH: Wish = {
  host: 'gw.example.net',
  routes: [{ serverAddress: '198.51.100.1', claimedAddress: '203.0.113.7' }],
  transport: 'tcp',
  port: 22,
  time: 1,
};
const SOURCE = [{ serverAddress: '198.51.100.1', claimedAddress: 'source' }];
const SOURCE_IPV6 = { serverAddress: '2001:db8:1::1', claimedAddress: 'source' };
const IPV6 = { serverAddress: '2001:db8:1::1', claimedAddress: '2001:db8::7' };

const beginning = test.macro({
  title: (_, wish: Partial<Wish>) => `beginning: ${JSON.stringify(wish)}`,
  exec(t, wish: Partial<Wish>, expected: string) {
    t.is(formatBeginning({ ...WISH, ...wish }), expected);
  },
});

const AT = 'knocking at gw.example.net (198.51.100.1) over';
test(beginning, {}, `${AT} TCP: open port 22 for 203.0.113.7, 1 minute`);
test(beginning, { time: 60, transport: 'udp' }, `${AT} UDP: open port 22 for 203.0.113.7, 60 minutes`);
test(beginning, { time: 0 }, `${AT} TCP: open port 22 for 203.0.113.7, no time limit`);
test(beginning, { time: 255 }, `${AT} TCP: close port 22 for 203.0.113.7`);
test(beginning, { routes: SOURCE }, `${AT} TCP: open port 22 for the address the knocks come from, 1 minute`);
test(beginning, { host: '198.51.100.1' }, 'knocking at 198.51.100.1 over TCP: open port 22 for 203.0.113.7, 1 minute');

const BOTH = 'knocking at gw.example.net (198.51.100.1, 2001:db8:1::1) over TCP: open port 22 for';
test(beginning, { routes: [...WISH.routes, IPV6] }, `${BOTH} 203.0.113.7 and 2001:db8::7, 1 minute`);
test(beginning, { routes: [...SOURCE, SOURCE_IPV6] }, `${BOTH} the address the knocks come from, 1 minute`);

test('results', (t) => {
  t.is(formatSent(8, 0.1449), '8 knocks sent in 0.14 s');
  t.is(formatOpen(22, { seconds: 0.412, sequences: 1, knocks: 8 }), 'port 22 is open after 0.41 s (8 knocks)');
  t.is(formatOpen(22, { seconds: 61.7, sequences: 6, knocks: 48 }), 'port 22 is open after 62 s (48 knocks, 6 tries)');
});

test('problems: one line each, a hint once', (t) => {
  const text = formatProblems([{ message: 'a', hint: 'h' }, { message: 'b', hint: 'h' }, { message: 'c' }]);
  t.is(text, 'knockclient: error: a\nknockclient: hint: h\nknockclient: error: b\nknockclient: error: c\n');
});

const shown = test.macro({
  title: (_, value: unknown) => `shown: ${JSON.stringify(value)}`,
  exec(t, value: unknown, expected: string) {
    t.is(expectedProblem('x', value, 'y').message, `x: ${expected}: expected y`);
  },
});

test(shown, 'plain', '"plain"');
test(shown, undefined, 'missing');
test(shown, '', '""');
test(shown, 'a\nb\u001b[31m', '"a\\nb\\u001b[31m"');
test(shown, '\u202eabc', '"\\u202eabc"');
test(shown, SECRET, 'a text of 43 characters');
test(shown, `x/${SECRET}`, 'a text of 45 characters');
test(shown, 'a '.repeat(50), `"${'a '.repeat(30)}…"`);
test(shown, 7, '7');
test(shown, [1], 'an array');
test(shown, {}, 'a table');

test('not open: what was seen last, and what to look at', (t) => {
  const silent = notOpenProblem(WISH, 'silent', 10.02);
  t.is(silent.message, 'port 22 did not open within 10 s: no answer');
  for (const word of ['clock', 'key', '203.0.113.7', 'port 22 on the list']) t.true(silent.hint?.includes(word), word);
  t.regex(notOpenProblem({ ...WISH, routes: SOURCE }, 'silent', 10).hint ?? '', /may this client say "source"/);
  const refused = notOpenProblem(WISH, 'refused', 2.5);
  t.is(refused.message, 'port 22 did not open within 2.5 s: connections are refused');
  t.regex(refused.hint ?? '', /may have opened, but nothing listens on port 22/);
  t.is(notOpenProblem(WISH, 'unreachable', 2).message, 'port 22 did not open within 2 s: the host is unreachable');
});

for (const code of ['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EPERM', 'EADDRNOTAVAIL', 'EINVAL']) {
  test(`not sent: ${code} has words and a hint`, (t) => {
    const { message, hint } = notSentProblem(3, 812, code);
    t.regex(message, new RegExp(`^knock 3 of 8, to port 812, was not sent: [a-z ]+ \\(${code}\\)$`));
    t.truthy(hint);
  });
}

test('not sent: a code nobody foresaw', (t) => {
  t.deepEqual(notSentProblem(1, 745, 'EMFILE'), { message: 'knock 1 of 8, to port 745, was not sent: EMFILE' });
});

test('not resolved: for good, or just now', (t) => {
  t.is(unresolvedProblem('gw', 'ENOTFOUND').message, 'host "gw" has no address (ENOTFOUND)');
  t.is(unresolvedProblem('gw', 'EAI_AGAIN').message, 'host "gw" cannot be resolved (EAI_AGAIN)');
});

const LONG = 'gw-production-eu-central-1-frankfurt-a';
test('long names of servers and hosts are shown, a secret in their place is not', (t) => {
  const host = `${LONG}.elb.Example-Company.example.net`;
  t.is(unresolvedProblem(host, 'EAI_AGAIN').message, `host "${host}" cannot be resolved (EAI_AGAIN)`);
  t.is(nameTakenProblem(LONG).message, `"${LONG}" is saved already`);
  t.is(formatRemoved(LONG), `removed "${LONG}"\n`);
  const shown = [unresolvedProblem(SECRET, 'ENOTFOUND'), unresolvedProblem(`${SECRET}.example.net`, 'ENOTFOUND')];
  assertNoSecret(t, [...shown, nameTakenProblem(SECRET), formatRemoved(SECRET)]);
});

test('a wrong command line, in our form', (t) => {
  t.deepEqual(commandLineProblem("error: unknown option '--prot'\n(Did you mean --port?)"), {
    message: 'unknown option "--prot"',
    hint: 'did you mean --port?',
  });
  t.deepEqual(commandLineProblem("error: missing required argument 'link'"), {
    message: 'missing required argument "link"',
    hint: '"knockclient --help" shows all options',
  });
  assertNoSecret(t, commandLineProblem(`error: unknown option '--${SECRET}'`));
});

const reported = test.macro({
  title: (given) => `reported: ${given}`,
  exec(t, error: unknown, mode: { json: boolean; debug: boolean }, code: 0 | 1 | 2, out: RegExp, err: RegExp) {
    const machine = new FakeMachine();
    t.is(reportError(error, mode, machine.output), code);
    t.regex(machine.out, out);
    t.regex(machine.err, err);
  },
});

const PLAIN = { json: false, debug: false };
const NOTHING = /^$/;
const FAILURE = new Failure(
  2,
  [
    { message: 'a', hint: 'h' },
    { message: 'b', hint: 'h' },
  ],
  { outcome: 'silent' },
);
test('a failure', reported, FAILURE, PLAIN, 2, NOTHING, /^knockclient: error: a\n.*hint: h\n.*error: b\n$/);
test(
  'a failure as JSON',
  reported,
  FAILURE,
  { json: true, debug: false },
  2,
  /^{"ok":false,"error":"a; b","hint":"h","outcome":"silent"}\n$/,
  NOTHING,
);
test(
  'no hint as JSON',
  reported,
  new Failure(1, [{ message: 'a' }]),
  { json: true, debug: false },
  1,
  /^{"ok":false,"error":"a","hint":null}\n$/,
  NOTHING,
);
test(
  'unforeseen, without a stack',
  reported,
  new Error('boom'),
  PLAIN,
  1,
  NOTHING,
  /^knockclient: error: boom\nknockclient: hint: --debug shows where it comes from\n$/,
);
test('unforeseen, with a stack', reported, new Error('boom'), { json: false, debug: true }, 1, NOTHING, /boom\n\s+at /);
test('unforeseen, with a secret', reported, new Error(SECRET), PLAIN, 1, NOTHING, /^knockclient: error: …\n/);
test('thrown, but no error', reported, 'boom', PLAIN, 1, NOTHING, /error: boom\n/);
const refused = (code: string, path = '/c/eightknock/servers') => Object.assign(new Error('WHY'), { code, path });
for (const code of ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'ENOSPC', 'EDQUOT', 'EIO']) {
  const words = new RegExp(`error: /c/eightknock/servers: [a-z -]+ \\(${code}\\)\\n.*hint: (?!--debug)`);
  test(`the file system says ${code}`, reported, refused(code), PLAIN, 1, NOTHING, words);
}
test('the file system says something else', reported, refused('EXDEV'), PLAIN, 1, NOTHING, /error: WHY\n.*--debug/);
test('a name without a file', reported, Object.assign(new Error('WHY'), { code: 'EACCES' }), PLAIN, 1, NOTHING, /WHY/);
test('help', reported, new CommanderError(0, 'commander.help', '(outputHelp)'), PLAIN, 0, NOTHING, NOTHING);
