// Programs that run: a limited number at once, each for its time and no longer, their output in the log. What is run, and
// when, is decided elsewhere.

import { tryParseAddress } from '@eightknock/codec';
import type { Later } from '../clock.ts';
import type { Argv } from '../config/door-config.ts';
import type { LogLine } from '../log.ts';
import { describeJobEnd, describeJobLine, describeJobTimeout } from '../log-lines.ts';
import { ActionError } from './action.ts';
import { LineSplitter } from './line-splitter.ts';
import type { RunningProgram, StartProgram } from './start-program.ts';

/** Programs at once. */
export const MAX_JOBS = 16;
/** Between SIGTERM and SIGKILL. */
export const KILL_AFTER_MS = 5000;

/** What is to be run. */
export interface Job {
  /** Such as `door "backup"`, for the log. */
  readonly what: string;
  /** With macros. */
  readonly argv: Argv;
  readonly user: string;
  readonly timeoutSeconds: number;
  /** Whom it is for: the address that knocked, canonical text. */
  readonly address: string;
  /** Whose knock it was; absent: nobody's name is known. */
  readonly client?: string;
  readonly door: string;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** With this one no other of the same key may run; absent: it may be there more than once. */
  readonly alone?: string;
  /** Called once, when it has ended. @param how undefined: well; else such as `exit code 1` */
  readonly onEnd?: (how?: string) => void;
}

/** What they need. */
export interface JobsEdge {
  readonly start: StartProgram;
  readonly later: Later;
  readonly say: (line: LogLine) => void;
}

/** One that runs. */
interface Running {
  readonly job: Job;
  /** How its timers are called off. */
  readonly timers: (() => void)[];
}

/** All that run. */
export class Jobs {
  readonly #edge: JobsEdge;
  readonly #running = new Map<RunningProgram, Running>();

  constructor(edge: JobsEdge) {
    this.#edge = edge;
  }

  /** How many run. */
  get count(): number {
    return this.#running.size;
  }

  /** Is there no room for another one? */
  get isFull(): boolean {
    return this.#running.size >= MAX_JOBS;
  }

  /** Starts one. @throws ActionError when it may not or cannot be */
  start(job: Job): void {
    const { what, argv, user, address, timeoutSeconds, alone } = job;
    if (this.isFull) throw new ActionError(`${MAX_JOBS} programs run already`);
    if (alone !== undefined && [...this.#running.values()].some((other) => other.job.alone === alone)) {
      throw new ActionError('it still runs');
    }
    const { start, later, say } = this.#edge;
    const lines = new LineSplitter((line) => say(describeJobLine(what, line)));
    let isTimedOut = false;
    const timers: (() => void)[] = [];
    const program = start(
      { argv: fillIn(argv, address), user, environment: environmentOf(job) },
      {
        onOutput: (bytes) => lines.add(bytes),
        onEnd: (how) => {
          for (const cancel of timers) cancel();
          this.#running.delete(program);
          lines.end();
          say(describeJobEnd(what, isTimedOut ? `it took more than ${timeoutSeconds} s` : how, lines.left));
          job.onEnd?.(how);
        },
      },
    );
    this.#running.set(program, { job, timers });
    timers.push(
      later(timeoutSeconds * 1000, () => {
        isTimedOut = true;
        say(describeJobTimeout(what, timeoutSeconds));
        program.signal('SIGTERM');
        timers.push(later(KILL_AFTER_MS, () => program.signal('SIGKILL')));
      }),
    );
  }

  /** The daemon ends: those that run are asked to, and not waited for. */
  stop(): void {
    for (const [program, { timers }] of this.#running) {
      for (const cancel of timers) cancel();
      program.signal('SIGTERM');
      program.release();
    }
    this.#running.clear();
  }
}

/** The one macro: an address as the codec writes it, and nothing else. */
function fillIn(argv: Argv, address: string): Argv {
  if (!tryParseAddress(address)) throw new ActionError('no address to run it for');
  const [program, ...args] = argv;
  return [program, ...args.map((text) => text.replaceAll('%IP%', address))];
}

function environmentOf({ address, client, door, timeMs }: Job): Readonly<Record<string, string>> {
  return {
    KNOCK_ADDRESS: address,
    KNOCK_CLIENT: client ?? '',
    KNOCK_DOOR: door,
    KNOCK_TIME: new Date(timeMs).toISOString(),
  };
}
