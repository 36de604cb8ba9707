// A knockd.conf on the disk → what it says. Judges who else could write it where it is to be obeyed: its commands run as root.

import { readConfigFile } from '../config/read-file.ts';
import { type ParsedKnockdConf, parseKnockdConf } from './parse.ts';

/**
 * Loads the file.
 * @param isObeyed whether its commands are to be run, not only shown
 */
export async function loadKnockdConf(file: string, isObeyed: boolean): Promise<ParsedKnockdConf> {
  const { text, problems, changeProblems } = await readConfigFile(file, true);
  if (text === undefined) return { problems };
  const parsed = parseKnockdConf(text, file);
  const all = [...(isObeyed ? changeProblems : []), ...parsed.problems];
  return all.length > 0 ? { problems: all } : parsed;
}
