// The fields of both forms: what is in them, and what is said beside them.

import type { Duration, MakeField, MakeForm } from '../make.ts';
import { MAKE_FIELDS } from '../make.ts';
import type { Problem } from '../problems.ts';
import type { ReadField, ReadForm } from '../read.ts';
import { READ_FIELDS } from '../read.ts';
import { byId, elementOf, setText } from './elements.ts';

const input = (id: string) => byId(id, HTMLInputElement);
const duration = () => byId('make-duration', HTMLSelectElement);

/** What the sender's form says. */
export function takeMakeForm(): MakeForm {
  return { ...(takeTexts('make', MAKE_FIELDS) as Record<MakeField, string>), duration: duration().value as Duration };
}

/** What the receiver's form says. */
export function takeReadForm(): ReadForm {
  return {
    ...(takeTexts('read', READ_FIELDS) as Record<ReadField, string>),
    trustSource: input('read-trustSource').checked,
    openForOther: input('read-openForOther').checked,
  };
}

function takeTexts(side: string, fields: readonly string[]): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [field, input(`${side}-${field}`).value]));
}

/** Fills the sender's form. */
export function fillMakeForm(form: MakeForm): void {
  for (const field of MAKE_FIELDS) input(`make-${field}`).value = form[field];
  duration().value = form.duration;
}

/** Fills the receiver's form. */
export function fillReadForm(form: ReadForm): void {
  for (const field of READ_FIELDS) input(`read-${field}`).value = form[field];
  input('read-trustSource').checked = form.trustSource;
  input('read-openForOther').checked = form.openForOther;
}

/** Writes into one field. */
export function fillField(id: string, text: string): void {
  input(id).value = text;
}

/** Says beside each field what is wrong with it, if anything is. */
export function showProblems(
  side: 'make' | 'read',
  fields: readonly string[],
  problems: readonly Problem<string>[],
): void {
  for (const field of fields) {
    const message = problems.find((problem) => problem.field === field)?.message ?? '';
    setText(`${side}-${field}-problem`, message);
    const element = input(`${side}-${field}`);
    if (message === '') element.removeAttribute('aria-invalid');
    else element.setAttribute('aria-invalid', 'true');
  }
}

/** Puts a result aside while it does not belong to what the form says. @returns what there is to be told, beginning with what is shown */
export function showStale(side: 'make' | 'read', result: string, problems: readonly Problem<string>[]): string {
  const count = problems.length === 1 ? 'one field is' : `${problems.length} fields are`;
  const stale = problems.length === 0 ? '' : `Nothing to ${side} yet: ${count} wrong.`;
  setText(`${side}-stale`, stale);
  elementOf(`${side}-stale`).hidden = stale === '';
  elementOf(result).hidden = stale !== '';
  return [stale, ...problems.map(({ field, message }) => `${labelOf(`${side}-${field}`)} ${message}.`)].join(' ');
}

function labelOf(id: string): string {
  const { ariaLabel, labels } = input(id);
  return ariaLabel ?? labels?.[0]?.textContent ?? '';
}
