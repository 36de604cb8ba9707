// The text of our nftables ruleset (nft(8)). Pure: plan or change in, commands out. All that is not a constant here is a
// number, an address written by the codec, or a client's name, which the configuration has checked.

import { isClientName, parseAddress, type TransportPort } from '@eightknock/codec';
import type { DoorChange, FirewallPlan } from './firewall.ts';

/** Our table; nothing outside of it is touched. */
export const TABLE = 'inet knockdaemon';

/**
 * The whole table.
 *
 * The chain sees packets before anybody's DNAT (priority −150; dstnat is −100), so it names ports as clients do, and
 * after connection tracking (−200), so that established connections pass. What it accepts, it only hands on: the
 * administrator's own chains decide after it.
 */
export function tableCommands(plan: FirewallPlan): string {
  const commands = [
    `add table ${TABLE}`,
    ...['4', '6'].flatMap((version) => [
      `add set ${TABLE} open${version} { type ipv${version}_addr . inet_proto . inet_service; flags timeout; }`,
      `add set ${TABLE} session${version} { type ipv${version}_addr . inet_service . inet_service; flags timeout; }`,
      `flush set ${TABLE} session${version}`,
    ]),
    `add set ${TABLE} guarded { type inet_proto . inet_service; }`,
    `flush set ${TABLE} guarded`,
    `add chain ${TABLE} knock { type filter hook prerouting priority -150; policy accept; }`,
    `flush chain ${TABLE} knock`,
    ...rules(plan).map((rule) => `add rule ${TABLE} knock ${rule}`),
  ];
  for (const port of plan.guarded) commands.push(`add element ${TABLE} guarded { ${portElement(port)} }`);
  for (const { remoteAddress, remotePort, localPort } of plan.sessions) {
    const address = addressElement(remoteAddress);
    const key = `${address.text} . ${remotePort} . ${localPort}`;
    commands.push(`add element ${TABLE} session${address.version} { ${key} timeout 1d }`);
  }
  return `${commands.join('\n')}\n`;
}

function rules({ mode, closed, mark }: FirewallPlan): string[] {
  const marked = ['ip', 'ip6'].map((family) => {
    const set = family === 'ip' ? '@open4' : '@open6';
    return `${family} saddr . meta l4proto . th dport ${set} meta mark set 0x${mark.toString(16)} return`;
  });
  const open = [
    'iif "lo" return',
    'ct state established,related return',
    'meta l4proto != { tcp, udp } return',
    ...marked,
  ];
  if (mode === 'mark') return open;
  // Connections older than connection tracking look new to it: the ones that were there at the start are let through,
  // but for packets that would begin another one.
  const sessions = ['ip', 'ip6'].map((family) => {
    const set = family === 'ip' ? '@session4' : '@session6';
    return `tcp flags & (fin|syn|rst|ack) != syn ${family} saddr . tcp sport . tcp dport ${set} return`;
  });
  const guarded = 'fib daddr type local meta l4proto . th dport @guarded';
  if (closed === 'drop') return [...open, ...sessions, `${guarded} drop`];
  return [
    ...open,
    ...sessions,
    `meta l4proto tcp ${guarded} reject with tcp reset`,
    `${guarded} reject with icmpx type port-unreachable`,
  ];
}

/**
 * Opens and closes doors, as one transaction.
 *
 * To add an element that is there does not change its timeout, and to delete one that is not there is an error; so each
 * is added, deleted, and where it is to be open added again.
 */
export function doorCommands(changes: readonly DoorChange[]): string {
  const commands = changes.flatMap((change) => {
    const { text, version } = addressElement(change.door.address);
    const key = `${text} . ${portElement(change.door)}`;
    const set = `${TABLE} open${version}`;
    const closed = [`add element ${set} { ${key} }`, `delete element ${set} { ${key} }`];
    if (!change.open) return closed;
    if (!isClientName(change.client)) throw new RangeError('client must be a name that the configuration accepts');
    const timeout = change.remainingMs === undefined ? '' : ` timeout ${Math.max(1, Math.ceil(change.remainingMs))}ms`;
    return [...closed, `add element ${set} { ${key}${timeout} comment "${change.client}" }`];
  });
  return `${commands.join('\n')}\n`;
}

function portElement({ protocol, port }: TransportPort): string {
  if (!Number.isInteger(port)) throw new RangeError('port must be an integer');
  return `${protocol === 'tcp' ? 'tcp' : 'udp'} . ${port}`;
}

/** Only what parses as an address gets into a command. */
function addressElement(text: string): { readonly text: string; readonly version: 4 | 6 } {
  return { text, version: parseAddress(text).length === 4 ? 4 : 6 };
}
