import { parseTransportPort } from '@eightknock/codec';
import test from 'ava';
import { readIptablesRule } from '#src/knockd-conf/iptables-rule.js';

const understood: readonly [string, 'add' | 'delete', readonly string[]][] = [
  ['/sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT', 'add', ['tcp/22']],
  ['/usr/sbin/iptables -D INPUT -s %IP% -p tcp --dport 22 -j ACCEPT', 'delete', ['tcp/22']],
  ['iptables -I INPUT -s %IP% -p tcp --dport 22 -j ACCEPT', 'add', ['tcp/22']],
  ['/sbin/iptables -w -I INPUT 1 -p tcp -s %IP%/32 --dport ssh -j ACCEPT', 'add', []],
  ['/sbin/iptables -w 5 -I INPUT 1 -p udp -s %IP%/32 --dport 1194 -j ACCEPT', 'add', ['udp/1194']],
  [
    '/sbin/ip6tables-nft --append INPUT --source %IP% --protocol TCP --match tcp --syn --destination-port 25 --jump ACCEPT',
    'add',
    ['tcp/25'],
  ],
  [
    '/sbin/iptables -t filter -A INPUT -s %IP% -p tcp -m multiport --dports 80,443 -j ACCEPT',
    'add',
    ['tcp/80', 'tcp/443'],
  ],
  [
    '/sbin/iptables -A INPUT -p tcp -m state --state NEW,ESTABLISHED -s %IP% --dport 22 -m comment --comment knock -j ACCEPT',
    'add',
    ['tcp/22'],
  ],
  ['/sbin/iptables -A INPUT -m conntrack --ctstate NEW -s %IP% --dport 22 -j ACCEPT', 'add', ['tcp/22']],
];
for (const [command, does, ports] of understood) {
  test(`${ports.length > 0 ? does : 'not understood'}: ${command}`, (t) => {
    const rule = readIptablesRule(command);
    t.deepEqual(rule && [rule.does, rule.ports], ports.length > 0 ? [does, ports.map(parseTransportPort)] : undefined);
    t.is(rule?.hasProtocol ?? true, !rule || / (?:-p|--protocol) /.test(command));
  });
}

const other = [
  '/sbin/iptables -A INPUT -s %IP% -p tcp --syn -j ACCEPT',
  '/sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -j DROP',
  '/sbin/iptables -A INPUT -s 192.0.2.1 -p tcp --dport 22 -j ACCEPT',
  '/sbin/iptables -A INPUT -p tcp --dport 22 -j ACCEPT',
  '/sbin/iptables -A INPUT -s %IP%/24 -p tcp --dport 22 -j ACCEPT',
  '/sbin/iptables -A FORWARD -s %IP% -p tcp --dport 22 -j ACCEPT',
  '/sbin/iptables -A INPUT ! -s %IP% -p tcp --dport 22 -j ACCEPT',
  '/sbin/iptables -A INPUT -s %IP% -p tcp --dport 22:25 -j ACCEPT',
  '/sbin/iptables -A INPUT -s %IP% -p tcp --dport 70000 -j ACCEPT',
  '/sbin/iptables -A INPUT -s %IP% -p icmp --dport 22 -j ACCEPT',
  '/sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -i eth0 -j ACCEPT',
  '/sbin/iptables -t nat -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT',
  '/sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -m recent --set -j ACCEPT',
  '/sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -m state --state ESTABLISHED -j ACCEPT',
  '/sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT; reboot',
  '/sbin/iptables -A INPUT -s %IP% -s %IP% -p tcp --dport 22 -j ACCEPT',
  '/sbin/iptables -A INPUT -D INPUT -s %IP% -p tcp --dport 22 -j ACCEPT',
  '/sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -j',
  '/opt/iptables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT',
  '/usr/bin/ufw allow from %IP% to any port 22',
  '',
];
for (const command of other) {
  test(`something else: ${command}`, (t) => t.is(readIptablesRule(command), undefined));
}
