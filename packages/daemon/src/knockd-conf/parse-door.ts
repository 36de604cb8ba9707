// One section of a knockd.conf → a door, or nothing when there is any problem in it. Pure.

import { closestWord } from '../config/closest-word.ts';
import type { TcpFlags } from '../config/door-config.ts';
import { type DoorDirective, type ReadValue, readAddress, readNumber, readPath } from './directives.ts';
import type { KnockdCommands, KnockdDoor, KnockdSequence } from './knockd-conf.ts';
import { type Complain, knownDirectives, placeOf } from './known-directives.ts';
import { ANY_FLAGS, readFlags } from './read-flags.ts';
import type { Directive, Section } from './read-lines.ts';
import { readSequence } from './read-sequence.ts';

const DEFAULT_SEQ_TIMEOUT = 25;
const DEFAULT_CMD_TIMEOUT = 10;
const AN_HOUR = 3600;
const A_YEAR = 31_536_000;

/** What a directive has put down. Later ones take the place of earlier ones, as with knockd; flags add up. */
interface Draft {
  knocks?: KnockdSequence;
  file?: KnockdSequence;
  timeoutSeconds: number;
  tcpFlags: TcpFlags;
  target?: string;
  cmdTimeout: number;
  start?: string;
  start6?: string;
  stop?: string;
  stop6?: string;
}

/** Reads a section. */
export function parseDoor(section: Section, complain: Complain): KnockdDoor | undefined {
  let faults = 0;
  const blame: Complain = (directive, fault) => {
    faults++;
    complain(directive, fault);
  };
  const draft: Draft = { timeoutSeconds: DEFAULT_SEQ_TIMEOUT, tcpFlags: ANY_FLAGS, cmdTimeout: DEFAULT_CMD_TIMEOUT };
  const places: Partial<Record<DoorDirective, string>> = {};
  for (const { name, directive, value } of knownDirectives<DoorDirective>(section, 'door', blame)) {
    places[name] = placeOf(section, directive);
    TAKE[name](draft, value, (fault) => blame(directive, fault));
  }
  const { Sequence: list, One_Time_Sequences: once } = places;
  const itself: Directive = { line: section.line, key: '' };
  if (!list && !once) blame(itself, missingSequence(section.name));
  if (list && once) {
    blame(itself, { value: 'Sequence and One_Time_Sequences', expected: 'one of them' });
  }
  const sequence = draft.knocks ?? draft.file;
  if (faults > 0 || !sequence) return undefined;
  const { timeoutSeconds, tcpFlags, target } = draft;
  // An absent command for IPv6 is that for IPv4, an empty one is none: knockd(1), "Start_Command_6".
  const ipv4 = commandsOf(draft.start, draft.stop, draft.cmdTimeout);
  const ipv6 = commandsOf(draft.start6 ?? draft.start, draft.stop6 ?? draft.stop, draft.cmdTimeout);
  return {
    name: section.name,
    line: section.line,
    places,
    sequence,
    timeoutSeconds,
    tcpFlags,
    ...(target !== undefined && { target }),
    ...(ipv4 && { ipv4 }),
    ...(ipv6 && { ipv6 }),
  };
}

type Blame = (fault: Parameters<Complain>[1]) => void;

/** What each directive does with its value. */
const TAKE: Readonly<Record<DoorDirective, (draft: Draft, value: string, blame: Blame) => void>> = {
  Sequence: (draft, value, blame) => {
    const { knocks, faults } = readSequence(value);
    for (const fault of faults) blame(fault);
    draft.knocks = { knocks };
  },
  One_Time_Sequences: (draft, value, blame) => {
    take(readPath(value), blame, (file) => {
      draft.file = { file };
    });
  },
  Seq_Timeout: (draft, value, blame) => {
    take(readNumber(value, 1, AN_HOUR, 'seconds'), blame, (seconds) => {
      draft.timeoutSeconds = seconds;
    });
  },
  TCPFlags: (draft, value, blame) => {
    const { flags, faults } = readFlags(value, draft.tcpFlags);
    for (const fault of faults) blame(fault);
    draft.tcpFlags = flags;
  },
  Target: (draft, value, blame) => {
    take(readAddress(value), blame, (target) => {
      draft.target = target;
    });
  },
  Cmd_Timeout: (draft, value, blame) => {
    take(readNumber(value, 0, A_YEAR, 'seconds'), blame, (seconds) => {
      draft.cmdTimeout = seconds;
    });
  },
  Start_Command: (draft, value) => {
    draft.start = value;
  },
  Start_Command_6: (draft, value) => {
    draft.start6 = value;
  },
  Stop_Command: (draft, value) => {
    draft.stop = value;
  },
  Stop_Command_6: (draft, value) => {
    draft.stop6 = value;
  },
};

function take<T>(read: ReadValue<T>, blame: Blame, keep: (value: T) => void): void {
  if ('fault' in read) blame(read.fault);
  else keep(read.value);
}

/** Without a start command knockd runs no stop command either. */
function commandsOf(
  start: string | undefined,
  stop: string | undefined,
  afterSeconds: number,
): KnockdCommands | undefined {
  if (!start) return undefined;
  return { start, ...(stop && { stop: { command: stop, afterSeconds } }) };
}

function missingSequence(name: string): Parameters<Complain>[1] {
  const expected = 'a Sequence, or One_Time_Sequences';
  const isMeant = closestWord(name.trim(), ['options']) !== undefined;
  return {
    value: 'missing',
    expected,
    ...(isMeant && { hint: 'the section of options is [options], in small letters' }),
  };
}
