// The codec runs where nothing is but the language itself and TextEncoder: in a browser as well as on a server.

import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import test from 'ava';
import { type BuildOptions, build } from 'esbuild';
import { spa } from './spa/spa-vectors.ts';
import { fromHex, knock } from './vectors.ts';

const ENTRY = fileURLToPath(import.meta.resolve('#src/index.js'));
const SPA_ENTRY = fileURLToPath(import.meta.resolve('#src/spa/index.js'));
const OPTIONS = {
  bundle: true,
  platform: 'browser',
  format: 'iife',
  globalName: 'codec',
  write: false,
  logLevel: 'silent',
  tsconfigRaw: '{}',
} as const satisfies BuildOptions;

/** Fails when anything in the bundle imports what a browser has not. */
async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles, warnings } = await build({ ...OPTIONS, ...options, write: false });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'));
  return outputFiles?.[0]?.text ?? '';
}

/** Runs a script after the bundle and gives its value, which passes as JSON from one world to the other. */
function runInBrowser(code: string, script: string): unknown {
  const context = createContext({ TextEncoder });
  runInContext(code, context);
  return JSON.parse(runInContext(`JSON.stringify(${script})`, context));
}

const code = await bundle({ entryPoints: [ENTRY] });
const spaCode = await bundle({ entryPoints: [SPA_ENTRY] });

test('the world it runs in has nothing of Node', (t) => {
  const names = ['require', 'process', 'Buffer', 'module', 'exports', 'global', 'setTimeout', 'crypto', 'TextDecoder'];
  t.deepEqual(runInBrowser(code, `[${names.map((name) => `typeof ${name}`)}]`), Array(names.length).fill('undefined'));
});

test('an import of Node in the codec would be found', async (t) => {
  const contents = `import 'node:crypto'; export * from ${JSON.stringify(ENTRY)};`;
  await t.throwsAsync(bundle({ stdin: { contents, resolveDir: '/' } }), { message: /node:crypto/ });
});

test('there it makes and reads the vectors', (t) => {
  const { serverId, basePort, secretText, vectors } = knock;
  const script = `${JSON.stringify(vectors)}.map(({ unixSeconds, request, nonce }) => {
    const secret = codec.decodeSecret('${secretText}');
    const made = codec.encodeSequence({ secret, serverId: '${serverId}' }, request, unixSeconds, nonce, ${basePort});
    const client = { name: 'alice', secret, trustSource: true, openForOther: false, ports: new Set() };
    const source = codec.parseSource(request.address === 'source' ? '203.0.113.7' : request.address);
    const read = new codec.SequenceDecoder('${serverId}', [client]).decode(made.ports, source, unixSeconds);
    return { ...read, cipher: [...read.cipher], made: { ...made, cipher: [...made.cipher] } };
  })`;
  const expected = vectors.map(({ ports, cipher: hex, window, request }) => {
    const cipher = [...fromHex(hex)];
    const { address: claimedAddress, port, time } = request;
    return { ok: true, client: 'alice', window, cipher, claimedAddress, port, time, made: { ports, cipher, window } };
  });
  t.deepEqual(runInBrowser(code, script), expected);
});

test('there it writes and reads an enrolment link', (t) => {
  const link = `eightknock://gw.example.net?server=${knock.serverId}&client=alice&secret=${knock.secretText}&ports=tcp/22`;
  t.is(runInBrowser(code, `codec.encodeEnrolmentLink(codec.decodeEnrolmentLink('${link}'))`), link);
});

test('there wrong use throws what it throws everywhere', (t) => {
  const script = `(() => {
    try { codec.deriveWindowKey(new Uint8Array(31), 'gw', 1); }
    catch (error) { return [error instanceof RangeError, error.message]; }
  })()`;
  t.deepEqual(runInBrowser(code, script), [true, 'secret must be 32 bytes long, not 31']);
});

test('there it reads and writes the packets of fwknop', (t) => {
  const script = `${JSON.stringify(spa.vectors)}.map(({ encryptionKey, hmacKey, hmacHash, salt, packet, fields }) => {
    const bytes = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
    const key = { encryptionKey: bytes(encryptionKey), hmacKey: bytes(hmacKey), hmacHash };
    const read = codec.decodeSpa(packet, key, fields.timestamp);
    return { ...read, identity: [...read.identity], written: codec.encodeSpa(key, read, bytes(salt)) };
  })`;
  const expected = spa.vectors.map(({ fields, identity, packet }) => {
    return { ok: true, ...fields, identity: [...fromHex(identity)], written: packet };
  });
  t.deepEqual(runInBrowser(spaCode, script), expected);
});

test('who knocks with eight ports loads no AES, who sends single packets no Blowfish', (t) => {
  const has = (text: string, path: string) => new RegExp(`^ *// .*${path}`, 'm').test(text);
  t.true(has(spaCode, '@noble/ciphers/') && has(spaCode, '@noble/hashes/legacy'));
  t.false(has(spaCode, 'blowfish-node'));
  t.true(has(code, 'blowfish-node'));
  t.false(has(code, '@noble/ciphers/') || has(code, '@noble/hashes/legacy'));
});
