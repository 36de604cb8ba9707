// The search for secrets that every lab makes when it is closed: it finds what it looks for.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';
import { encodeSpaKey } from '@eightknock/codec/spa';
import ava from 'ava';
import { keyOf } from '../interop/spa-cases.ts';
import { ALICE, labSecret, writeConfig } from '../lab/daemon-process.ts';
import { Lab } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { findSecret } from '../lab/secrets.ts';

const forms: Readonly<Record<string, (secret: Uint8Array) => Buffer>> = {
  'as it is written in a configuration': (secret) => Buffer.from(encodeSecret(secret)),
  'as bytes': (secret) => Buffer.from(secret),
  'in hexadecimal': (secret) => Buffer.from(Buffer.from(secret).toString('hex')),
  'in base64': (secret) => Buffer.from(Buffer.from(secret).toString('base64')),
  'as numbers': (secret) => Buffer.from(JSON.stringify([...secret])),
};
for (const [title, form] of Object.entries(forms)) {
  ava(`a secret is found ${title}`, (t) => {
    const text = Buffer.concat([Buffer.from('{"x":"'), form(ALICE.secret), Buffer.from('"}\n')]);
    t.is(findSecret(text), 'labSecret(1)');
    t.is(findSecret(text.subarray(0, 20)), undefined);
  });
}

const { encryptionKey, hmacKey } = keyOf('base64', 'sha256');
const asHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
for (const [title, text, name] of [
  ['an encryption key in base64', encodeSpaKey(encryptionKey), 'the encryption key of keyOf(base64)'],
  ['an HMAC key in base64', encodeSpaKey(hmacKey), 'the HMAC key of keyOf(base64)'],
  ['an encryption key in hexadecimal', asHex(encryptionKey), 'the encryption key of keyOf(base64)'],
  ['an HMAC key in hexadecimal, in capitals', asHex(hmacKey).toUpperCase(), 'the HMAC key of keyOf(base64)'],
] as const) {
  ava(`${title} is found`, (t) => t.is(findSecret(Buffer.from(`{"x":"${text}"}\n`)), name));
}

labTest('the secrets of doors are looked for as soon as they stand in a configuration', async (t, { lab }) => {
  const secrets = ['open sesame 1', "what it's called", 'tumbler’s own'];
  const [key, hmacKey, secret] = secrets;
  const inBase64 = Buffer.from('in base64 at first').toString('base64');
  const door = (kind: string, ...lines: string[]) =>
    `[[door]]\nname = "${kind}"\nkind = "${kind}"\n${lines.join('\n')}\n`;
  for (const text of [...secrets, 'in base64 at first']) t.is(findSecret(Buffer.from(text)), undefined);
  await writeConfig(lab, {
    tables:
      door('spa', `key = "${key}"`, `hmac_key = "${hmacKey}"`) +
      door('spa', `key_base64 = "${inBase64}"`, `hmac_key_base64 = "${inBase64}"`) +
      door('tumbler', `secret = "${secret}"`),
  });
  for (const text of [...secrets, 'in base64 at first']) {
    for (const encoding of ['utf8', 'base64', 'hex'] as const) {
      t.truthy(findSecret(Buffer.from(Buffer.from(text).toString(encoding))), `${text} ${encoding}`);
    }
  }
});

labTest('a lab whose programs or files show one fails when it is closed', async (t) => {
  for (const leak of [
    async (lab: Lab) => void (await (await lab.addHost('x', 9)).run('/bin/echo', [encodeSecret(labSecret(1))])),
    async (lab: Lab) => void (await (await lab.addHost('x', 9)).mustRun('/bin/echo', [encodeSpaKey(hmacKey)])),
    (lab: Lab) => writeFile(join(lab.folder, 'some.log'), encodeSecret(labSecret(1))),
  ]) {
    const lab = await Lab.open();
    await leak(lab);
    await t.throwsAsync(lab.close(), { message: /^a secret was written/ });
  }
});
