// Names of sections, which may be anything and the same twice, → names of doors, which are short, plain and unique. Pure.

import { isClientName } from '@eightknock/codec';

const MAX_CHARACTERS = 64;

/** One name for each section, in their order; a section whose name will do keeps it. */
export function doorNames(sections: readonly string[]): string[] {
  const taken = new Set(sections.filter(isClientName));
  const given = new Set<string>();
  return sections.map((section) => {
    const plain = section.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
    const base = plain.slice(0, MAX_CHARACTERS - 4) || 'door';
    let name = isClientName(section) && !given.has(section) ? section : base;
    for (let i = 2; given.has(name) || (name !== section && taken.has(name)); i++) name = `${base}-${i}`;
    given.add(name);
    return name;
  });
}
