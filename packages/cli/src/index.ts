/**
 * A program's commander commands are its only description: `--help`, shell completion and the manual page are made of
 * them. Pure: nothing here reads a file, starts a program or asks for the time.
 *
 * @packageDocumentation
 */

export { type Candidate, type Completion, complete } from './complete.ts';
export { formatCompletionScript } from './completion-script.ts';
export {
  type ArgumentDescription,
  type CommandDescription,
  describeCommand,
  type OptionDescription,
} from './describe-command.ts';
export { formatManual, type ManualEdition, type ManualEntry, type ManualTexts } from './manual.ts';
export { isPlainWord, SHELLS, type Shell } from './shells.ts';
export type { ValueWords } from './value-words.ts';
