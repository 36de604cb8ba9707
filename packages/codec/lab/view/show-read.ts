// Shows what was read: the verdict, and what the key of each window makes of the knocks.

import { toHex } from '../hex.ts';
import type { Read } from '../read.ts';
import { describeTried, describeVerdict, nameWindow } from '../words.ts';
import { elementOf, make, setText } from './elements.ts';

/** Shows an answer. */
export function showRead(read: Read): void {
  const { isGood, title, text } = describeVerdict(read);
  elementOf('found-verdict').className = `verdict ${isGood ? 'good' : 'bad'}`;
  setText('found-title', title);
  setText('found-text', text);
  // The check alone is right by chance now and then.
  const fits = 'request' in read.verdict ? read.verdict.request.window : undefined;
  const rows = read.tried.map((tried) => {
    const block = make('td', '', [make('code', '', toHex(tried.block))]);
    return make('tr', tried.window === fits ? 'right' : '', [
      make('td', '', nameWindow(tried)),
      block,
      make('td', '', describeTried(tried)),
    ]);
  });
  elementOf('found-tried').replaceChildren(...rows);
}
