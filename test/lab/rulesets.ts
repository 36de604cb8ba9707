// The firewalls that hosts of our users have.

import type { Host } from './lab.ts';

/** Default drop, as nftables users write it (1 is ICMP, 58 ICMPv6); `accept` are rules that let more in. */
export function defaultDrop(host: Host, accept: readonly string[]): Promise<string> {
  return host.nft(`
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    iif "lo" accept
    ct state established,related accept
    meta l4proto { 1, 58 } accept
    ${accept.join('\n    ')}
  }
}
`);
}

/** Default drop, as iptables users write it, IPv4 and IPv6. */
export async function iptablesDefaultDrop(host: Host, accept: readonly string[][]): Promise<void> {
  for (const command of ['/usr/sbin/iptables', '/usr/sbin/ip6tables']) {
    const rules = [
      ['-A', 'INPUT', '-i', 'lo', '-j', 'ACCEPT'],
      ['-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED', '-j', 'ACCEPT'],
      ['-A', 'INPUT', '-p', command.includes('6') ? 'ipv6-icmp' : 'icmp', '-j', 'ACCEPT'],
      ...accept,
      ['-P', 'INPUT', 'DROP'],
    ];
    for (const rule of rules) await host.mustRun(command, rule);
  }
}
