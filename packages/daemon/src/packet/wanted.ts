// What the capture process is to let up: the 256 ports of the eight knocks, and what the doors of the configuration wait for.
// The daemon tells it in one line of JSON. Pure.

/** Ports next to each other on which the same packets are knocks. */
export interface WantedRange {
  readonly protocol: 'tcp' | 'udp';
  /** Both are in it. */
  readonly first: number;
  readonly last: number;
  /** Which TCP packets: those of whose flags `mask` leaves `value`; 0 and 0 for UDP. */
  readonly mask: number;
  readonly value: number;
}

/** All of it. */
export interface Wanted {
  /** Of the 256 ports: 1–65280. */
  readonly basePort: number;
  readonly doors: readonly WantedRange[];
  /** UDP ports whose datagrams are wanted whole. */
  readonly datagrams: readonly number[];
  /** How many knocks on ports of doors a source must have sent before they pass, 1–8. */
  readonly held: number;
  /** Destination addresses that doors ask for, bytes in hexadecimal; at most 255. */
  readonly targets: readonly string[];
  /** After how long a silence a source begins anew, ms, 1–3,600,000. */
  readonly forgottenAfterMs: number;
}

/** After how long a silence a source begins anew, ms, unless a door gives more time. */
export const FORGOTTEN_AFTER_MS = 60_000;

/** Writes it as one line, without a line break. */
export function formatWanted(wanted: Wanted): string {
  return JSON.stringify(wanted);
}

/** Reads it. @throws Error when it is none: the daemon made a mistake */
export function parseWanted(line: string): Wanted {
  const value: unknown = JSON.parse(line);
  if (!isWanted(value)) throw new Error('the daemon wants what there is not');
  return value;
}

/** By hand: the capture process has little memory, and a library for this would take a quarter of it. */
function isWanted(value: unknown): value is Wanted {
  return isRecordOf(value, {
    basePort: isIntegerFrom(1, 65_280),
    doors: isArrayOf(isRange),
    datagrams: isArrayOf(isPort),
    held: isIntegerFrom(1, 8),
    targets: (targets) => isArrayOf(isTarget)(targets) && targets.length <= 255,
    forgottenAfterMs: isFrom(1, 3_600_000),
  });
}

function isRange(value: unknown): value is WantedRange {
  const protocol = (name: unknown) => name === 'tcp' || name === 'udp';
  return isRecordOf(value, { protocol, first: isPort, last: isPort, mask: isFlags, value: isFlags });
}

function isTarget(value: unknown): value is string {
  return typeof value === 'string' && /^(?:[0-9a-f]{8}|[0-9a-f]{32})$/.test(value);
}

const isPort = isIntegerFrom(0, 65_535);
const isFlags = isIntegerFrom(0, 0x3f);

function isFrom(least: number, most: number) {
  return (value: unknown): value is number => typeof value === 'number' && value >= least && value <= most;
}

function isIntegerFrom(least: number, most: number) {
  return (value: unknown): value is number => isFrom(least, most)(value) && Number.isInteger(value);
}

function isArrayOf<Item>(isItem: (value: unknown) => value is Item) {
  return (value: unknown): value is Item[] => Array.isArray(value) && value.every(isItem);
}

/** Has it these keys, and no others? */
function isRecordOf(value: unknown, keys: Readonly<Record<string, (value: unknown) => boolean>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value);
  return entries.length === Object.keys(keys).length && entries.every(([key, item]) => keys[key]?.(item) === true);
}

/** Do they ask for the same packets? */
export function isOneKind(a: WantedRange, b: WantedRange): boolean {
  return a.protocol === b.protocol && a.mask === b.mask && a.value === b.value;
}

/** An order in which those of one kind lie together. */
export function byKindAndPort(a: WantedRange, b: WantedRange): number {
  return a.protocol.localeCompare(b.protocol) || a.mask - b.mask || a.value - b.value || a.first - b.first;
}
