import test from 'ava';
import type { Libc } from '#src/capture/libc.js';
import { countPackets } from '#src/capture/packet-sockets.js';

/** A kernel with these counts for its sockets; asking sets them to nothing. */
function kernel(counts: Record<number, readonly [received: number, dropped: number]>): Libc {
  const getsockopt = (fd: number, _level: number, _option: number, bytes: number): Buffer => {
    const answer = Buffer.alloc(bytes);
    const [received, dropped] = counts[fd] ?? [0, 0];
    answer.writeUInt32LE(received, 0);
    answer.writeUInt32LE(dropped, 4);
    counts[fd] = [0, 0];
    return answer;
  };
  return { getsockopt } as unknown as Libc;
}

const RINGS = [{ fd: 7, mostPerSecond: 150_000 }, { fd: 8 }, { fd: 9, mostPerSecond: 1000 }];

test('the counts of all rings are added', (t) => {
  const libc = kernel({ 7: [10, 1], 8: [200, 0], 9: [3000, 0] });
  t.deepEqual(countPackets(libc, RINGS), { received: 3210, dropped: 1, mostPerSecond: 150_000 });
  t.deepEqual(countPackets(libc, RINGS), { received: 0, dropped: 0, mostPerSecond: 150_000 });
  t.deepEqual(countPackets(libc, []), { received: 0, dropped: 0 });
});

test('what may be let up is said by the ring that dropped most', (t) => {
  t.is(countPackets(kernel({ 7: [10, 1], 9: [10, 2] }), RINGS).mostPerSecond, 1000);
  t.is(countPackets(kernel({ 7: [10, 1], 8: [10, 5], 9: [10, 2] }), RINGS).mostPerSecond, undefined);
});
