// One packet may be logged by two rules, one line with the TCP sequence number and one without: then neither the ports nor
// the number alone tell that they are the same. Remembers the last lines. A packet that is sent again is not looked for
// here: recognise/knock-window.ts does that.

import type { LoggedKnock } from '../packet/log-line.ts';

/** Lines remembered. The rules that see one packet log it one right after the other. */
export const REMEMBERED_LINES = 64;

/** The last lines. */
export class LoggedTwice {
  readonly #keys: string[] = [];
  readonly #sequences: (number | undefined)[] = [];
  #next = 0;

  /** Takes a line. @returns whether a line before it was about the same packet */
  isRepeated({ source, sourcePort, destinationPort, protocol, sequenceNumber, hasSequence }: LoggedKnock): boolean {
    const key = `${protocol} ${sourcePort} ${destinationPort} ${source.join('.')}`;
    const sequence = hasSequence ? sequenceNumber : undefined;
    for (let i = 0; i < this.#keys.length; i++) {
      const before = this.#sequences[i];
      if (this.#keys[i] !== key) continue;
      if (before === undefined || sequence === undefined || before === sequence) return true;
    }
    this.#keys[this.#next] = key;
    this.#sequences[this.#next] = sequence;
    this.#next = (this.#next + 1) % REMEMBERED_LINES;
    return false;
  }
}
