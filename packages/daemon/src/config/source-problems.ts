// What does not go together with `source = …`. Asked of the table itself, so that a mistake elsewhere in it does not hide
// these. Pure.

import { showValue } from '@eightknock/codec';
import type { KnockSource } from './config.ts';
import { valueAt } from './key-path.ts';
import { readSource } from './knock-source.ts';
import type { Problem } from './problem.ts';

/** What `source` says. @param table the whole file @returns undefined when it is no source */
export function readSourceOf(table: object): KnockSource | undefined {
  const written = valueAt(table, ['source']) ?? 'pcap';
  return typeof written === 'string' ? readSource(written) : undefined;
}

/** @param table the whole file */
export function sourceProblems(table: object, file: string): Problem[] {
  const source = readSourceOf(table);
  if (!source) return [];
  const written = valueAt(table, ['source']) ?? 'pcap';
  const isText = source.kind === 'log' || source.kind === 'journal';
  const [interfaces, pattern] = [valueAt(table, ['interface']), valueAt(table, ['log_pattern'])];
  const problems: Problem[] = [];
  if (source.kind !== 'pcap' && interfaces !== undefined) {
    const hint = 'the rule that logs says on which interfaces: iifname "eth0" (nft), -i eth0 (iptables)';
    const expected = `no interface together with source = ${showValue(written)}`;
    problems.push({ file, path: 'interface', value: showValue(interfaces), expected, hint });
  }
  if (!isText && pattern !== undefined) {
    const expected = `no log_pattern together with source = ${showValue(written)}: it is for "log:FILE" and "journal"`;
    problems.push({ file, path: 'log_pattern', value: showValue(pattern), expected });
  }
  return problems;
}
