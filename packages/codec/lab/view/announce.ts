// Tells a screen reader what came out, once the typing has paused.

import { setText } from './elements.ts';

const PAUSE_MS = 800;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Announces a text; another one within the pause takes its place. */
export function announce(text: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => setText('status', text), PAUSE_MS);
}
