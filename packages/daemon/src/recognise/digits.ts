// The door where the knocks say which port is wanted: a start, its decimal digits over ten ports, an end. The last knocks of
// a source are looked at, so that what came before never matters. Whether the port may be had is not decided here.

import { digitOf, isSamePort, MAX_DIGITS } from '@eightknock/codec';
import type { DigitsKind } from '../config/door-config.ts';
import type { KnockEvent } from '../packet/knock-event.ts';
import { Duplicates } from './duplicates.ts';
import { heardOn, isOnTerms, MAX_DOOR_SOURCES } from './knock-terms.ts';
import type { Heard, Recogniser, Recognition, Trace } from './recogniser.ts';
import { portKey } from './sequence-match.ts';
import { SourceTable } from './source-table.ts';

const MAX_PORT = 65_535;

/** What is remembered of one source: its last knocks on our ports. */
interface Knocks {
  readonly events: KnockEvent[];
  readonly duplicates: Duplicates;
}

/** Recognises start, digits, end. */
export class DigitsDoor implements Recogniser {
  readonly #name: string;
  readonly #kind: DigitsKind;
  readonly #ports: ReadonlySet<number>;
  readonly #most: number;
  readonly #sources: SourceTable<Knocks>;

  /** @param maxSources remembered at once; then the one seen longest ago goes */
  constructor(name: string, kind: DigitsKind, maxSources = MAX_DOOR_SOURCES) {
    this.#name = name;
    this.#kind = kind;
    this.#ports = new Set(this.#all().map(({ protocol, port }) => portKey(protocol, port)));
    this.#most = kind.start.length + MAX_DIGITS + kind.end.length;
    this.#sources = new SourceTable(maxSources, () => ({ events: [], duplicates: new Duplicates() }));
  }

  /** How many sources are remembered now. */
  get sources(): number {
    return this.#sources.size;
  }

  heard(): Heard {
    return heardOn(this.#all(), this.#kind, this.#kind.start.length + 1 + this.#kind.end.length);
  }

  recognise(event: KnockEvent, _nowMs: number, trace?: Trace): Recognition {
    if (!this.#ports.has(portKey(event.protocol, event.destinationPort)) || !isOnTerms(event, this.#kind))
      return undefined;
    const { sourceAddress } = event;
    const { events, duplicates } = this.#sources.touch(sourceAddress);
    // The digits of 443 begin with the same one twice: a datagram that is repeated is another knock.
    if (duplicates.add(event) && event.protocol === 'tcp') return undefined;
    events.push(event);
    if (events.length > this.#most) events.shift();
    const port = this.#portIn(events);
    trace?.('door', { door: this.#name, complete: port !== undefined });
    if (port === undefined) return undefined;
    events.length = 0;
    return { kind: 'request', request: { door: this.#name, sourceAddress, port } };
  }

  /** The number that the last knocks say, if they are complete. */
  #portIn(events: readonly KnockEvent[]): number | undefined {
    const { start, end, timeoutMs } = this.#kind;
    if (!isAt(events, events.length - end.length, end)) return undefined;
    // The longest first: digits may look like the start.
    for (let digits = MAX_DIGITS; digits >= 1; digits--) {
      const first = events.length - end.length - digits - start.length;
      if (!isAt(events, first, start)) continue;
      const spanMs = (events.at(-1) as KnockEvent).timeMs - (events[first] as KnockEvent).timeMs;
      if (spanMs < 0 || spanMs > timeoutMs) continue;
      const port = this.#read(events.slice(first + start.length, first + start.length + digits));
      if (port !== undefined) return port;
    }
    return undefined;
  }

  #read(events: readonly KnockEvent[]): number | undefined {
    const digits = events.map(({ protocol, destinationPort: port }) => digitOf(this.#kind, { protocol, port }));
    if (digits.includes(undefined) || digits[0] === 0) return undefined;
    const port = Number(digits.join(''));
    return port <= MAX_PORT ? port : undefined;
  }

  #all() {
    const { start, zero, end } = this.#kind;
    const ten = Array.from({ length: 10 }, (_, i) => ({ protocol: zero.protocol, port: zero.port + i }));
    return [...new Map([...start, ...ten, ...end].map((port) => [portKey(port.protocol, port.port), port])).values()];
  }
}

/** Are the knocks from there on these? */
function isAt(events: readonly KnockEvent[], from: number, ports: DigitsKind['start']): boolean {
  if (from < 0) return false;
  return ports.every((port, i) => {
    const { protocol, destinationPort } = events[from + i] as KnockEvent;
    return isSamePort(port, { protocol, port: destinationPort });
  });
}
