// How the knocks go, while they go: one line that is rewritten on a terminal, plain lines elsewhere, or nothing.

import { formatBeginning, formatDots, formatNotYet, type Wish } from './messages/progress.ts';
import { type Output, paint } from './output.ts';
import type { PortLook } from './try-connect.ts';

/** Is told what happens. */
export interface Progress {
  begin(wish: Wish): void;
  /** A sequence begins: 0 is the first. */
  sequence(number: number): void;
  /** A knock was sent. @param sent how many of the sequence are */
  knock(sent: number): void;
  /** The port was tried and is not open. */
  look(look: PortLook): void;
  /** It is over, one way or the other: the last line is free for the result or an error. */
  end(): void;
}

/** Back to the first column, and the line erased (ECMA-48: CR, EL). */
const ERASE_LINE = '\r\u001b[K';

/** Says nothing: `--quiet`, `--json`. */
export const noProgress: Progress = {
  begin: () => undefined,
  sequence: () => undefined,
  knock: () => undefined,
  look: () => undefined,
  end: () => undefined,
};

/** The progress that fits an output. */
export function createProgress(output: Output): Progress {
  return output.isTerminal ? createLiveProgress(output) : createLineProgress(output);
}

function createLiveProgress(output: Output): Progress {
  const { stdout } = output;
  let dots = '';
  let state = '';
  const draw = () => stdout(`${ERASE_LINE}${paint(output, 'cyan', dots)}${state && ` ${state}`}`);
  return {
    begin: (wish) => stdout(`${formatBeginning(wish)}\n`),
    sequence: () => {
      dots = formatDots(0);
      draw();
    },
    knock: (sent) => {
      dots = formatDots(sent);
      draw();
    },
    look: (look) => {
      state = formatNotYet(look);
      draw();
    },
    end: () => stdout(ERASE_LINE),
  };
}

function createLineProgress({ stdout }: Output): Progress {
  let last: PortLook | undefined;
  return {
    begin: (wish) => stdout(`${formatBeginning(wish)}\n`),
    sequence: (number) => {
      if (number > 0 && last !== undefined) stdout(`${formatNotYet(last)}, knocking again\n`);
    },
    knock: () => undefined,
    look: (look) => {
      last = look;
    },
    end: () => undefined,
  };
}
