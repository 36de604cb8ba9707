// Rows → lines with aligned columns. Pure. What the cells show has been made harmless before, here.

import { escapeControls } from '@eightknock/codec';
import { type Paint, plain, type Style } from './paint.ts';

/** One cell: a text, or a text with a style. Control characters in it are escaped. */
export type Cell = string | { readonly text: string; readonly style: Style };

const GAP = '  ';

/**
 * Lays out a table.
 * @param indent stands before each line
 * @returns a line with its line break for each row; no blanks at the end of a line
 */
export function layOut(rows: readonly (readonly Cell[])[], paint: Paint = plain, indent = ''): string {
  const shown = rows.map((row) => row.map(shownCell));
  const widths: number[] = [];
  for (const row of shown) {
    row.forEach(({ text }, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(text));
    });
  }
  return shown.map((row) => `${indent}${layOutRow(row, widths, paint)}\n`).join('');
}

interface ShownCell {
  readonly text: string;
  readonly style?: Style;
}

function shownCell(cell: Cell): ShownCell {
  return typeof cell === 'string' ? { text: escapeControls(cell) } : { ...cell, text: escapeControls(cell.text) };
}

function layOutRow(row: readonly ShownCell[], widths: readonly number[], paint: Paint): string {
  const last = row.reduce((found, { text }, i) => (text === '' ? found : i), -1);
  return row
    .slice(0, last + 1)
    .map(({ text, style }, i) => {
      const padding = i === last ? '' : ' '.repeat((widths[i] ?? 0) - widthOf(text));
      return (style === undefined || text === '' ? text : paint(style, text)) + padding;
    })
    .join(GAP);
}

function widthOf(text: string): number {
  return Array.from(text).length;
}
