// Which doors are given a knock: the eight knocks' recogniser is given all, every door those on its ports. And what the capture
// process must let up for that. Pure.

import { parseAddress } from '@eightknock/codec';
import type { KnockEvent } from '../packet/knock-event.ts';
import { byKindAndPort, FORGOTTEN_AFTER_MS, isOneKind, type Wanted, type WantedRange } from '../packet/wanted.ts';
import type { Heard, HeardPort, Recogniser } from './recogniser.ts';
import { portKey } from './sequence-match.ts';

const MAX_HELD = 8;

/** A door that is given knocks. */
export interface Hearer {
  readonly recogniser: Recogniser;
  /** Within how long its knocks must come, ms; absent: within a minute. */
  readonly timeoutMs?: number;
}

/** All doors, by port. */
export class Hearing<Who extends Hearer> {
  readonly #everything: readonly Who[];
  readonly #byPort = new Map<number, Who[]>();

  constructor(all: readonly Who[]) {
    this.#everything = all.filter(({ recogniser }) => !recogniser.heard);
    for (const who of all) {
      const heard = who.recogniser.heard?.();
      if (!heard) continue;
      const keys = [
        ...heard.knocks.map(({ protocol, port }) => portKey(protocol, port)),
        ...heard.datagrams.map((port) => portKey('udp', port)),
      ];
      for (const key of new Set(keys)) this.#byPort.set(key, [...(this.#byPort.get(key) ?? []), who]);
    }
  }

  /** Those that are given this knock, in the order in which they were named. */
  hearersOf({ protocol, destinationPort }: KnockEvent): readonly Who[] {
    const doors = this.#byPort.get(portKey(protocol, destinationPort));
    return doors ? [...this.#everything, ...doors] : this.#everything;
  }
}

/** What the capture process is to let up for all of them. */
export function wantedBy(all: readonly Hearer[], basePort: number): Wanted {
  const heard = all.flatMap(({ recogniser }) => recogniser.heard?.() ?? []);
  const held = Math.min(MAX_HELD, ...heard.map(({ shortest = MAX_HELD }) => Math.max(1, shortest)));
  const times = all.map(({ timeoutMs = 0 }) => timeoutMs);
  return {
    basePort,
    doors: rangesOf(heard.flatMap(({ knocks }) => knocks)),
    datagrams: [...new Set(heard.flatMap(({ datagrams }) => datagrams))].sort((a, b) => a - b),
    held,
    targets: targetsOf(heard),
    forgottenAfterMs: Math.max(FORGOTTEN_AFTER_MS, ...times),
  };
}

function targetsOf(heard: readonly Heard[]): string[] {
  const targets = new Set(heard.flatMap(({ target }) => target ?? []));
  return [...targets].map((target) =>
    [...parseAddress(target)].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  );
}

/** Ports next to each other, of the same packets, as one. */
function rangesOf(ports: readonly HeardPort[]): WantedRange[] {
  const single = ports.map(({ protocol, port, flags }) => {
    const { mask, value } = protocol === 'udp' ? { mask: 0, value: 0 } : (flags ?? { mask: 0x17, value: 2 });
    return { protocol, first: port, last: port, mask, value };
  });
  single.sort(byKindAndPort);
  const ranges: WantedRange[] = [];
  for (const next of single) {
    const before = ranges.at(-1);
    const isNear = before && isOneKind(before, next) && next.first <= before.last + 1;
    if (isNear) ranges[ranges.length - 1] = { ...before, last: next.last };
    else ranges.push(next);
  }
  return ranges;
}
