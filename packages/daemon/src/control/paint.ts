// Colours for a terminal; nothing elsewhere. As no-color.org has it.

import { styleText } from 'node:util';

/** The few that are used. */
export type Style = 'bold' | 'gray' | 'green' | 'yellow' | 'red';

/** Gives a text a style, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** No colours. */
export const plain: Paint = (_, text) => text;

/** Colours. Whether there may be any is decided already: styleText is not to look at the stream once more. */
export const colour: Paint = (style, text) => styleText(style, text, { validateStream: false });

/**
 * What fits an output.
 * @param environment `NO_COLOR` and `TERM` are read
 */
export function choosePaint(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Paint {
  return isTerminal && !environment.NO_COLOR && environment.TERM !== 'dumb' ? colour : plain;
}
