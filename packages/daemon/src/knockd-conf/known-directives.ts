// The directives of one section that have a meaning there, in their order; of the others it is told what is wrong. Pure.

import { showValue } from '@eightknock/codec';
import { findDirective, hintForDirective, isOption } from './directives.ts';
import type { Directive, Section } from './read-lines.ts';
import type { SequenceFault } from './read-sequence.ts';

/** Tells what is wrong with a directive. */
export type Complain = (directive: Directive, fault: SequenceFault) => void;

/** Where it stands, as problems name it: `line 3, [openSSH] command`. @param key as written; empty: the section itself */
export function placeOf({ name }: Pick<Section, 'name'>, { line, key }: Pick<Directive, 'line' | 'key'>): string {
  return `line ${line}, [${shortName(name)}]${key === '' ? '' : ` ${shortName(key)}`}`;
}

/** A name of the file as it can be shown, without the quotes of a value. */
function shortName(name: string): string {
  return showValue(name).replace(/^"(.*)"$/, '$1');
}

/** A directive that has a meaning. */
export interface Known<Name extends string> {
  readonly name: Name;
  readonly directive: Directive;
  readonly value: string;
}

/**
 * The directives of a section that have a meaning there; the others are complained of.
 * @param wants `option` under `[options]`
 */
export function* knownDirectives<Name extends string>(
  section: Section,
  wants: 'option' | 'door',
  complain: Complain,
): Generator<Known<Name>> {
  for (const directive of section.directives) {
    const { key, value } = directive;
    const name = findDirective(key);
    if (name === 'UseSyslog') {
      // It is taken wherever it stands.
      if (value !== undefined) complain(directive, { value: showValue(value), expected: 'the word alone, no value' });
    } else if (name === undefined) {
      const hint = hintForDirective(key);
      complain(directive, { expected: 'a directive of knockd(1)', value: showValue(key), ...(hint && { hint }) });
    } else if (isOption(name) !== (wants === 'option')) {
      const place = isOption(name) ? '[options]' : 'the [name] of a door';
      complain(directive, { value: showValue(key), expected: `this under ${place}` });
    } else if (value === undefined) {
      complain(directive, { value: 'missing', expected: `a value: ${name} = …` });
    } else {
      yield { name: name as string as Name, directive, value };
    }
  }
}
