// What holds for every packet: it is read back, it has one form, and nothing that is done to it on its way is taken.

import test from 'ava';
import fc from 'fast-check';
import { type DecodedSpa, decodeSpa } from '#src/spa/decode.js';
import { encodeSpa } from '#src/spa/encode.js';
import { writeFields } from '#src/spa/fields.js';
import { SPA_HASHES } from '#src/spa/hash.js';
import type { SpaKey } from '#src/spa/key.js';
import type { SpaRejection } from '#src/spa/rejection.js';
import { forge, salt, spaFields, spaKey, withDigest } from './spa-arbitraries.ts';
import { keyOf, spa } from './spa-vectors.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Any clock is right: what is refused is refused for another reason. */
const ANY_AGE = 2 ** 40;
const read = (packet: string | Uint8Array, key: SpaKey): DecodedSpa | SpaRejection =>
  decodeSpa(packet, key, 0, ANY_AGE);

/** One of fwknop's packets for each HMAC. */
const samples = SPA_HASHES.map((hash) => {
  const vector = spa.vectors.find(({ title }) => title === `HMAC ${hash}`);
  if (!vector) throw new Error(`no vector for ${hash}`);
  return { hash, key: keyOf(vector), packet: vector.packet };
});

/** A packet, or nothing where the fields are too long for one. */
const sent = fc
  .tuple(spaFields, spaKey, salt)
  .map(([fields, key, random]) => {
    try {
      return { fields, key, salt: random, packet: encodeSpa(key, fields, random) };
    } catch (error) {
      if (error instanceof RangeError && error.message.startsWith('fields must be at most 271 bytes')) return undefined;
      throw error;
    }
  })
  .filter((all) => all !== undefined);

test('what is encoded is decoded, and encoded as it was', (t) => {
  fc.assert(
    fc.property(sent, ({ fields, key, salt: random, packet }) => {
      const decoded = read(packet, key);
      t.like(decoded, { ok: true, ...fields });
      if (decoded.ok) t.is(encodeSpa(key, decoded, random), packet);
      t.regex(packet, /^[89+/][A-Za-z0-9+/]{139,459}$/);
    }),
    { numRuns: 500 },
  );
});

test('of what anybody with both keys can make, only what the encoder writes is taken', (t) => {
  const part = fc.oneof(fc.constantFrom('', '0', '1', '3', 'Z3csNTAwMA', '٣', '=', '30'), fc.string({ maxLength: 6 }));
  let [taken, refused] = [0, 0];
  fc.assert(
    fc.property(
      sent,
      fc.nat(9),
      fc.nat(1),
      part,
      fc.nat(4),
      ({ key, fields, salt: random }, at, remove, more, luck) => {
        const parts = writeFields(fields).split(':').slice(0, -1);
        if (luck > 0) parts.splice(at, remove, more);
        const plaintext = withDigest(parts.join(':'), fields.digestHash);
        if (new TextEncoder().encode(plaintext).length > 271 || plaintext.length < 65) return;
        const decoded = read(forge(plaintext, key, random), key);
        if (!decoded.ok) {
          refused++;
          return;
        }
        taken++;
        t.is(encodeSpa(key, decoded, random), forge(plaintext, key, random));
      },
    ),
    { numRuns: process.env.SLOW ? 100_000 : 1000 },
  );
  t.true(taken > 100 && refused > 100, `${taken} taken, ${refused} refused`);
});

for (const { hash, key, packet } of samples) {
  test(`HMAC ${hash}: every part of a packet is refused`, (t) => {
    t.true(read(packet, key).ok);
    for (let end = 0; end < packet.length; end++) {
      t.false(read(packet.slice(0, end), key).ok, `the first ${end}`);
      t.false(read(packet.slice(packet.length - end), key).ok, `the last ${end}`);
    }
  });

  test(`HMAC ${hash}: every packet with one bit changed is refused`, (t) => {
    const bytes = Uint8Array.from(Buffer.from(packet));
    for (let i = 0; i < bytes.length; i++) {
      for (let bit = 1; bit < 256; bit <<= 1) {
        const other = bytes.slice();
        other[i] = (bytes[i] as number) ^ bit;
        t.false(read(other, key).ok, `byte ${i}, bit ${bit}`);
      }
    }
  });

  test(`HMAC ${hash}: every packet with one character changed, added or left out is refused`, (t) => {
    for (let i = 0; i <= packet.length; i++) {
      t.false(read(packet.slice(0, i) + packet.slice(i + 1) + (i === packet.length ? '=' : ''), key).ok);
      for (const character of `${ALPHABET}=-_ \n`) {
        t.false(read(packet.slice(0, i) + character + packet.slice(i), key).ok);
        if (packet[i] !== character && i < packet.length) {
          t.false(read(packet.slice(0, i) + character + packet.slice(i + 1), key).ok, `${character} at ${i}`);
        }
      }
    }
  });
}

test('a packet is read with its own keys and its own HMAC alone', (t) => {
  fc.assert(
    fc.property(sent, spaKey, ({ key, packet }, other) => {
      t.false(read(packet, { ...key, hmacKey: other.hmacKey }).ok && !same(key.hmacKey, other.hmacKey));
      t.false(read(packet, { ...key, hmacHash: other.hmacHash }).ok && key.hmacHash !== other.hmacHash);
      t.false(
        read(packet, { ...key, encryptionKey: other.encryptionKey }).ok &&
          !same(key.encryptionKey, other.encryptionKey),
      );
    }),
    { numRuns: 300 },
  );
});

/** HMAC fills keys up with zeros: those at the end make no difference. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  const [first, second] = [a, b].map((key) => Buffer.from(key).toString('latin1').replace(/\0+$/, ''));
  return first === second;
}

type Change = (text: string) => string;
const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const place = (part: number, text: string) => Math.floor(part * text.length);
const character = fc.oneof(fc.constantFrom(...ALPHABET), fc.constantFrom(...'=-_ \n\0é\u0141'));

/** What becomes of a packet on its way; most keep its length, so that the HMAC has to find them. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(at, character).map(
    ([a, one]): Change =>
      (text) =>
        text.slice(0, place(a, text)) + one + text.slice(place(a, text) + 1),
  ),
  fc.tuple(at, at).map(
    ([a, b]): Change =>
      (text) =>
        swapped(text, place(a, text), place(b, text)),
  ),
  fc.tuple(at, at, at).map(
    ([a, b, to]): Change =>
      (text) => {
        const piece = text.slice(place(Math.min(a, b), text), place(Math.max(a, b), text));
        const start = place(to, text);
        return (text.slice(0, start) + piece + text.slice(start + piece.length)).slice(0, text.length);
      },
  ),
  fc.tuple(at, fc.integer({ min: 1, max: 22 })).map(
    ([a, length]): Change =>
      (text) =>
        text.slice(0, place(a, text)) + text.slice(place(a, text) + length),
  ),
  fc.tuple(at, fc.array(character, { minLength: 1, maxLength: 22 })).map(
    ([a, more]): Change =>
      (text) =>
        text.slice(0, place(a, text)) + more.join('') + text.slice(place(a, text)),
  ),
  fc.constantFrom<Change>(
    (text) => `U2FsdGVkX1${text}`,
    (text) => `${text}=`,
    (text) => text.replaceAll('+', '-').replaceAll('/', '_'),
    (text) => [...text].reverse().join(''),
    (text) => text + text,
  ),
);

function swapped(text: string, a: number, b: number): string {
  const characters = [...text];
  [characters[a], characters[b]] = [characters[b] as string, characters[a] as string];
  return characters.join('');
}

test('of all changed packets none is taken, and none throws', (t) => {
  const reasons = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      ({ key, packet }, changes) => {
        const changed = changes.reduce((changing, next) => next(changing), packet);
        if (changed === packet) return;
        const decoded = read(changed, key);
        if (decoded.ok) throw new Error(`taken: ${changed}`);
        reasons.set(decoded.reason, (reasons.get(decoded.reason) ?? 0) + 1);
      },
    ),
    { numRuns: process.env.SLOW ? 2_000_000 : 5000 },
  );
  const all = [...reasons.values()].reduce((sum, count) => sum + count, 0);
  t.true(all > 4000, `${all}`);
  for (const reason of ['hmac-mismatch', 'not-base64', 'wrong-length', 'prefix-sent'])
    t.true((reasons.get(reason) ?? 0) > 20);
});

test('of all other bytes and texts none is taken, and none throws', (t) => {
  const lengths = fc.constantFrom(140, 161, 183, 204, 268, 460, 1500, 1501);
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    lengths.chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600 }),
    lengths.chain((length) => fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: length, maxLength: length })),
  );
  fc.assert(
    fc.property(fc.oneof(bytes, text), fc.constantFrom(...samples), (some, { key }) => {
      t.false(read(some, key).ok);
    }),
    { numRuns: process.env.SLOW ? 100_000 : 1000 },
  );
});
