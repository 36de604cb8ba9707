// Tells our own changes of our table from those of others. Every transaction of ours is bracketed: what was heard before it
// began was done by others, and of what was heard when it had ended exactly one transaction is ours.

import type { Received } from '../native/netlink-socket.ts';
import { encodeGenerationRequest, TransactionCounter } from './netlink-events.ts';

/** The most datagrams read in one go: more than {@link RECEIVE_BUFFER_BYTES} hold. What comes beyond them counts as lost. */
export const MAX_READS = 32_768;
/** What the kernel keeps for us between two looks: about 260,000 changed elements. Taken only while it is needed. */
export const RECEIVE_BUFFER_BYTES = 64 * 1024 * 1024;

/** Where the events come from. */
export interface EventSource {
  receive(): Received;
  send(message: Uint8Array): void;
  close(): void;
}

/** The watch over one table. */
export class TableWatch {
  readonly #source: EventSource;
  readonly #counter: TransactionCounter;
  #touched = false;

  /** @param table its name; its family is inet */
  constructor(source: EventSource, table: string) {
    this.#source = source;
    this.#counter = new TransactionCounter(table);
    this.#generation();
  }

  /** Whether others have changed the table since the last look. Costs one system call when nothing has happened. */
  look(): boolean {
    this.#hear();
    const touched = this.#touched;
    this.#touched = false;
    return touched;
  }

  /**
   * Does something to the table that is not to count as touched, when it is one transaction.
   * @param renews what others did before it is undone by it, and forgotten
   * @param transact throws when nothing was done
   */
  own(renews: boolean, transact: () => void): void {
    this.#hear();
    const before = this.#counter.generation ?? this.#generation();
    let own = 1;
    try {
      transact();
      if (renews) this.#touched = false;
    } catch (error) {
      own = 0;
      throw error;
    } finally {
      const { transactions, lost } = this.#drain();
      // Ours may have been more than the buffer holds. Then it was the only one if the generation is the next.
      const others = lost ? nextGeneration(before, own) !== this.#generation() : transactions > own;
      if (others) this.#touched = true;
    }
  }

  /** Ends it. */
  close(): void {
    this.#source.close();
  }

  #hear(): void {
    const { transactions, lost } = this.#drain();
    if (transactions > 0 || lost) this.#touched = true;
  }

  /** Reads all that is there. */
  #drain(): { readonly transactions: number; readonly lost: boolean } {
    const before = this.#counter.transactions;
    let lost = false;
    for (let reads = 0; ; reads++) {
      const received = reads < MAX_READS ? this.#source.receive() : 'lost';
      if (received === 'nothing') break;
      if (received !== 'lost') {
        this.#counter.read(received);
        continue;
      }
      lost = true;
      this.#counter.lose();
      if (reads >= MAX_READS) break;
    }
    return { transactions: this.#counter.transactions - before, lost };
  }

  /** Asks for the present generation of the ruleset. @returns undefined when the kernel does not say */
  #generation(): number | undefined {
    this.#source.send(encodeGenerationRequest());
    this.#hear();
    return this.#counter.generation;
  }
}

/** Generations are 32-bit numbers; 0 is passed over. */
function nextGeneration(generation: number | undefined, transactions: number): number | undefined {
  if (generation === undefined || transactions === 0) return generation;
  return (generation + 1) >>> 0 || 1;
}
