// The search for secrets that every lab makes when it is closed: it finds what it looks for.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';
import ava from 'ava';
import { ALICE, labSecret } from '../lab/daemon-process.ts';
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

labTest('a lab whose programs or files show one fails when it is closed', async (t) => {
  for (const leak of [
    async (lab: Lab) => void (await (await lab.addHost('x', 9)).run('/bin/echo', [encodeSecret(labSecret(1))])),
    (lab: Lab) => writeFile(join(lab.folder, 'some.log'), encodeSecret(labSecret(1))),
  ]) {
    const lab = await Lab.open();
    await leak(lab);
    await t.throwsAsync(lab.close(), { message: /^a secret was written/ });
  }
});
