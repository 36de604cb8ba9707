// Every packet of fwknop's, step by step: each column from the columns before it.

import { readFileSync } from 'node:fs';
import test from 'ava';
import { encodeBase64 } from '#src/spa/base64.js';
import { decryptCbc, encryptCbc } from '#src/spa/cipher.js';
import { decodeSpa } from '#src/spa/decode.js';
import { encodeSpa } from '#src/spa/encode.js';
import { readFields, SPA_VERSION, textOfBytes, writeFields } from '#src/spa/fields.js';
import { hmacOf, SPA_HASHES } from '#src/spa/hash.js';
import { authenticated, readSealed, writeSealed } from '#src/spa/sealed.js';
import { fromHex, toHex } from '../vectors.ts';
import { keyOf, spa } from './spa-vectors.ts';

test('there is a vector for each type of message, each digest and each HMAC', (t) => {
  t.is(spa.version, SPA_VERSION);
  const different = (values: readonly (string | undefined)[]) => [...new Set(values)].sort();
  t.deepEqual(different(spa.vectors.map(({ plaintext }) => plaintext.split(':')[4])), [...'0123456']);
  t.deepEqual(different(spa.vectors.map(({ fields }) => fields.digestHash)), [...SPA_HASHES].sort());
  t.deepEqual(different(spa.vectors.map(({ hmacHash }) => hmacHash)), [...SPA_HASHES].sort());
});

for (const vector of spa.vectors) {
  const { title, fields, plaintext, salt: saltHex, hmac, packet, identity } = vector;
  const [key, salt] = [keyOf(vector), fromHex(saltHex)];
  const text = packet.slice(0, -hmac.length);
  const clear = new TextEncoder().encode(plaintext);

  test(`${title}: fields`, (t) => {
    t.is(writeFields(fields), plaintext);
    const read = readFields(plaintext);
    t.deepEqual(read, { ok: true, fields, covered: plaintext.slice(0, plaintext.lastIndexOf(':')) });
  });
  test(`${title}: cipher`, (t) => {
    const sealed = readSealed(text);
    t.is(toHex(sealed?.salt ?? new Uint8Array()), saltHex);
    t.deepEqual(encryptCbc(key.encryptionKey, salt, clear), sealed?.blocks);
    const decrypted = decryptCbc(key.encryptionKey, salt, sealed?.blocks ?? new Uint8Array());
    t.is(decrypted && textOfBytes(decrypted), plaintext);
    t.is(sealed && writeSealed(sealed), text);
  });
  test(`${title}: HMAC`, (t) => t.is(encodeBase64(hmacOf(key.hmacHash, key.hmacKey, authenticated(text))), hmac));
  test(`${title}: the whole way there and back`, (t) => {
    t.is(encodeSpa(key, fields, salt), packet);
    const decoded = { ok: true, ...fields, identity: fromHex(identity) } as const;
    t.deepEqual(decodeSpa(packet, key, fields.timestamp), decoded);
    t.deepEqual(decodeSpa(new TextEncoder().encode(packet), key, fields.timestamp), decoded);
  });
}

test('a packet of GnuPG has a reason of its own', (t) => {
  for (const vector of spa.vectors) {
    t.deepEqual(decodeSpa(spa.gpg.packet, keyOf(vector), 0), { ok: false, reason: 'gpg' });
  }
});

test('the page of the format shows one of them', (t) => {
  const page = readFileSync(new URL('../../../../../docs/spa.md', import.meta.url), 'utf8');
  const shown = /^plaintext (.*)\nsalt {6}(.*)\npacket {4}(.*)$/m.exec(page)?.slice(1);
  const vector = spa.vectors.find(({ title }) => title === 'type 1: access');
  t.deepEqual(shown, vector && [vector.plaintext, vector.salt, vector.packet]);
  t.true(page.includes(`${spa.vectors.length - 1} more`));
});
