import test from 'ava';
import fc from 'fast-check';
import { type RawPortOptions, readPortSequence } from '#src/port-sequence.js';

function knocks(words: readonly string[], raw: RawPortOptions = {}): string[] {
  const { sequence, problems } = readPortSequence('gw', words, raw);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  return sequence.knocks.map(({ protocol, port }) => `${port}:${protocol}`);
}

test('ports are TCP, with -u UDP, unless they say it', (t) => {
  t.deepEqual(knocks(['123:tcp', '456:UDP', '789', '65535']), ['123:tcp', '456:udp', '789:tcp', '65535:tcp']);
  t.deepEqual(knocks(['123:tcp', '456:udp', '1'], { udp: true }), ['123:tcp', '456:udp', '1:udp']);
});

test('delay and family', (t) => {
  const read = (raw: RawPortOptions) => readPortSequence('gw', ['1'], raw).sequence;
  t.like(read({}), { delayMs: 0 });
  t.false('family' in read({}));
  t.like(read({ delay: '10000', ipv4: true }), { delayMs: 10_000, family: 4 });
  t.like(read({ ipv6: true }), { family: 6 });
});

const wrong: readonly [string, readonly string[], RawPortOptions, RegExp][] = [
  ['a port that is too large', ['70000'], {}, /^PORT: "70000": expected a port from 1 to 65535/],
  ['port 0', ['0'], {}, /"0"/],
  ['another protocol', ['1:icmp'], {}, /"1:icmp"/],
  ['two protocols', ['1:tcp:udp'], {}, /"1:tcp:udp"/],
  ['a word', ['ssh'], {}, /"ssh"/],
  ['a delay that is none', ['1'], { delay: '1x' }, /--delay: "1x": expected an integer from 0 to 10000/],
  ['a delay that is too long', ['1'], { delay: '10001' }, /--delay/],
  ['both families', ['1'], { ipv4: true, ipv6: true }, /-4 and -6/],
  ['too many ports', Array.from({ length: 257 }, () => '1'), {}, /"257 ports": expected at most 256/],
];
for (const [title, words, raw, said] of wrong) {
  test(`refused: ${title}`, (t) => {
    const { problems } = readPortSequence('gw', words, raw);
    t.is(problems.length, 1);
    t.regex(problems[0]?.message ?? '', said);
  });
}

test('a hint for what is written otherwise', (t) => {
  const hint = (word: string) => readPortSequence('gw', [word], {}).problems[0]?.hint;
  t.is(hint('TCP/22'), 'write 22:tcp');
  t.is(hint('udp:53'), 'write 53:udp');
  t.is(hint('7000,8000:udp'), 'ports are separated by spaces here');
  t.is(hint('x'), undefined);
});

test('every mistake is told at once, and nothing is thrown', (t) => {
  t.is(readPortSequence('a b', ['0', 'x', '1'], { delay: '-' }).problems.length, 4);
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), fc.record({ delay: fc.string() }), (host, words, raw) => {
      const { sequence, problems } = readPortSequence(host, words, raw);
      return problems.length > 0 || sequence.knocks.length === words.length;
    }),
  );
});

test('a host with a zone: without it a link-local address cannot be used either', (t) => {
  const hints = ['fe80::1%eth0', '2001:db8::1%eth0'].map((host) => readPortSequence(host, ['1'], {}).problems[0]?.hint);
  t.regex(hints[0] ?? '', /^link-local addresses .* cannot be used/);
  t.regex(hints[1] ?? '', /^leave out the zone/);
});
