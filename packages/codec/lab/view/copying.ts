// Buttons that copy a text.

import { announce } from './announce.ts';
import { byId, elementOf } from './elements.ts';

const SHOWN_MS = 1500;

/**
 * Makes a button copy.
 * @param source the element that holds the text: it is selected where the browser lets no script copy
 * @param textOf the text
 */
export function copyOnPress(button: string, source: string, textOf: () => string): void {
  const element = byId(button, HTMLButtonElement);
  const label = element.textContent ?? '';
  element.addEventListener('click', () => {
    copy(textOf(), elementOf(source)).then((done) => {
      element.textContent = done ? 'Copied' : 'Selected: Ctrl-C';
      announce(element.textContent);
      setTimeout(() => {
        element.textContent = label;
      }, SHOWN_MS);
    });
  });
}

async function copy(text: string, source: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(source);
    return false;
  }
}
