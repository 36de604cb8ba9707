// Between the kernel's counts, the decision and the kernel's program.

import test from 'ava';
import { LOOK_MS, LoadShedding, PEACE_MS } from '#src/capture/load-shedding.js';
import { SHED, type Shedding, shedFilter, TO_CAPTURE } from '#src/capture/shed-filter.js';
import { Shedder } from '#src/capture/shedder.js';
import { prefixOf } from '#src/capture/source-prefix.js';
import { runPacketFilter } from './bpf-machine.js';

const KNOWN = Uint8Array.of(192, 0, 2, 1);
const TO_KNOWN = 2;

/** What becomes of a packet of this source. */
function verdict(program: Buffer | undefined, source: Uint8Array): number {
  const network = Buffer.alloc(60);
  network.set(source, 12);
  return program ? runPacketFilter(program, { etherType: 0x0800, network }) : TO_CAPTURE;
}

/** A kernel that counts what it is told to, and may refuse programs. */
class Kernel {
  received = 0;
  dropped = 0;
  overload = 0;
  isFull = false;
  asked = 0;
  lost = 0;
  readonly programs: Buffer[] = [];
  readonly decision = new LoadShedding(() => 0x12345678, 0);
  readonly shedder: Shedder;
  #nowMs = 0;

  constructor(canAttach = true) {
    const attach = (shedding: Shedding) => {
      if (this.isFull) throw new Error('setsockopt: ENOMEM');
      this.programs.push(shedFilter(shedding, { known: TO_KNOWN }));
    };
    this.shedder = new Shedder(this.decision, {
      counts: () => {
        this.asked++;
        return { received: this.received, dropped: this.dropped };
      },
      onLost: (packets) => {
        this.lost += packets;
      },
      overload: () => this.overload,
      ...(canAttach && { attach }),
    });
  }

  look(times = 1): void {
    for (let i = 0; i < times; i++) {
      this.#nowMs += LOOK_MS;
      this.shedder.passTime(this.#nowMs);
    }
  }

  get status() {
    return this.shedder.status(this.#nowMs);
  }
}

test('the kernel is asked every 50 ms, however many packets come', (t) => {
  const kernel = new Kernel();
  for (let nowMs = 0; nowMs <= 10 * LOOK_MS; nowMs++) kernel.shedder.passTime(nowMs);
  t.is(kernel.asked, 10);
  t.deepEqual(kernel.programs, []);
  t.deepEqual(kernel.status, {});
});

test('losses are told and make it shed: strangers in part, known sources never', (t) => {
  const kernel = new Kernel();
  kernel.decision.know([prefixOf(KNOWN)]);
  [kernel.received, kernel.dropped] = [10_000, 5000];
  kernel.look(5);
  t.is(kernel.lost, 5 * 5000);
  const program = kernel.programs.at(-1);
  t.is(verdict(program, KNOWN), TO_KNOWN);
  const verdicts = new Set(Array.from({ length: 100 }, (_, i) => verdict(program, Uint8Array.of(100, 64, 0, i))));
  t.deepEqual([...verdicts].sort(), [TO_CAPTURE, SHED]);
  t.true((kernel.status.passing ?? 1) < 1);
  t.is(kernel.status.blocked, 0);
});

test('knocks for which the daemon has no time count as lost, and are not told as losses of the kernel', (t) => {
  const kernel = new Kernel();
  [kernel.received, kernel.overload] = [10_000, 5000];
  kernel.look(5);
  t.is(kernel.lost, 0);
  t.true((kernel.status.passing ?? 1) < 1);
});

test('when it is over all pass again', (t) => {
  const kernel = new Kernel();
  [kernel.received, kernel.dropped] = [10_000, 5000];
  kernel.look(5);
  [kernel.received, kernel.dropped] = [0, 0];
  kernel.look((2 * PEACE_MS) / LOOK_MS);
  t.is(verdict(kernel.programs.at(-1), Uint8Array.of(100, 64, 0, 1)), TO_CAPTURE);
  t.deepEqual(kernel.programs.at(-1), shedFilter({ blocked: [], known: [] }));
  t.deepEqual(kernel.status, {});
});

test('in peace known sources have their ring, and nothing is shed', (t) => {
  const kernel = new Kernel();
  kernel.decision.know([prefixOf(KNOWN)]);
  kernel.received = 10_000;
  kernel.look(5);
  t.is(kernel.programs.length, 1);
  t.is(verdict(kernel.programs[0], KNOWN), TO_KNOWN);
  t.is(verdict(kernel.programs[0], Uint8Array.of(100, 64, 0, 1)), TO_CAPTURE);
  t.deepEqual(kernel.status, {});
});

test('a program that the kernel refuses is tried again at the next look', (t) => {
  const kernel = new Kernel();
  kernel.isFull = true;
  [kernel.received, kernel.dropped] = [10_000, 5000];
  kernel.look(5);
  t.deepEqual(kernel.programs, []);
  kernel.isFull = false;
  [kernel.received, kernel.dropped] = [1, 0];
  kernel.look();
  t.is(kernel.programs.length, 1);
  kernel.look();
  t.is(kernel.programs.length, 1, 'and no more once it is there');
});

test('where the kernel takes no program losses are told all the same', (t) => {
  const kernel = new Kernel(false);
  [kernel.received, kernel.dropped] = [10_000, 5000];
  kernel.look(3);
  t.is(kernel.lost, 3 * 5000);
  t.deepEqual(kernel.status, {});
});
