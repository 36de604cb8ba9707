// The arguments of `npm run bench`.

import { parseArgs } from 'node:util';

/** What is wanted. */
export interface BenchArguments {
  readonly help: boolean;
  readonly list: boolean;
  readonly short: boolean;
  /** Measures nothing: figures and page are made anew. */
  readonly draw: boolean;
  /** Absent: docs/benchmarks, and of a short run nothing is kept. */
  readonly output?: string;
  /** In the order of all; none was named: all. */
  readonly names: readonly string[];
}

/** What `--help` says. */
export const HELP = `npm run bench -- [--short] [--output DIR] [NAME …]
  measures, beside knockd and fwknop, and prints tables
  NAME          only these experiments; what is known of the others stays
  --list        the names
  --short       does everything once, in about a minute; keeps nothing without --output
  --draw        measures nothing: makes figures and page anew out of results.json
  --output DIR  where results.json, the figures and, if it is there, README.md are brought up to date (docs/benchmarks)`;

/** @throws Error in words for the person who typed them */
export function readArguments(args: readonly string[], known: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      draw: { type: 'boolean', default: false },
      output: { type: 'string' },
    },
  });
  for (const name of positionals) {
    if (!known.includes(name)) throw new Error(`there is no experiment "${name}": ${known.join(', ')}`);
  }
  const names = known.filter((name) => positionals.length === 0 || positionals.includes(name));
  const { output, ...flags } = values;
  return { ...flags, names, ...(output !== undefined && { output }) };
}
