// knockd beside knockdaemon, on random configurations and random packets. A model tells what both must do: with all faults of
// FAULTS it is the real knockd 0.8, with none it is knockdaemon. So every difference between the two is one of that list, and
// none of the list is there in vain.

import test from 'ava';
import { ipPacket, tcpSegment, udpDatagram } from '../lab/ip-packet.ts';
import { KNOCK_SERVERS, type ObeyedConf, obeyConf } from '../lab/knockd-process.ts';
import type { Host } from '../lab/lab.ts';
import { ipBatch } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { addTunnel, arrive } from '../lab/tunnel.ts';
import { until } from '../lab/until.ts';
import { ALL_FAULTS, type Fault, KnockdModel, type Packet } from './knockd-model.ts';
import {
  confText,
  PAUSE_MS,
  type RandomDoor,
  randomDoors,
  randomStream,
  type StreamPacket,
  seeded,
} from './knockd-streams.ts';

/** As much as is used of packages/daemon/src/recognise/sequence.ts. */
interface SequenceDoor {
  recognise(event: object, nowMs: number): { readonly kind: string } | undefined;
}
const RECOGNISER = new URL('../../../packages/daemon/dist/recognise/sequence.js', import.meta.url).href;

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

/** All packets in the order and at the times in which they come: first what lies before the pauses. */
function timed(streams: readonly (readonly StreamPacket[])[]): Packet[] {
  const all = streams.flat();
  return [all.filter(({ isLater }) => !isLater), all.filter(({ isLater }) => isLater)].flatMap((part, i) =>
    part.map(({ isLater: _, ...packet }, n) => ({ ...packet, timeMs: i * PAUSE_MS + n / 1000 })),
  );
}

/** `SOURCE DOOR` of everything that opens, sorted. */
function openedBy(doors: readonly RandomDoor[], packets: readonly Packet[], faults: readonly Fault[]): string[] {
  const model = new KnockdModel(doors, faults);
  return packets.flatMap((packet) => model.take(packet).map((name) => `${packet.source} ${name}`)).sort();
}

test('the recogniser does what the model without faults does', async (t) => {
  const { SequenceDoor } = (await import(RECOGNISER)) as {
    readonly SequenceDoor: new (name: string, kind: object) => SequenceDoor;
  };
  const random = seeded(SEED);
  let openings = 0;
  for (let run = 0; run < (process.env.SLOW ? 200_000 : 5000); run++) {
    const doors = randomDoors(random);
    const packets = timed(['10.0.0.1', '10.0.0.2'].map((source) => randomStream(random, doors, source)));
    const recognisers = doors.map(
      ({ name, ...door }) => new SequenceDoor(name, { ...door, kind: 'sequence', order: 'strict', source: 'same' }),
    );
    const found = packets.flatMap((packet) => {
      const event = eventOf(packet);
      return recognisers.flatMap((door, i) =>
        door.recognise(event, packet.timeMs)?.kind === 'request' ? `${packet.source} ${doors[i]?.name}` : [],
      );
    });
    openings += found.length;
    t.deepEqual(found.sort(), openedBy(doors, packets, []), `SEED=${SEED}, run ${run}`);
  }
  t.true(openings > 1000);
});

function eventOf({ source, protocol, port, flags, id, timeMs }: Packet): object {
  const event = { sourceAddress: source, sourcePort: 10_000 + id, destinationPort: port, protocol, timeMs };
  return protocol === 'udp'
    ? { ...event, sequenceNumber: 0 }
    : { ...event, sequenceNumber: 5000 + id, tcpFlags: flags };
}

test('each fault of the list makes a difference by itself', (t) => {
  const random = seeded(SEED);
  const differences = new Map<Fault, number>();
  for (let run = 0; run < 3000; run++) {
    const doors = randomDoors(random);
    const packets = timed(['10.0.0.1', '10.0.0.2'].map((source) => randomStream(random, doors, source)));
    const wanted = openedBy(doors, packets, []).join();
    const alone = ALL_FAULTS.filter((fault) => openedBy(doors, packets, [fault]).join() !== wanted);
    for (const fault of alone) differences.set(fault, (differences.get(fault) ?? 0) + 1);
  }
  for (const fault of ALL_FAULTS) t.true((differences.get(fault) ?? 0) > 0, `${fault}, SEED=${SEED}`);
});

const ROUNDS = process.env.SLOW ? 12 : 3;
/** So few that all lines of our log fit into a second: LINES_PER_SECOND of knockd-log.ts. */
const STREAMS = 20;
const OUR_ADDRESS = '198.51.100.1';

labTest(`${ROUNDS} random configurations, ${STREAMS} sources each: both do what the model says`, async (t, bench) => {
  const { lab, server, third } = bench;
  const random = seeded(SEED);
  for (const host of [server, third]) {
    await addTunnel(host);
    await ipBatch(host.namespace, [`addr add ${OUR_ADDRESS}/32 dev tun0`]);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const doors = randomDoors(random);
    const streams = Array.from({ length: STREAMS }, (_, i) => randomStream(random, doors, `10.1.${round}.${i + 1}`));
    const packets = timed(streams);
    const text = confText(doors, '/FOLDER/knockd.log');
    const [knockd, ours] = await Promise.all(
      [server, third].map((host, i) => obeyConf(lab, host, KNOCK_SERVERS[i as 0 | 1], text, {}, 'tun0')),
    );
    await Promise.all([send(server, packets), send(third, packets)]);
    for (const [obeyed, faults] of [
      [knockd, ALL_FAULTS],
      [ours, []],
    ] as const) {
      const expected = openedBy(doors, packets, faults);
      const where = `SEED=${SEED}, round ${round}, ${faults.length > 0 ? 'knockd' : 'knockdaemon'}\n${text}`;
      await until('everything is opened', () => opened(obeyed, doors).length >= expected.length).catch(() => undefined);
      t.deepEqual(opened(obeyed, doors), expected, where);
    }
    for (const obeyed of [knockd, ours]) await obeyed?.background.stop();
  }
});

/** The sequences that were complete: their last stage was logged. What is then done may be limited in rate. */
function opened(obeyed: ObeyedConf | undefined, doors: readonly RandomDoor[]): string[] {
  return (obeyed?.phrases() ?? [])
    .flatMap((phrase) => {
      const [, source, name, stage] = /^(\S+): (\S+): Stage (\d+)$/.exec(phrase) ?? [];
      const isLast = doors.some((door) => door.name === name && door.knocks.length === Number(stage));
      return isLast ? [`${source} ${name}`] : [];
    })
    .sort();
}

/** What lies after the pause is sent after one. */
async function send(host: Host, packets: readonly Packet[]): Promise<void> {
  const bytes = packets.map((packet) => ({ frame: frameOf(packet), isLater: packet.timeMs >= PAUSE_MS }));
  for (const isLater of [false, true]) {
    const part = bytes.filter((one) => one.isLater === isLater).map(({ frame }) => frame);
    if (part.length === 0) continue;
    if (isLater) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await arrive(host, part);
  }
}

function frameOf({ source, protocol, port, flags, id }: Packet): Buffer {
  const ports = [10_000 + id, port] as const;
  const payload =
    protocol === 'tcp' ? tcpSegment(source, OUR_ADDRESS, ports, flags) : udpDatagram(source, OUR_ADDRESS, ports, 'x');
  return ipPacket({ source, destination: OUR_ADDRESS, protocol: protocol === 'tcp' ? 6 : 17 }, payload);
}
