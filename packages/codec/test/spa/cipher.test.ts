// AES-256-CBC with OpenSSL's key derivation, beside Node's AES and the openssl command.

import { spawnSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { decryptCbc, encryptCbc } from '#src/spa/cipher.js';
import { bytesOf } from '../arbitraries.ts';
import { toHex } from '../vectors.ts';

const md5 = (...parts: readonly Uint8Array[]) => createHash('md5').update(Buffer.concat(parts)).digest();
const passphrase = fc.uint8Array({ minLength: 1, maxLength: 32 });
const clear = fc.uint8Array({ maxLength: 271 });

test('what is encrypted is what Node encrypts, and is decrypted', (t) => {
  fc.assert(
    fc.property(passphrase, bytesOf(8), clear, (secret, salt, message) => {
      const first = md5(secret, salt);
      const second = md5(first, secret, salt);
      const node = createCipheriv('aes-256-cbc', Buffer.concat([first, second]), md5(second, secret, salt));
      const blocks = encryptCbc(secret, salt, message);
      t.is(toHex(blocks), node.update(message, undefined, 'hex') + node.final('hex'));
      t.deepEqual(decryptCbc(secret, salt, blocks), message);
    }),
  );
});

test('the openssl command encrypts the same', (t) => {
  const args = 'enc -aes-256-cbc -md md5 -S 0102030405060708 -pass pass:testkey1234'.split(' ');
  const message = 'what is encrypted';
  const { status, stdout, stderr } = spawnSync('openssl', args, { input: message });
  t.is(status, 0, String(stderr));
  // Older versions put the salt in front even when it is given.
  const blocks = stdout.subarray(stdout.subarray(0, 8).toString() === 'Salted__' ? 16 : 0);
  const salt = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  t.is(toHex(encryptCbc(Buffer.from('testkey1234'), salt, Buffer.from(message))), toHex(blocks));
});

test('each wrong padding is found', (t) => {
  const [secret, salt] = [Uint8Array.of(1), new Uint8Array(8)];
  // Without the last block, what was in the middle stands at the end.
  const ending = (...bytes: readonly number[]) => {
    const message = new Uint8Array(32).fill(65);
    message.set(bytes, 32 - bytes.length);
    return decryptCbc(secret, salt, encryptCbc(secret, salt, message).slice(0, 32));
  };
  t.is(ending(0), undefined);
  t.is(ending(17), undefined);
  t.is(ending(...new Array(17).fill(17)), undefined);
  t.is(ending(255), undefined);
  t.is(ending(1, 2), undefined);
  t.is(ending(2, 3, 3), undefined);
  t.is(ending(...new Array(15).fill(16)), undefined);
  t.is(ending(1)?.length, 31);
  t.is(ending(2, 2)?.length, 30);
  t.is(ending(...new Array(16).fill(16))?.length, 16);
});

test('another passphrase or salt does not decrypt', (t) => {
  const blocks = encryptCbc(Uint8Array.of(1), new Uint8Array(8), new Uint8Array(100));
  t.notDeepEqual(decryptCbc(Uint8Array.of(2), new Uint8Array(8), blocks), new Uint8Array(100));
  t.notDeepEqual(decryptCbc(Uint8Array.of(1), new Uint8Array(8).fill(1), blocks), new Uint8Array(100));
});
