// What processes have used: proc(5).

import { readdirSync, readFileSync } from 'node:fs';

/** CPU time in seconds, resident memory in megabytes. */
export interface ProcessUse {
  /** To the nanosecond. */
  readonly cpuSeconds: number;
  /** How it is divided is known in steps of 10 ms. */
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly memoryMb: number;
}

/** A process and those that it has started. */
export interface TreeUse {
  readonly parent: ProcessUse;
  /** All others together. */
  readonly children: ProcessUse;
}

const NOTHING: ProcessUse = { cpuSeconds: 0, userSeconds: 0, systemSeconds: 0, memoryMb: 0 };
/** sysconf(_SC_CLK_TCK), on every Linux that Node runs on */
const TICKS_PER_SECOND = 100;

/** What a process and its children have used until now; what has ended is not in it. */
export function treeUse(pid: number): TreeUse {
  const [first = NOTHING, ...others] = treeOf(pid).map(useOf);
  return { parent: first, children: others.reduce(sum, NOTHING) };
}

/** CPU time of all, seconds. */
export function cpuSeconds({ parent, children }: TreeUse): number {
  return parent.cpuSeconds + children.cpuSeconds;
}

/** Resident memory of all, megabytes. */
export function residentMb({ parent, children }: TreeUse): number {
  return parent.memoryMb + children.memoryMb;
}

function sum(a: ProcessUse, b: ProcessUse): ProcessUse {
  return {
    cpuSeconds: a.cpuSeconds + b.cpuSeconds,
    userSeconds: a.userSeconds + b.userSeconds,
    systemSeconds: a.systemSeconds + b.systemSeconds,
    memoryMb: a.memoryMb + b.memoryMb,
  };
}

/** The process itself first. Not every kernel lists the children of a process, so all are asked for their parent. */
function treeOf(pid: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const parents = new Map(pids.map((one) => [one, Number(statOf(one)[1])]));
  const below = (one: number): number[] => [one, ...pids.filter((other) => parents.get(other) === one).flatMap(below)];
  return below(pid);
}

/** The fields after the name, from the state on; nothing when it has ended meanwhile. */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  } catch {
    return [];
  }
}

function useOf(pid: number): ProcessUse {
  const [user = 0, system = 0] = statOf(pid).slice(11, 13).map(Number);
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return {
    cpuSeconds: threadSeconds(pid),
    userSeconds: user / TICKS_PER_SECOND,
    systemSeconds: system / TICKS_PER_SECOND,
    memoryMb: kilobytes / 1024,
  };
}

/** Of all threads that live: the first number of schedstat, nanoseconds on a processor. */
function threadSeconds(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) => {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  });
  return nanoseconds.reduce((total, one) => total + one, 0) / 1e9;
}
