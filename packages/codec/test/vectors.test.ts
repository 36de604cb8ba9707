// Every column of every vector of docs/protocol.md, each from the columns before it.

import { readFileSync } from 'node:fs';
import test from 'ava';
import { parseAddress } from '#src/address.js';
import { decodeBlock, encodeBlock } from '#src/block.js';
import { createBlockCipher } from '#src/cipher.js';
import { SequenceDecoder } from '#src/decoder.js';
import { bytesOfPorts, decodeSequence, encodeSequence, portsOfBytes } from '#src/sequence.js';
import { parseSource } from '#src/source.js';
import { deriveWindowKey, ipv6AddressField, windowAt } from '#src/window-key.js';
import { fromHex, knock, toHex } from './vectors.ts';

const { basePort, serverId, vectors } = knock;
const secret = fromHex(knock.secret);

test('there are three vectors', (t) => t.is(vectors.length, 3));

test('the page of the protocol shows the same ones', (t) => {
  const page = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (18\d{8}) \| .* \| ([0-9a-f]{16}) \| ([0-9a-f]{16}) \| ([\d,]+) \|$/gm)];
  t.deepEqual(
    rows.map(([, ...columns]) => columns),
    vectors.map(({ unixSeconds, block, cipher, ports }) => [`${unixSeconds}`, block, cipher, ports.join(',')]),
  );
  t.true(page.includes(vectors[0]?.windowKey ?? '?'));
});

for (const { unixSeconds, window, windowKey, request, nonce, block, cipher, ports } of vectors) {
  const { address, port, time } = request;
  const of = `${address} port ${port} time ${time}`;
  const field =
    address === 'source'
      ? new Uint8Array(4)
      : address.includes(':')
        ? ipv6AddressField(fromHex(windowKey), parseAddress(address))
        : parseAddress(address);
  const fields = { address: field, port, time, nonce };

  test(`${of}: window`, (t) => t.is(windowAt(unixSeconds), window));
  test(`${of}: window key`, (t) => t.is(toHex(deriveWindowKey(secret, serverId, window)), windowKey));
  test(`${of}: block`, (t) => {
    t.is(toHex(encodeBlock(fields)), block);
    t.deepEqual(decodeBlock(fromHex(block)), { ok: true, ...fields });
  });
  test(`${of}: cipher`, (t) => {
    const blockCipher = createBlockCipher(fromHex(windowKey));
    t.is(toHex(blockCipher.encrypt(fromHex(block))), cipher);
    t.is(toHex(blockCipher.decrypt(fromHex(cipher))), block);
  });
  test(`${of}: ports`, (t) => {
    t.deepEqual(portsOfBytes(fromHex(cipher), basePort), ports);
    t.deepEqual(bytesOfPorts(ports, basePort), fromHex(cipher));
  });
  test(`${of}: the whole way there and back`, (t) => {
    const key = { secret, serverId };
    const sequence = { ports, cipher: fromHex(cipher), window };
    t.deepEqual(encodeSequence(key, request, unixSeconds, nonce, basePort), sequence);
    t.deepEqual(encodeSequence(key, request, unixSeconds, nonce), sequence);
    t.deepEqual(decodeSequence(key, ports, window, basePort), { ok: true, ...fields });
    t.deepEqual(decodeSequence(key, ports, window), { ok: true, ...fields });
  });
  test(`${of}: the decoder's answer`, (t) => {
    const client = { name: 'alice', secret, trustSource: true, openForOther: false, ports: new Set<number>() };
    const decoder = new SequenceDecoder(serverId, [client]);
    const from = address === 'source' ? '198.51.100.1' : address;
    t.deepEqual(decoder.decode(ports, parseSource(from), unixSeconds), {
      ok: true,
      client: 'alice',
      window,
      cipher: fromHex(cipher),
      claimedAddress: address,
      port,
      time,
    });
  });
}
