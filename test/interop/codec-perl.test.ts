// The codec against the same protocol in Perl: eight-knock.pl, with Crypt::Blowfish and Digest::SHA.

import { fileURLToPath } from 'node:url';
import { createBlockCipher, decodeSequence } from '@eightknock/codec';
import test from 'ava';
import { run } from '../lab/run.ts';
import {
  blowfishAnswers,
  encodeKnock,
  fromHex,
  type Knock,
  protocolVectors,
  randomKnocks,
  toHex,
} from './codec-vectors.ts';

const SCRIPT = fileURLToPath(new URL('../../interop/eight-knock.pl', import.meta.url));
const NEEDED = 'this test needs Perl and Crypt::Blowfish: apt-get install perl libcrypt-blowfish-perl';

/** Lines in, lines out, in one process. */
async function perl(lines: readonly string[], ...args: string[]): Promise<string[][]> {
  const finished = await run('perl', [SCRIPT, ...args], { input: `${lines.join('\n')}\n` }).catch((error) => {
    throw new Error(`${NEEDED}\n${error.message}`);
  });
  if (finished.code !== 0) {
    const missing = /Can't locate/.test(finished.stderr) ? `${NEEDED}\n` : '';
    throw new Error(`${missing}${SCRIPT} ended with ${finished.code}\n${finished.stderr}`);
  }
  const answers = finished.stdout.trim().split('\n');
  if (answers.length !== lines.length) throw new Error(`${lines.length} lines in, ${answers.length} out`);
  return answers.map((line) => line.split(' '));
}

function lineOf({ secret, serverId, unixSeconds, request, nonce, basePort }: Knock): string {
  const { address, port, time } = request;
  return [toHex(secret), toHex(Buffer.from(serverId)), unixSeconds, address, port, time, nonce, basePort].join(' ');
}

test('Perl gives every column of every vector', async (t) => {
  const answers = await perl(protocolVectors.map(lineOf));
  t.is(protocolVectors.length, 3);
  for (const [i, { window, windowKey, block, cipher, ports }] of protocolVectors.entries()) {
    t.deepEqual(answers[i], [String(window), windowKey, block, cipher, ports.join()]);
  }
});

test('Perl makes the same eight ports of 200 random requests', async (t) => {
  const knocks = randomKnocks(200);
  const lines = knocks.map(lineOf);
  const answers = await perl(lines);
  for (const [i, knock] of knocks.entries()) {
    const [window, windowKey, block, cipher, ports] = answers[i] as [string, string, string, string, string];
    const sequence = encodeKnock(knock);
    const made = [String(sequence.window), toHex(sequence.cipher), sequence.ports.join()];
    t.deepEqual(made, [window, cipher, ports], lines[i]);
    const decrypted = createBlockCipher(fromHex(windowKey)).decrypt(sequence.cipher);
    t.is(toHex(decrypted), block, lines[i]);
    // and the codec reads what Perl has made
    const read = decodeSequence(knock, ports.split(',').map(Number), Number(window), knock.basePort);
    t.like(read, { ok: true, port: knock.request.port, time: knock.request.time, nonce: knock.nonce }, lines[i]);
  }
});

test('Perl gives the known answers of Blowfish', async (t) => {
  // Crypt::Blowfish takes keys of 8 bytes and more
  const answers = [...blowfishAnswers.knownAnswers, ...blowfishAnswers.keyLengths.slice(7)];
  t.is(answers.length, 34 + 17);
  const given = await perl(
    answers.map(({ key, clear }) => `${key} ${clear}`),
    'blocks',
  );
  t.deepEqual(
    given,
    answers.map(({ cipher, clear }) => [cipher, clear]),
  );
});
