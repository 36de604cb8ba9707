// What holds for every link: what is written is read back, what is read has one form to be written in, and what cannot
// be read is refused without a word of the secret.

import test from 'ava';
import fc from 'fast-check';
import { decodeEnrolmentLink, type Enrolment, encodeEnrolmentLink } from '#src/enrolment-link.js';
import { encodeSecret } from '#src/secret.js';
import { enrolment } from './arbitraries.ts';
import { knock } from './vectors.ts';

const SECRET = knock.secretText;

test('what is written is read back', (t) => {
  fc.assert(
    fc.property(enrolment, (all) => t.deepEqual(decodeEnrolmentLink(encodeEnrolmentLink(all)), all)),
    {
      numRuns: 300,
    },
  );
});

/** The same enrolment, written as somebody else may write it. */
const otherwise = fc
  .tuple(enrolment, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), fc.boolean(), fc.infiniteStream(fc.boolean()))
  .map(([all, order, slash, coins]) => {
    const [authority, query] = encodeEnrolmentLink(all).split('?') as [string, string];
    const pairs = query.split('&').map((pair) => {
      const at = pair.indexOf('=') + 1;
      return pair.slice(0, at) + pair.slice(at).replace(/%..|[!-~]/g, (c) => encoded(c, coins.next().value === true));
    });
    const shuffled = order.map((i) => pairs[i]).filter((pair) => pair !== undefined);
    return { all, text: `${authority}${slash ? '/' : ''}?${shuffled.join('&')}` };
  });

function encoded(character: string, change: boolean): string {
  if (!change) return character;
  return character.length === 3 ? character.toLowerCase() : `%${character.charCodeAt(0).toString(16)}`;
}

test('a link means the same in whatever way it is written', (t) => {
  fc.assert(fc.property(otherwise, ({ all, text }) => t.deepEqual(decodeEnrolmentLink(text), all)));
});

type Change = (text: string) => string;
const at = fc.double({ min: 0, max: 1, noNaN: true });
const place = (part: number, text: string) => Math.floor(part * (text.length + 1));
const insert = (text: string, part: number, more: string) =>
  text.slice(0, place(part, text)) + more + text.slice(place(part, text));
const piece = fc.oneof(
  fc.constantFrom(
    ...'?&=#/:[]%,. @'.split(''),
    '%2',
    '&ports=',
    '&secret=',
    'secret=',
    'tcp/22',
    'eightknock://',
    SECRET,
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
);

/** Cuts, copies, moves, additions: what becomes of a link on its way. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(at, at).map(
    ([a, b]): Change =>
      (text) =>
        text.slice(0, place(Math.min(a, b), text)) + text.slice(place(Math.max(a, b), text)),
  ),
  fc.tuple(at, piece).map(
    ([a, more]): Change =>
      (text) =>
        insert(text, a, more),
  ),
  fc.tuple(at, at, at).map(
    ([a, b, to]): Change =>
      (text) =>
        insert(text, to, text.slice(place(a, text), place(b, text))),
  ),
  fc.tuple(at, piece).map(
    ([a, more]): Change =>
      (text) =>
        text.slice(0, place(a, text)) + more + text.slice(place(a, text) + 1),
  ),
  fc.constant<Change>((text) => text.split('').reverse().join('')),
  fc.constant<Change>((text) => text.toUpperCase()),
);

const link = enrolment.map((all) => encodeEnrolmentLink({ ...all, secret: Buffer.from(SECRET, 'base64url') }));
const changed = fc
  .tuple(link, fc.array(change, { minLength: 1, maxLength: 4 }))
  .map(([text, changes]) => changes.reduce((changing, next) => next(changing), text));

/** The secret in places where it does not belong, in a link that is right but for that. */
const misplaced = fc
  .tuple(
    fc.constantFrom('HOST', 'PORT', 'SERVER', 'CLIENT', 'PORTS', 'SECRET'),
    fc.constantFrom('', '-', '!', ' ', '%', 'é'),
  )
  .map(([where, mark]) => {
    const template = 'eightknock://HOST:PORT?server=SERVER&client=CLIENT&secret=SECRET&ports=PORTS';
    const right = { HOST: 'gw', PORT: '745', SERVER: 'gw', CLIENT: 'alice', PORTS: 'tcp/22', SECRET };
    const values: Record<string, string> = { ...right, [where]: `${mark}${SECRET}${mark}` };
    return template.replace(/[A-Z]{4,}/g, (name) => values[name] ?? name);
  });

test('no change of a link makes an error that shows any part of the secret', (t) => {
  let refused = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: changed }, misplaced), (text) => {
      const message = errorOf(text);
      if (message === undefined) return;
      refused++;
      t.deepEqual(partsOfSecret(message), []);
    }),
    { numRuns: process.env.SLOW ? 1_000_000 : 3000 },
  );
  t.true(refused > 1000, `${refused} links were refused`);
});

test('no other text makes an error of another kind', (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary' }).map((rest) => `eightknock://${rest}`),
    fc.array(piece).map((pieces) => `eightknock://gw?${pieces.join('')}`),
  );
  fc.assert(
    fc.property(text, (some) => t.notThrows(() => errorOf(some))),
    { numRuns: process.env.SLOW ? 1_000_000 : 500 },
  );
});

test('whatever can be read is written in one way, and read as the same', (t) => {
  let read = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        changed,
        otherwise.map(({ text }) => text),
      ),
      (text) => {
        if (errorOf(text) !== undefined) return;
        read++;
        const first: Enrolment = decodeEnrolmentLink(text);
        const written = encodeEnrolmentLink(first);
        t.deepEqual(decodeEnrolmentLink(written), first);
        t.is(encodeEnrolmentLink(decodeEnrolmentLink(written)), written);
        t.true(written.includes(encodeSecret(first.secret)));
      },
    ),
    { numRuns: 1000 },
  );
  t.true(read > 400, `${read} of 1000 links were read`);
});

/** What a link is refused with; undefined when it is read. Anything but a RangeError goes on. */
function errorOf(text: string): string | undefined {
  try {
    decodeEnrolmentLink(text);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** All pieces of six characters that a message and the secret have in common, forwards or backwards. */
function partsOfSecret(message: string): string[] {
  const lower = message.toLowerCase();
  const backwards = SECRET.split('').reverse().join('');
  return [SECRET, backwards].flatMap((text) =>
    Array.from({ length: text.length - 5 }, (_, i) => text.slice(i, i + 6)).filter((part) =>
      lower.includes(part.toLowerCase()),
    ),
  );
}
