import test from 'ava';
import { PACKETS_PER_LOOK, PacketTurns, REST_MS } from '#src/capture/packet-turns.js';

/** A flood at a steady rate that lasts so long, to a process whose turns end as soon as nothing waits. */
function flood(packetsPerSecond: number, forMs: number) {
  let nowMs = 0;
  let looks = 0;
  let rests = 0;
  let turns = 0;
  const ends: (() => void)[] = [];
  const between = 1000 / packetsPerSecond;
  const packetTurns = new PacketTurns({
    soon: (callback) => ends.push(callback),
    nowMs: () => nowMs,
    rest: (ms) => {
      rests++;
      nowMs += ms;
    },
  });
  for (let sent = 0, read = 0; nowMs < forMs; nowMs += read < sent ? 0 : between) {
    sent = Math.floor(nowMs / between) + 1;
    for (; read < sent; read++) if (packetTurns.next()) looks++;
    turns += ends.length;
    for (const end of ends.splice(0)) end();
  }
  return { looks, rests, turns };
}

test('a flood is read in portions: it wakes the process no more often, however much comes', (t) => {
  for (const packetsPerSecond of [5000, 50_000, 500_000]) {
    const { turns, rests } = flood(packetsPerSecond, 1000);
    t.true(turns <= 1000 / REST_MS + 2, `${turns} turns at ${packetsPerSecond} packets a second`);
    t.true(rests >= turns - 1);
  }
});

test('what comes seldom is never kept waiting', (t) => {
  const { turns, rests } = flood(1000, 1000);
  t.is(rests, 0);
  t.is(turns, 1000);
});

test('the clocks are read once for many packets, and anew in each turn', (t) => {
  t.is(flood(1000, 1000).looks, 1000);
  const ends: (() => void)[] = [];
  const turns = new PacketTurns({ soon: (callback) => ends.push(callback), nowMs: () => 0, rest: () => {} });
  const looks = () => Array.from({ length: 2 * PACKETS_PER_LOOK }, () => turns.next());
  t.deepEqual(
    looks().flatMap((isLook, i) => (isLook ? [i] : [])),
    [0, PACKETS_PER_LOOK],
  );
  turns.next();
  ends[0]?.();
  t.true(turns.next());
});
