// The text of our nftables ruleset (nft(8)). Pure: plan or change in, commands out. All that is not a constant here is a
// number in its range, an address written by the codec, or a client's name of its alphabet.

import { formatAddress, parseAddress, type TransportPort } from '@eightknock/codec';
import { isGrantee } from '../authorise/door-client.ts';
import type { Door } from '../store/store.ts';
import type { DoorChange, FirewallPlan, OpenChange } from './firewall.ts';

/** The name of our table. */
export const TABLE_NAME = 'knockdaemon';
/** Our table; nothing outside of it is touched. */
export const TABLE = `inet ${TABLE_NAME}`;
/** The chain that every plan has. */
export const CHAIN = 'knock';
/** The chains of connections that go on to inner hosts: where they go, and from whom they seem to come. */
const FORWARD_CHAINS = ['forward', 'masquerading'] as const;
/** Removes the table, also where there is none. */
export const REMOVAL = `add table ${TABLE}\ndelete table ${TABLE}\n`;
/** The longest timeout that is given to the kernel: 366 days. What is to last longer ends then. */
export const MAX_TIMEOUT_MS = 366 * 86_400_000;
/** How long a connection that is older than the guard may be silent after it. */
const SESSION_TIMEOUT = '1d';

/**
 * The whole table, with exactly these doors.
 *
 * The chain sees packets before anybody's DNAT (priority −150; dstnat is −100), so it names ports as clients do, and
 * after connection tracking (−200), so that established connections pass and fragments are whole. What it accepts, it
 * only hands on: the administrator's own chains decide after it.
 *
 * Where the table is there already it is changed in place: the chain stays hooked, and its rules are exchanged at one
 * moment. nft refuses that when a set or the chain of that name is of another kind.
 */
export function tableCommands(plan: FirewallPlan, open: readonly OpenChange[]): string {
  const sets = [
    ...['4', '6'].flatMap((version) => [
      [`open${version}`, `ipv${version}_addr . inet_proto . inet_service`],
      [`session${version}`, `ipv${version}_addr . inet_service . inet_service`],
    ]),
    ['guarded', 'inet_proto . inet_service'],
  ];
  const commands = [
    `add table ${TABLE}`,
    // Of all chains, in case somebody put one there; before the sets, which rules may refer to.
    `flush table ${TABLE}`,
    ...sets.flatMap(([name, type]) => [
      `add set ${TABLE} ${name} { type ${type}; flags timeout; }`,
      `flush set ${TABLE} ${name}`,
    ]),
    `add chain ${TABLE} ${CHAIN} { type filter hook prerouting priority -150; policy accept; }`,
    ...rules(plan).map((rule) => `add rule ${TABLE} ${CHAIN} ${rule}`),
    ...(plan.forwards ? forwardChains() : []),
    ...elementCommands('add', guardElements(plan)),
    ...elementCommands('add', plan.sessions.map(sessionElement)),
    ...elementCommands('add', open.map(openElement)),
    ...(plan.forwards ? elementCommands('add', forwardsOf(open)) : []),
  ];
  return `${commands.join('\n')}\n`;
}

/** The chains that a plan has. */
export function chainsOf({ forwards }: FirewallPlan): readonly string[] {
  return forwards ? [CHAIN, ...FORWARD_CHAINS] : [CHAIN];
}

/**
 * Connections of an open door that forwards: their destination is exchanged before anybody else's DNAT, their source, where
 * that is wanted, after routing. Only what is for this host.
 */
function forwardChains(): string[] {
  const [forward, masquerading] = FORWARD_CHAINS;
  const families = ['4', '6'].map((version) => [version, version === '4' ? 'ip' : 'ip6'] as const);
  return [
    ...families.flatMap(([version]) => [
      `add map ${TABLE} forward${version} { type ${forwardKey(version)} : ipv${version}_addr . inet_service; flags timeout; }`,
      `add set ${TABLE} masquerade${version} { type ipv${version}_addr . ${forwardKey(version)}; flags timeout; }`,
    ]),
    ...FLUSH_FORWARDS,
    `add chain ${TABLE} ${forward} { type nat hook prerouting priority -101; policy accept; }`,
    `add chain ${TABLE} ${masquerading} { type nat hook postrouting priority 99; policy accept; }`,
    ...families.flatMap(([version, family]) => {
      const to = `${family} saddr . meta l4proto . th dport map @forward${version}`;
      const from = `${family} saddr . ${family} daddr . meta l4proto . th dport @masquerade${version}`;
      return [
        `add rule ${TABLE} ${forward} fib daddr type local dnat ${family} to ${to}`,
        `add rule ${TABLE} ${masquerading} ct status dnat ${from} masquerade`,
      ];
    }),
  ];
}

function forwardKey(version: string): string {
  return `ipv${version}_addr . inet_proto . inet_service`;
}

/** Of a map, unlike of a set, nothing can be exchanged without knowing what is in it: so it is written anew. */
const FLUSH_FORWARDS: readonly string[] = [
  ...['forward4', 'forward6'].map((name) => `flush map ${TABLE} ${name}`),
  ...['masquerade4', 'masquerade6'].map((name) => `flush set ${TABLE} ${name}`),
];

/** Of doors that lead to the same place for the same client, one element masquerades: until the last of them ends. */
function forwardsOf(changes: readonly OpenChange[]): Element[] {
  const remaining = ({ remainingMs = Number.MAX_VALUE }: OpenChange) => remainingMs;
  return [...changes].sort((a, b) => remaining(a) - remaining(b)).flatMap(forwardElements);
}

function forwardElements(change: OpenChange): Element[] {
  const { door, target, remainingMs } = change;
  if (!target) return [];
  const [from, to] = [addressKey(door.address), addressKey(target.address)];
  if (from.version !== to.version) throw new RangeError('a door and its target must be of one family');
  const { options } = openElement(change);
  const key = `${from.text} . ${portKey(door)}`;
  const data = ` : ${to.text} . ${portNumber(target.port)}`;
  const forward = { set: `forward${from.version}`, key, options: `${options}${data}` };
  if (!target.masquerade) return [forward];
  const flow = `${from.text} . ${to.text} . ${portKey({ protocol: door.protocol, port: target.port })}`;
  return [forward, { set: `masquerade${from.version}`, key: flow, options: timeout('remainingMs', remainingMs) }];
}

/** What a guarded port of this host can be addressed by. Broadcasts and multicasts reach UDP servers too. */
const DESTINATIONS = 'fib daddr type { local, broadcast, multicast, anycast }';

function rules({ mode, closed, mark }: FirewallPlan): string[] {
  requireInteger('mark', mark, 1, 0xffffffff);
  const marked = ['ip', 'ip6'].map((family) => {
    const set = family === 'ip' ? '@open4' : '@open6';
    // Only what is for this host: who may come in here may not therefore go through to others.
    return `${family} saddr . meta l4proto . th dport ${set} ${DESTINATIONS} meta mark set 0x${mark.toString(16)} return`;
  });
  const open = [
    'iif "lo" return',
    // Not `related`: what a connection tracking helper expects after reading an unguarded connection may be a guarded port.
    'ct state established return',
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
  // The cheap question first: most packets that get here are knocks, or of no interest.
  const guarded = 'meta l4proto . th dport @guarded';
  const answers = [
    `meta l4proto tcp ${guarded} fib daddr type local reject with tcp reset`,
    `${guarded} fib daddr type local reject with icmpx type port-unreachable`,
  ];
  return [...open, ...sessions, ...(closed === 'reset' ? answers : []), `${guarded} ${DESTINATIONS} drop`];
}

/**
 * Opens and closes doors, as one transaction; of several changes of one door the last counts.
 * @param forwards the doors that forward, and no others; absent: they stay as they are
 *
 * To add an element that is there does not change its timeout, and to delete one that is not there is an error; so each
 * is added, deleted, and where it is to be open added again.
 */
export function doorCommands(changes: readonly DoorChange[], forwards?: readonly OpenChange[]): string {
  const doors = changes.map(({ door }) => doorElement(door));
  const open = new Map(changes.map((change) => [doorElement(change.door).key, change]));
  const opened = [...open.values()].filter((change) => change.open);
  const commands = [
    ...elementCommands('add', doors),
    ...elementCommands('delete', doors),
    ...elementCommands('add', opened.map(openElement)),
    ...(forwards ? [...FLUSH_FORWARDS, ...elementCommands('add', forwardsOf(forwards))] : []),
  ];
  return `${commands.join('\n')}\n`;
}

/** An element of one of our sets. */
interface Element {
  readonly set: string;
  readonly key: string;
  /** Timeout and comment, each with a space before it. */
  readonly options?: string;
}

/** One command for each set, as nft reads many elements in one much faster than as many commands; each key once. */
function elementCommands(verb: 'add' | 'delete', elements: readonly Element[]): string[] {
  const sets = new Map<string, Map<string, string>>();
  for (const { set, key, options = '' } of elements) {
    const keys = sets.get(set) ?? new Map<string, string>();
    sets.set(set, keys.set(key, `${key}${options}`));
  }
  return [...sets].map(([set, keys]) => `${verb} element ${TABLE} ${set} { ${[...keys.values()].join(', ')} }`);
}

function guardElements({ guarded, guardMs }: FirewallPlan): Element[] {
  const options = timeout('guardMs', guardMs);
  return guarded.map((port) => ({ set: 'guarded', key: portKey(port), options }));
}

function sessionElement({ remoteAddress, remotePort, localPort }: FirewallPlan['sessions'][number]): Element {
  const { text, version } = addressKey(remoteAddress);
  const key = `${text} . ${portNumber(remotePort)} . ${portNumber(localPort)}`;
  return { set: `session${version}`, key, options: ` timeout ${SESSION_TIMEOUT}` };
}

function doorElement(door: Door): Element {
  const { text, version } = addressKey(door.address);
  return { set: `open${version}`, key: `${text} . ${portKey(door)}` };
}

function openElement({ door, remainingMs, client }: OpenChange): Element {
  if (!isGrantee(client)) throw new RangeError('client must be a name that the configuration accepts');
  return { ...doorElement(door), options: `${timeout('remainingMs', remainingMs)} comment "${client}"` };
}

function timeout(name: string, ms: number | undefined): string {
  if (ms === undefined) return '';
  if (!Number.isFinite(ms)) throw new RangeError(`${name} must be a finite number`);
  return ` timeout ${Math.min(Math.max(1, Math.ceil(ms)), MAX_TIMEOUT_MS)}ms`;
}

function portKey({ protocol, port }: TransportPort): string {
  if (protocol !== 'tcp' && protocol !== 'udp') throw new RangeError('protocol must be tcp or udp');
  return `${protocol} . ${portNumber(port)}`;
}

function portNumber(port: number): number {
  return requireInteger('port', port, 1, 65_535);
}

function requireInteger(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} must be an integer from ${least} to ${most}`);
}

/** Only what parses as an address gets into a command, and not as it was written. */
function addressKey(text: string): { readonly text: string; readonly version: 4 | 6 } {
  const bytes = parseAddress(text);
  return { text: formatAddress(bytes), version: bytes.length === 4 ? 4 : 6 };
}
