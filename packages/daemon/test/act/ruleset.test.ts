import test from 'ava';
import fc from 'fast-check';
import type { DoorChange, FirewallPlan, OpenChange } from '#src/act/firewall.js';
import { chainsOf, doorCommands, MAX_TIMEOUT_MS, tableCommands } from '#src/act/ruleset.js';

const GUARD: FirewallPlan = {
  mode: 'guard',
  closed: 'drop',
  mark: 0x745,
  guarded: [{ protocol: 'tcp', port: 22 }],
  sessions: [],
  forwards: false,
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

/** The commands that add elements. */
function elements(plan: FirewallPlan, open: readonly OpenChange[] = []): string[] {
  return tableCommands(plan, open)
    .split('\n')
    .filter((line) => line.startsWith('add element'));
}

const OPEN = [
  'iif "lo" return',
  'ct state established return',
  'meta l4proto != { tcp, udp } return',
  'ip saddr . meta l4proto . th dport @open4 fib daddr type { local, broadcast, multicast, anycast } meta mark set 0x745 return',
  'ip6 saddr . meta l4proto . th dport @open6 fib daddr type { local, broadcast, multicast, anycast } meta mark set 0x745 return',
];

test('guard: the open ones are marked and let through, the guarded ports dropped', (t) => {
  t.deepEqual(rules(GUARD), [
    ...OPEN,
    'tcp flags & (fin|syn|rst|ack) != syn ip saddr . tcp sport . tcp dport @session4 return',
    'tcp flags & (fin|syn|rst|ack) != syn ip6 saddr . tcp sport . tcp dport @session6 return',
    'meta l4proto . th dport @guarded fib daddr type { local, broadcast, multicast, anycast } drop',
  ]);
});

test('guard, closed = "reset": guarded ports answer like closed ones', (t) => {
  t.deepEqual(rules({ ...GUARD, closed: 'reset' }).slice(-3), [
    'meta l4proto tcp meta l4proto . th dport @guarded fib daddr type local reject with tcp reset',
    'meta l4proto . th dport @guarded fib daddr type local reject with icmpx type port-unreachable',
    'meta l4proto . th dport @guarded fib daddr type { local, broadcast, multicast, anycast } drop',
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
  t.deepEqual(elements({ ...GUARD, guarded, sessions }), [
    'add element inet knockdaemon guarded { tcp . 22, udp . 51820 }',
    'add element inet knockdaemon session4 { 10.0.0.2 . 40000 . 22 timeout 1d }',
    'add element inet knockdaemon session6 { fd77::2 . 40001 . 22 timeout 1d }',
  ]);
});

test('a rescue: the guard has a timeout', (t) => {
  const guarded = 'add element inet knockdaemon guarded { tcp . 22';
  t.deepEqual(elements({ ...GUARD, guardMs: 300_000 }), [`${guarded} timeout 300000ms }`]);
});

test('exactly these doors: what was in a set is removed, the doors come in bulk, each once', (t) => {
  const doors = ['198.51.100.7', '2001:db8::7', '198.51.100.8', '198.51.100.7'].map(
    (address, i) => ({ door: { ...DOOR, address }, open: true, client: 'alice', remainingMs: i + 1 }) as const,
  );
  t.deepEqual(elements(GUARD, doors).slice(1), [
    'add element inet knockdaemon open4 { 198.51.100.7 . tcp . 22 timeout 4ms comment "alice", 198.51.100.8 . tcp . 22 timeout 3ms comment "alice" }',
    'add element inet knockdaemon open6 { 2001:db8::7 . tcp . 22 timeout 2ms comment "alice" }',
  ]);
  const commands = tableCommands(GUARD, doors).split('\n');
  for (const set of ['open4', 'open6', 'session4', 'session6', 'guarded']) {
    const before = commands.slice(0, commands.indexOf(`flush set inet knockdaemon ${set}`));
    t.false(
      before.some((line) => line.startsWith(`add element inet knockdaemon ${set} `)),
      set,
    );
  }
});

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

test('an address is written anew: IPv4 in IPv6 is IPv4', (t) => {
  const door = { ...DOOR, address: '::FFFF:198.51.100.7' } as const;
  t.true(doorCommands([{ door, open: false }]).includes('open4 { 198.51.100.7 . tcp . 22 }'));
});

test('many changes are one transaction of three commands; of one door the last counts', (t) => {
  const change = (port: number, open: boolean): DoorChange => {
    const door = { ...DOOR, port } as const;
    return open ? { door, open, client: 'alice' } : { door, open };
  };
  t.deepEqual(doorCommands([change(1, true), change(2, true), change(1, false)]).split('\n'), [
    'add element inet knockdaemon open4 { 198.51.100.7 . tcp . 1, 198.51.100.7 . tcp . 2 }',
    'delete element inet knockdaemon open4 { 198.51.100.7 . tcp . 1, 198.51.100.7 . tcp . 2 }',
    'add element inet knockdaemon open4 { 198.51.100.7 . tcp . 2 comment "alice" }',
    '',
  ]);
});

for (const [ms, written] of [
  [-5, 1],
  [0, 1],
  [0.2, 1],
  [MAX_TIMEOUT_MS, 31_622_400_000],
  [1e300, 31_622_400_000],
] as const) {
  test(`${ms} ms that remain are written as ${written}`, (t) => {
    t.true(doorCommands([{ door: DOOR, open: true, client: 'a', remainingMs: ms }]).includes(` timeout ${written}ms `));
  });
}

const FORWARD: OpenChange = {
  door: { ...DOOR, port: 2222 },
  open: true,
  client: 'alice',
  remainingMs: 60_000,
  target: { address: '10.0.0.5', port: 22, masquerade: false },
};

test('forwards: maps, and chains before and after routing, only where a door forwards', (t) => {
  const { length } = tableCommands(GUARD, []).split('\n');
  const commands = tableCommands({ ...GUARD, forwards: true }, []).split('\n');
  t.true(commands.length > length);
  for (const line of [
    'add chain inet knockdaemon forward { type nat hook prerouting priority -101; policy accept; }',
    'add rule inet knockdaemon forward fib daddr type local dnat ip to ip saddr . meta l4proto . th dport map @forward4',
    'add rule inet knockdaemon forward fib daddr type local dnat ip6 to ip6 saddr . meta l4proto . th dport map @forward6',
    'add rule inet knockdaemon masquerading ct status dnat ip saddr . ip daddr . meta l4proto . th dport @masquerade4 masquerade',
  ]) {
    t.true(commands.includes(line), line);
  }
  t.deepEqual(chainsOf(GUARD), ['knock']);
  t.deepEqual(chainsOf({ ...GUARD, forwards: true }), ['knock', 'forward', 'masquerading']);
});

test('a door that forwards is open, and in the map', (t) => {
  const masqueraded = { ...FORWARD, target: { address: '10.0.0.5', port: 22, masquerade: true } };
  t.deepEqual(doorCommands([FORWARD], [masqueraded]).trimEnd().split('\n').slice(2), [
    'add element inet knockdaemon open4 { 198.51.100.7 . tcp . 2222 timeout 60000ms comment "alice" }',
    'flush map inet knockdaemon forward4',
    'flush map inet knockdaemon forward6',
    'flush set inet knockdaemon masquerade4',
    'flush set inet knockdaemon masquerade6',
    'add element inet knockdaemon forward4 { 198.51.100.7 . tcp . 2222 timeout 60000ms comment "alice" : 10.0.0.5 . 22 }',
    'add element inet knockdaemon masquerade4 { 198.51.100.7 . 10.0.0.5 . tcp . 22 timeout 60000ms }',
  ]);
  t.false(doorCommands([FORWARD]).includes('forward4'));
});

const ENDS: readonly (readonly (number | undefined)[])[] = [
  [60_000, 3_600_000],
  [3_600_000, 60_000],
  [undefined, 60_000],
  [60_000, undefined],
];
for (const ends of ENDS) {
  test(`doors to the same place are masqueraded until the last of them ends: ${ends.join(' and ')} ms`, (t) => {
    const target = { address: '10.0.0.5', port: 22, masquerade: true };
    const doors = ends.map((remainingMs, i): OpenChange => {
      const door = { ...DOOR, port: 2222 + i };
      return { door, open: true, client: 'alice', target, ...(remainingMs !== undefined && { remainingMs }) };
    });
    const timeout = ends.includes(undefined) ? '' : ' timeout 3600000ms';
    const expected = `add element inet knockdaemon masquerade4 { 198.51.100.7 . 10.0.0.5 . tcp . 22${timeout} }`;
    t.is(doorCommands([], doors).trimEnd().split('\n').at(-1), expected);
    t.true(tableCommands({ ...GUARD, forwards: true }, doors).includes(expected));
  });
}

const hostile: readonly [string, () => unknown][] = [
  ['an address', () => doorCommands([{ door: { ...DOOR, address: '1.2.3.4 }; flush ruleset' }, open: false }])],
  ['a client', () => doorCommands([{ door: DOOR, open: true, client: 'a" }\nflush ruleset' }])],
  ['a port', () => doorCommands([{ door: { ...DOOR, port: Number.NaN }, open: false }])],
  ['a protocol', () => doorCommands([{ door: { ...DOOR, protocol: 'tcp\n' as 'tcp' }, open: false }])],
  ['a time', () => doorCommands([{ door: DOOR, open: true, client: 'a', remainingMs: Number.NaN }])],
  [
    'a target of the other family',
    () => doorCommands([], [{ ...FORWARD, target: { address: '::1', port: 22, masquerade: false } }]),
  ],
  ['a mark', () => tableCommands({ ...GUARD, mark: 0.5 }, [])],
  ['a guarded port', () => tableCommands({ ...GUARD, guarded: [{ protocol: 'tcp', port: 65_536 }] }, [])],
  [
    'a session',
    () => tableCommands({ ...GUARD, sessions: [{ remoteAddress: '1.2.3.4', remotePort: -1, localPort: 1 }] }, []),
  ],
];
for (const [title, write] of hostile) {
  test(`${title} out of its range is refused`, (t) => void t.throws(write, { instanceOf: RangeError }));
}

// The intended grammar, each line whole.
const V4 = String.raw`(?:\d{1,3}\.){3}\d{1,3}`;
const V6 = '[0-9a-f:]{2,39}';
const PORT = String.raw`[1-9]\d{0,4}`;
const TIME = String.raw` timeout [1-9]\d{0,10}ms`;
const REST = `(?:${TIME})? comment "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"`;
const TRANSPORT = `(?:tcp|udp) \\. ${PORT}`;
const list = (element: string) => `\\{ ${element}(?:, ${element})* \\}`;
const elementLines = (verb: string, rest: string) => [
  `${verb} element inet knockdaemon open4 ${list(`${V4} \\. ${TRANSPORT}${rest}`)}`,
  `${verb} element inet knockdaemon open6 ${list(`${V6} \\. ${TRANSPORT}${rest}`)}`,
];
const FORWARD_LINES = [
  `add element inet knockdaemon forward4 ${list(`${V4} \\. ${TRANSPORT}${REST} : ${V4} \\. ${PORT}`)}`,
  `add element inet knockdaemon forward6 ${list(`${V6} \\. ${TRANSPORT}${REST} : ${V6} \\. ${PORT}`)}`,
  `add element inet knockdaemon masquerade4 ${list(`${V4} \\. ${V4} \\. ${TRANSPORT}(?:${TIME})?`)}`,
  `add element inet knockdaemon masquerade6 ${list(`${V6} \\. ${V6} \\. ${TRANSPORT}(?:${TIME})?`)}`,
];
const FLUSH_LINES = ['flush map inet knockdaemon forward[46]', 'flush set inet knockdaemon masquerade[46]'];
const whole = (lines: readonly string[]) => new RegExp(`^(?:${lines.join('|')})$`);
const DOOR_LINE = whole([
  ...elementLines('(?:add|delete)', ''),
  ...elementLines('add', REST),
  ...FORWARD_LINES,
  ...FLUSH_LINES,
]);
const TABLE_ELEMENTS = whole([
  ...elementLines('add', REST),
  ...FORWARD_LINES,
  `add element inet knockdaemon session4 ${list(`${V4} \\. ${PORT} \\. ${PORT} timeout 1d`)}`,
  `add element inet knockdaemon session6 ${list(`${V6} \\. ${PORT} \\. ${PORT} timeout 1d`)}`,
  `add element inet knockdaemon guarded ${list(`${TRANSPORT}(?:${TIME})?`)}`,
]);
/** The lines of the table that have no element in them, for each mode; they depend on the mark only. */
const constantLines = (plan: FirewallPlan) =>
  tableCommands({ ...plan, guarded: [], sessions: [], mark: 0xabc }, [])
    .trimEnd()
    .split('\n');

const INJECTIONS = [
  '1.2.3.4 }; flush ruleset',
  '\nflush ruleset',
  'tcp . 22 }',
  '"',
  '\\',
  '#',
  '$x',
  '@open4',
  '::1\n',
];
const text = fc.oneof(fc.constantFrom(...INJECTIONS), fc.string(), fc.string({ unit: 'binary' }));
const number = fc.oneof(
  fc.nat(70_000),
  fc.double(),
  fc.constantFrom(-1, 0, 65_536, Number.NaN, Number.POSITIVE_INFINITY),
);
const address = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(fc.ipV4(), fc.ipV6()) },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: fc.tuple(fc.ipV4(), text).map(([good, bad]) => `${good}${bad}`) },
);
const protocol = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('tcp', 'udp') },
  { weight: 1, arbitrary: text },
) as fc.Arbitrary<'tcp' | 'udp'>;
const port = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 65_535 }) }, { weight: 1, arbitrary: number });
const client = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('alice', 'b', 'c.d_e-f') },
  { weight: 1, arbitrary: text },
);
const door = fc.record({ address, protocol, port });
const target = fc.record({ address, port, masquerade: fc.boolean() });
const openChange = fc.record(
  { door, open: fc.constant(true as const), client, remainingMs: number, target },
  { requiredKeys: ['door', 'open', 'client'] },
);
const doorChange = fc.oneof(openChange, fc.record({ door, open: fc.constant(false as const) }));
const plan = fc.record(
  {
    mode: fc.constantFrom('guard', 'mark'),
    closed: fc.constantFrom('drop', 'reset'),
    mark: fc.oneof({ weight: 9, arbitrary: fc.constant(0x745) }, { weight: 1, arbitrary: number }),
    guarded: fc.array(fc.record({ protocol, port }), { maxLength: 3 }),
    sessions: fc.array(fc.record({ remoteAddress: address, remotePort: port, localPort: port }), { maxLength: 3 }),
    guardMs: number,
    forwards: fc.boolean(),
  },
  { requiredKeys: ['mode', 'closed', 'mark', 'guarded', 'sessions', 'forwards'] },
) as fc.Arbitrary<FirewallPlan>;
const RUNS = { numRuns: process.env.SLOW ? 1_000_000 : 2000 };

/** @returns the lines, or undefined when the arguments were refused with a RangeError */
function linesOf(write: () => string): string[] | undefined {
  try {
    const commands = write();
    if (!commands.endsWith('\n')) throw new Error(`no line break at the end of ${JSON.stringify(commands)}`);
    return commands.slice(0, -1).split('\n');
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

test('whatever a change says, its text is of the intended grammar', (t) => {
  let written = 0;
  fc.assert(
    fc.property(fc.array(doorChange, { minLength: 1, maxLength: 4 }), fc.boolean(), (changes, forwards) => {
      const opened = changes.filter((change) => change.open);
      const lines = linesOf(() => doorCommands(changes, forwards ? opened : undefined));
      if (!lines) return true;
      written++;
      return lines.length <= 14 && lines.every((line) => DOOR_LINE.test(line));
    }),
    RUNS,
  );
  t.true(written > RUNS.numRuns / 20, `only ${written} were accepted`);
});

test('whatever a plan says, its text is of the intended grammar', (t) => {
  t.timeout(3_600_000);
  let written = 0;
  fc.assert(
    fc.property(plan, fc.array(openChange, { maxLength: 2 }), (any, open) => {
      const lines = linesOf(() => tableCommands(any, open));
      if (!lines) return true;
      written++;
      const { mark } = any;
      const constant = lines.filter((line) => !line.startsWith('add element'));
      const expected = constantLines(any).map((line) =>
        line.replace('mark set 0xabc ', `mark set 0x${mark.toString(16)} `),
      );
      const others = lines.slice(constant.length);
      return (
        constant.join('\n') === expected.join('\n') &&
        others.length <= 9 &&
        others.every((line) => TABLE_ELEMENTS.test(line))
      );
    }),
    RUNS,
  );
  t.true(written > RUNS.numRuns / 20, `only ${written} were accepted`);
});
