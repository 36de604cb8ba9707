import test from 'ava';
import { commandArgv } from '#src/knockd-conf/command-argv.js';

const direct: readonly [string, string[]][] = [
  [
    '/sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT',
    '/sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT'.split(' '),
  ],
  ['/usr/bin/x  a\tb', ['/usr/bin/x', 'a', 'b']],
  ['/x ! --port=22,23 a@b:c', ['/x', '!', '--port=22,23', 'a@b:c']],
];
for (const [command, argv] of direct) {
  test(`runs without a shell: ${command}`, (t) => t.deepEqual(commandArgv(command), argv));
}

const shell = [
  'iptables -A INPUT',
  'echo %IP%',
  '/x > /tmp/y',
  '/x; /y',
  '/x && /y',
  '/x | /y',
  '/x $HOME',
  '/x `id`',
  '/x "a b"',
  "/x 'a b'",
  '/x a\\ b',
  '/x *',
  '/x ~',
  '/x # comment',
  '/x {a,b}',
  '/x [ab]',
  '/x a?',
  '(/x)',
  '/x &',
  'A=b /x',
  '/A=b x',
  '! /x',
  '%IP%',
  '/opt/%IP%',
  '/x é',
];
for (const command of shell) {
  test(`is given to a shell as it is: ${command}`, (t) =>
    t.deepEqual(commandArgv(command), ['/bin/sh', '-c', command]));
}
