// All doors of the configuration, as recognisers: who is given which knock, and what must be captured for that. The eight
// knocks are always among them.

import type { LineFiles } from './claim-desk.ts';
import type { Config } from './config/config.ts';
import type { DoorConfig } from './config/door-config.ts';
import type { KnockEvent } from './packet/knock-event.ts';
import type { Wanted } from './packet/wanted.ts';
import { DigitsDoor } from './recognise/digits.ts';
import { type Hearer, Hearing, wantedBy } from './recognise/hearing.ts';
import { MAX_DOOR_SOURCES } from './recognise/knock-terms.ts';
import { OneTimeDoor } from './recognise/one-time.ts';
import type { Recogniser } from './recognise/recogniser.ts';
import { SequenceDoor } from './recognise/sequence.ts';
import type { OnStage } from './recognise/sequence-watch.ts';
import { SPA_TRIES_PER_SECOND, SpaDoor } from './recognise/spa.ts';
import { TokenBucket } from './recognise/token-bucket.ts';
import { TumblerDoor } from './recognise/tumbler.ts';
import { spaGate } from './spa-gate.ts';
import { LineFile } from './store/line-file.ts';

/** Sources remembered by all doors together; each is given its share, and at least the least. */
const MAX_SOURCES = 65_536;
const MIN_SOURCES = 512;

/** A door, and the configuration it was made from. */
interface Door extends Hearer {
  /** As text, to see whether it has changed. */
  readonly config: string;
}

/** See the head of this file. */
export class DoorSet {
  readonly #eight: Recogniser;
  readonly #mayWrite: boolean;
  readonly #spaTries = new TokenBucket(SPA_TRIES_PER_SECOND, SPA_TRIES_PER_SECOND);
  readonly #onStage: ((door: string, sourceAddress: string, stage: number) => void) | undefined;
  #doors = new Map<string, Door>();
  #files = new Map<string, LineFile>();
  #hearing: Hearing<Hearer>;
  #wanted: Wanted;

  /**
   * @param eight the recogniser of the eight knocks
   * @param mayWrite false: lines of one-time files are used in memory only
   * @param onStage told how many knocks of the sequence of a door have come from a source, from 1 to all
   */
  constructor(
    eight: Recogniser,
    config: Pick<Config, 'doors' | 'basePort'>,
    mayWrite: boolean,
    onStage?: (door: string, sourceAddress: string, stage: number) => void,
  ) {
    this.#onStage = onStage;
    this.#eight = eight;
    this.#mayWrite = mayWrite;
    [this.#hearing, this.#wanted] = this.#build(config);
  }

  /** From now on these. A door that is the same as before goes on with what it has heard; files are read again. */
  reconfigure(config: Pick<Config, 'doors' | 'basePort'>): void {
    [this.#hearing, this.#wanted] = this.#build(config);
  }

  /** Those to give a knock to. */
  hearersOf(event: KnockEvent): readonly Hearer[] {
    return this.#hearing.hearersOf(event);
  }

  /** What the capture process is to let up. */
  get wanted(): Wanted {
    return this.#wanted;
  }

  /** The files of one-time sequences, by the name of their door. */
  get files(): LineFiles {
    return this.#files;
  }

  /** How many one-time sequences a door has left; undefined when it has none of that kind. */
  linesLeft(door: string): number | undefined {
    return this.#files.get(door)?.unused().length;
  }

  #build({ doors, basePort }: Pick<Config, 'doors' | 'basePort'>): [Hearing<Hearer>, Wanted] {
    const before = this.#doors;
    this.#doors = new Map();
    this.#files = new Map();
    const share = Math.floor(MAX_SOURCES / Math.max(1, doors.length));
    const sources = Math.max(MIN_SOURCES, Math.min(MAX_DOOR_SOURCES, share));
    for (const door of doors) {
      const config = JSON.stringify(door);
      const same = before.get(door.name);
      const recogniser =
        same?.config === config && door.kind !== 'one-time' ? same.recogniser : this.#createRecogniser(door, sources);
      if (!recogniser) continue;
      const timeoutMs = 'timeoutMs' in door ? door.timeoutMs : 0;
      this.#doors.set(door.name, { recogniser, timeoutMs, config });
    }
    const all: Hearer[] = [{ recogniser: this.#eight }, ...this.#doors.values()];
    return [new Hearing(all), wantedBy(all, basePort)];
  }

  /** @returns undefined for a number in the eight knocks: what that means is decided when it is authorised */
  #createRecogniser(door: DoorConfig, maxSources: number): Recogniser | undefined {
    const onStage: OnStage = (source, stage) => this.#onStage?.(door.name, source, stage);
    switch (door.kind) {
      case 'sequence':
        return new SequenceDoor(door.name, door, maxSources, onStage);
      case 'one-time': {
        const file = new LineFile(door.file, this.#mayWrite);
        this.#files.set(door.name, file);
        return new OneTimeDoor(door.name, door, file, maxSources, onStage);
      }
      case 'digits':
        return new DigitsDoor(door.name, door, maxSources);
      case 'tumbler':
        return new TumblerDoor(door.name, door);
      case 'spa':
        return new SpaDoor(door.name, door, this.#spaTries, spaGate(door.key));
      case 'encrypted':
        return undefined;
    }
  }
}
