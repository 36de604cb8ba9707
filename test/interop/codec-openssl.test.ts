// The codec's cipher against Blowfish in OpenSSL's legacy provider: through Node, which takes keys of any length, and
// through the command, which takes keys of 16 bytes only.

import { spawnSync } from 'node:child_process';
import { createBlockCipher, deriveWindowKey, windowAt } from '@eightknock/codec';
import test from 'ava';
import { run } from '../lab/run.ts';
import {
  type BlockAnswer,
  blowfishAnswers,
  encodeKnock,
  fromHex,
  protocolVectors,
  randomKnocks,
  toHex,
} from './codec-vectors.ts';

const NEEDED = 'this test needs OpenSSL with its legacy provider (legacy.so): apt-get install openssl libssl3';

/** Runs in another Node: {key, clear}[] as JSON in, the cipher blocks and what they decrypt to as JSON out. */
const ENCRYPT = `
  const { createCipheriv, createDecipheriv } = require('node:crypto');
  const turn = (create, key, block) => {
    const cipher = create('bf-ecb', Buffer.from(key, 'hex'), null).setAutoPadding(false);
    return cipher.update(block, 'hex', 'hex') + cipher.final('hex');
  };
  const blocks = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  process.stdout.write(JSON.stringify(blocks.map(({ key, clear }) => {
    const cipher = turn(createCipheriv, key, clear);
    return { key, cipher, clear: turn(createDecipheriv, key, cipher) };
  })));
`;

async function openssl(blocks: readonly Omit<BlockAnswer, 'cipher'>[]): Promise<BlockAnswer[]> {
  const args = ['--openssl-legacy-provider', '-e', ENCRYPT];
  const { code, stdout, stderr } = await run(process.execPath, args, { input: JSON.stringify(blocks) });
  if (code !== 0) throw new Error(`${NEEDED}\n${stderr}`);
  return JSON.parse(stdout) as BlockAnswer[];
}

test('OpenSSL gives the 34 known answers, and those for keys of 1 to 24 bytes', async (t) => {
  const { knownAnswers, keyLengths } = blowfishAnswers;
  t.is(knownAnswers.length, 34);
  t.deepEqual(await openssl(knownAnswers), knownAnswers.map(inOrder));
  t.deepEqual(await openssl(keyLengths), keyLengths.map(inOrder));
});

const inOrder = ({ key, cipher, clear }: BlockAnswer): BlockAnswer => ({ key, cipher, clear });

test('OpenSSL gives the cipher blocks of the vectors', async (t) => {
  const wanted = protocolVectors.map(({ windowKey: key, block: clear, cipher }) => ({ key, clear, cipher }));
  t.is(wanted.length, 3);
  t.deepEqual(await openssl(wanted), wanted.map(inOrder));
});

test('OpenSSL gives the cipher blocks of 200 random requests', async (t) => {
  const wanted = randomKnocks(200).map((knock) => {
    const windowKey = deriveWindowKey(knock.secret, knock.serverId, windowAt(knock.unixSeconds));
    const { cipher } = encodeKnock(knock);
    const clear = createBlockCipher(windowKey).decrypt(cipher);
    return { key: toHex(windowKey), cipher: toHex(cipher), clear: toHex(clear) };
  });
  t.deepEqual(await openssl(wanted), wanted);
});

test('the openssl command gives the 34 known answers', (t) => {
  const args = 'enc -bf-ecb -provider legacy -provider default -nopad -K'.split(' ');
  for (const { key, clear, cipher } of blowfishAnswers.knownAnswers) {
    // Blowfish repeats a key until it is 72 bytes long: 8 bytes, twice, are the same key in the command's 16.
    const { status, error, stdout, stderr } = spawnSync('openssl', [...args, key + key], { input: fromHex(clear) });
    if (status !== 0) throw new Error(`${NEEDED}\n${error?.message ?? stderr}`);
    t.is(toHex(stdout), cipher);
  }
});
