// What was found, for a terminal.

import type { Findings, Table, Target } from './findings.ts';

/** All tables of an experiment, its targets last. */
export function findingsText({ tables, targets }: Findings): string {
  return [...tables, ...targetTable(targets)].map((table) => `${table.title}\n${alignedRows(table)}`).join('\n');
}

/** The targets as a table; none when there are none. */
export function targetTable(targets: readonly Target[]): Table[] {
  if (targets.length === 0) return [];
  const rows = targets.map(({ what, limit, value, verdict }) => [what, limit, value, verdict]);
  return [{ title: 'Targets', head: ['target', 'limit', 'measured', ''], rows }];
}

/** Lines up the cells; columns of numbers to the right. */
export function alignedRows({ head, rows }: Pick<Table, 'head' | 'rows'>): string {
  const columns = head.map((name, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    const width = Math.max(...[name, ...cells].map((cell) => cell.length));
    return { width, isNumbers: cells.every((cell) => /^[-+–\d]|^$/.test(cell)) };
  });
  const line = (row: readonly string[]) =>
    columns.map(({ width, isNumbers }, i) =>
      isNumbers ? (row[i] ?? '').padStart(width) : (row[i] ?? '').padEnd(width),
    );
  return [head, ...rows].map((row) => `  ${line(row).join('  ').trimEnd()}\n`).join('');
}
