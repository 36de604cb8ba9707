// The text of a knockd.conf → what it says, or every problem in it at once. Pure, never throws. What knockd 0.8 takes and
// then does nothing sensible with (a port of 0, a timeout of "abc") is a problem here; what it does well is taken as it is.

import type { Problem } from '../config/problem.ts';
import { findDirective, readInterface, readPath } from './directives.ts';
import type { KnockdConf, KnockdDoor } from './knockd-conf.ts';
import { type Complain, knownDirectives, placeOf } from './known-directives.ts';
import { parseDoor } from './parse-door.ts';
import { readLines, type Section } from './read-lines.ts';

/** More doors than this are refused. */
export const MAX_DOORS = 200;
/** More problems are not listed. */
export const MAX_PROBLEMS = 200;

/** What a text is. */
export interface ParsedKnockdConf {
  /** Absent when there is any problem. */
  readonly conf?: KnockdConf;
  /** In the order of the lines, at most {@link MAX_PROBLEMS}. */
  readonly problems: readonly Problem[];
}

/**
 * Reads a knockd.conf.
 * @param file the name for problems
 */
export function parseKnockdConf(text: string, file: string): ParsedKnockdConf {
  const { sections, problems: formProblems } = readLines(text, file);
  const found: { readonly line: number; readonly problem: Problem }[] = formProblems.map((problem) => {
    return { line: Number(/\d+/.exec(problem.path ?? '')?.[0]), problem };
  });
  const complainOf = (section: Section): Complain => {
    return (directive, fault) => {
      found.push({ line: directive.line, problem: { file, path: placeOf(section, directive), ...fault } });
    };
  };

  const options = sections.filter(({ name }) => name === 'options');
  const rest = sections.filter(({ name }) => name !== 'options');
  let conf: Omit<KnockdConf, 'doors'> = { useSyslog: options.some(saysSyslog) || rest.some(saysSyslog) };
  for (const section of options) conf = { ...conf, ...parseOptions(section, complainOf(section)) };
  const doors: KnockdDoor[] = [];
  for (const section of rest.slice(0, MAX_DOORS)) {
    const door = parseDoor(section, complainOf(section));
    if (door) doors.push(door);
  }
  if (rest.length > MAX_DOORS) {
    const expected = `at most ${MAX_DOORS} doors`;
    found.push({ line: Number.MAX_VALUE, problem: { file, value: `${rest.length} doors`, expected } });
  }
  if (rest.length === 0) {
    const expected = 'at least one door: a section such as [openSSH] with a Sequence';
    found.push({ line: Number.MAX_VALUE, problem: { file, value: 'no door', expected } });
  }
  const problems = found
    .sort((a, b) => a.line - b.line)
    .slice(0, MAX_PROBLEMS)
    .map(({ problem }) => problem);
  return problems.length > 0 ? { problems } : { conf: { ...conf, doors }, problems };
}

function parseOptions(section: Section, complain: Complain): Partial<KnockdConf> {
  let options: Partial<KnockdConf> = {};
  for (const { name, directive, value } of knownDirectives<'LogFile' | 'PidFile' | 'Interface'>(
    section,
    'option',
    complain,
  )) {
    const read = name === 'Interface' ? readInterface(value) : readPath(value);
    if ('fault' in read) complain(directive, read.fault);
    else options = { ...options, [KEYS[name]]: read.value };
  }
  return options;
}

const KEYS = { LogFile: 'logFile', PidFile: 'pidFile', Interface: 'interfaceName' } as const;

function saysSyslog({ directives }: Section): boolean {
  return directives.some(({ key }) => findDirective(key) === 'UseSyslog');
}
