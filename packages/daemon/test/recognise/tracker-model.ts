// What the door must answer, as slowly and plainly as it can be written: every source keeps all its knocks, what is valid is
// looked up in a list, nothing is counted along. Rules: docs/protocol.md, "Acceptance" 1, "Transport" and "Tolerance".

import type { KnockEvent } from '#src/packet/knock-event.js';

interface ModelSource {
  readonly name: string;
  /** All that were no duplicates, the last one last. */
  readonly distinct: KnockEvent[];
  /** How many of them belong to sequences that were recognised, or came before one. */
  done: number;
  /** How many had come when it was last told that nothing fits. */
  reported: number;
}

/** `nothing`, `no key fits`, or what the list says. */
export class TrackerModel<Found> {
  /** The one seen last is last. */
  #sources: ModelSource[] = [];
  readonly #most: number;
  readonly #timeoutMs: number;
  readonly #lookUp: (ports: readonly number[], source: string) => Found | undefined;

  constructor(
    most: number,
    timeoutMs: number,
    lookUp: (ports: readonly number[], source: string) => Found | undefined,
  ) {
    this.#most = most;
    this.#timeoutMs = timeoutMs;
    this.#lookUp = lookUp;
  }

  take(event: KnockEvent): Found | 'nothing' | 'no key fits' {
    if (event.destinationPort < 745 || event.destinationPort > 1000) return 'nothing';
    const source = this.#sources.find(({ name }) => name === event.sourceAddress) ?? {
      name: event.sourceAddress,
      distinct: [],
      done: 0,
      reported: 0,
    };
    this.#sources = [...this.#sources.filter((other) => other !== source), source].slice(-this.#most);
    if (source.distinct.slice(-16).some((other) => sameKnock(other, event))) return 'nothing';
    source.distinct.push(event);

    const knocks = source.distinct.slice(source.done);
    if (!this.#inTime(knocks, 8)) return 'nothing';
    const found = this.#orders(knocks)
      .map((order) => this.#lookUp(order, event.sourceAddress))
      .find((one) => one !== undefined);
    const total = source.distinct.length;
    if (found !== undefined) {
      source.done = total;
      return found;
    }
    if (total - Math.max(source.done, source.reported) < 8) return 'nothing';
    source.reported = total;
    return 'no key fits';
  }

  /** The orders that may have been sent, in the order they are tried. */
  #orders(knocks: readonly KnockEvent[]): number[][] {
    const ports = knocks.map(({ destinationPort }) => destinationPort);
    const eight = ports.slice(-8);
    const orders = [eight];
    let burst = 1;
    while (burst < knocks.length && Math.abs(knocks.at(-burst)!.timeMs - knocks.at(-burst - 1)!.timeMs) <= 2000)
      burst++;
    if (burst < 8 || burst > 16) return orders;
    for (let i = 0; i < 7; i++) {
      const order = [...eight];
      [order[i], order[i + 1]] = [eight[i + 1]!, eight[i]!];
      orders.push(order);
    }
    if (burst === 8 || !this.#inTime(knocks, 9)) return orders;
    for (let i = 1; i <= 7; i++) orders.push(ports.slice(-9).filter((_, at) => at !== i));
    return orders;
  }

  #inTime(knocks: readonly KnockEvent[], count: number): boolean {
    if (knocks.length < count) return false;
    const spanMs = knocks.at(-1)!.timeMs - knocks.at(-count)!.timeMs;
    return spanMs >= 0 && spanMs <= this.#timeoutMs;
  }
}

function sameKnock(a: KnockEvent, b: KnockEvent): boolean {
  return (
    a.protocol === b.protocol &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    a.sequenceNumber === b.sequenceNumber
  );
}
