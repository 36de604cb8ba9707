// The text of knockdaemon.toml. Where there is none, what makes one, or names another one, is said.

import { CONFIG_FILE } from './default-file.ts';
import { type FileText, readConfigFile } from './read-file.ts';

/** Reads it. @param file its name, used in problems as it is */
export async function readMainFile(file: string): Promise<FileText> {
  const read = await readConfigFile(file, true);
  const hint = missingHint(file);
  return {
    ...read,
    problems: read.problems.map((problem) => (problem.value === 'missing' ? { ...problem, hint } : problem)),
  };
}

/** Who has not named the file has none yet. */
function missingHint(file: string): string {
  if (file !== CONFIG_FILE) return '--config FILE names another one';
  return `"knockdaemon install", run as root, writes one; a line is enough: server_id = "gw.example.net", the name of this machine`;
}
