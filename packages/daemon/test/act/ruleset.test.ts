import test from 'ava';
import fc from 'fast-check';
import type { FirewallPlan } from '#src/act/firewall.js';
import { doorCommands, tableCommands } from '#src/act/ruleset.js';

const GUARD: FirewallPlan = {
  mode: 'guard',
  closed: 'drop',
  mark: 0x745,
  guarded: [{ protocol: 'tcp', port: 22 }],
  sessions: [],
};
const DOOR = { address: '198.51.100.7', protocol: 'tcp', port: 22 } as const;

/** The rules of the chain, in order. */
function rules(plan: FirewallPlan): string[] {
  const prefix = 'add rule inet knockdaemon knock ';
  return tableCommands(plan, [])
    .split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length));
}

const OPEN = [
  'iif "lo" return',
  'ct state established,related return',
  'meta l4proto != { tcp, udp } return',
  'ip saddr . meta l4proto . th dport @open4 meta mark set 0x745 return',
  'ip6 saddr . meta l4proto . th dport @open6 meta mark set 0x745 return',
];

test('guard: the open ones are marked and let through, the guarded ports dropped', (t) => {
  t.deepEqual(rules(GUARD), [
    ...OPEN,
    'tcp flags & (fin|syn|rst|ack) != syn ip saddr . tcp sport . tcp dport @session4 return',
    'tcp flags & (fin|syn|rst|ack) != syn ip6 saddr . tcp sport . tcp dport @session6 return',
    'fib daddr type local meta l4proto . th dport @guarded drop',
  ]);
});

test('guard, closed = "reset": guarded ports answer like closed ones', (t) => {
  t.deepEqual(rules({ ...GUARD, closed: 'reset' }).slice(-2), [
    'meta l4proto tcp fib daddr type local meta l4proto . th dport @guarded reject with tcp reset',
    'fib daddr type local meta l4proto . th dport @guarded reject with icmpx type port-unreachable',
  ]);
});

test('mark: nothing is dropped', (t) => t.deepEqual(rules({ ...GUARD, mode: 'mark', guarded: [] }), OPEN));

test('the mark is what the configuration says', (t) => {
  t.true(rules({ ...GUARD, mark: 0xffffffff })[3]!.endsWith('meta mark set 0xffffffff return'));
});

test('guarded ports and live sessions are elements', (t) => {
  const sessions = [
    { remoteAddress: '10.0.0.2', remotePort: 40000, localPort: 22 },
    { remoteAddress: 'fd77::2', remotePort: 40001, localPort: 22 },
  ];
  const guarded = [...GUARD.guarded, { protocol: 'udp', port: 51820 } as const];
  const elements = tableCommands({ ...GUARD, guarded, sessions }, [])
    .split('\n')
    .filter((line) => line.startsWith('add element'));
  t.deepEqual(elements, [
    'add element inet knockdaemon guarded { tcp . 22 }',
    'add element inet knockdaemon guarded { udp . 51820 }',
    'add element inet knockdaemon session4 { 10.0.0.2 . 40000 . 22 timeout 1d }',
    'add element inet knockdaemon session6 { fd77::2 . 40001 . 22 timeout 1d }',
  ]);
});

test('the table never empties the sets of open doors', (t) =>
  t.notRegex(tableCommands(GUARD, []), /flush set \S+ \S+ open/));

const changes: readonly [string, Parameters<typeof doorCommands>[0][number], string[]][] = [
  [
    'open for a time',
    { door: DOOR, open: true, remainingMs: 59_999.2, client: 'alice' },
    ['add element inet knockdaemon open4 { 198.51.100.7 . tcp . 22 timeout 60000ms comment "alice" }'],
  ],
  [
    'open without limit',
    { door: DOOR, open: true, client: 'alice' },
    ['add element inet knockdaemon open4 { 198.51.100.7 . tcp . 22 comment "alice" }'],
  ],
  ['close', { door: DOOR, open: false }, []],
];
for (const [title, change, last] of changes) {
  test(`${title}: whatever was there is replaced in one transaction`, (t) => {
    t.deepEqual(doorCommands([change]).trimEnd().split('\n'), [
      'add element inet knockdaemon open4 { 198.51.100.7 . tcp . 22 }',
      'delete element inet knockdaemon open4 { 198.51.100.7 . tcp . 22 }',
      ...last,
    ]);
  });
}

test('IPv6 goes to its own set', (t) => {
  const door = { address: '2001:db8::7', protocol: 'udp', port: 51820 } as const;
  t.true(doorCommands([{ door, open: false }]).includes('open6 { 2001:db8::7 . udp . 51820 }'));
});

test('nothing but an address, a number or a name gets into the text', (t) => {
  t.throws(() => doorCommands([{ door: { ...DOOR, address: '1.2.3.4 }; flush ruleset' }, open: false }]), {
    instanceOf: RangeError,
  });
  t.throws(() => doorCommands([{ door: DOOR, open: true, client: 'a" }\nflush ruleset' }]), { instanceOf: RangeError });
  t.throws(() => doorCommands([{ door: { ...DOOR, port: Number.NaN }, open: false }]), { instanceOf: RangeError });
  const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string());
  fc.assert(
    fc.property(
      address,
      fc.nat(70000),
      fc.string(),
      fc.option(fc.double({ noNaN: true, min: -1e9, max: 1e9 })),
      (text, port, client, ms) => {
        const change = { door: { ...DOOR, address: text, port }, open: true as const, client };
        let commands: string;
        try {
          commands = doorCommands([ms === null ? change : { ...change, remainingMs: ms }]);
        } catch (error) {
          return error instanceof RangeError;
        }
        const key = '[0-9a-f.:]+ \\. tcp \\. \\d+';
        const set = 'element inet knockdaemon open[46]';
        const line3 = `add ${set} \\{ ${key}(?: timeout \\d+ms)? comment "[A-Za-z0-9._-]+" \\}`;
        return new RegExp(`^add ${set} \\{ ${key} \\}\\ndelete ${set} \\{ ${key} \\}\\n${line3}\\n$`).test(commands);
      },
    ),
    { numRuns: 2000 },
  );
});
