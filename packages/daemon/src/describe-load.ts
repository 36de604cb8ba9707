// What is shed, in words: for the log and the status screen. Pure.

import type { ShedLoad } from './capture/supervisor.ts';
import { countNoun } from './count-noun.ts';

/** One line, without a full stop. @param device as it is configured: `any`, or the name of an interface */
export function describeLoad(device: string, load: ShedLoad): string {
  return `more comes in on "${device}" than can be taken: ${whoIsHeard(load)}`;
}

function whoIsHeard({ passing, blocked }: ShedLoad): string {
  const heavy = `${countNoun(blocked, 'source')} that ${blocked === 1 ? 'sends' : 'send'} too much`;
  if (passing === 1) return `${heavy} ${blocked === 1 ? 'is' : 'are'} not heard`;
  const byTurns = `sources that opened no door yet are heard by turns, one in ${Math.round(1 / passing)}`;
  return blocked === 0 ? byTurns : `${byTurns}, and ${heavy} not at all`;
}
