// The command `completion`: prints the script of a shell, and answers it at each Tab. Takes the program from commander at
// that moment, so whatever commands and options it has are all that is known of them. A way in of its own, that loads the rest
// only when it is called: every other command of a program has to wait for this file.

import { Argument, type Command } from 'commander';
import { SHELLS, type Shell } from './shells.ts';

/**
 * Finds names of one kind. What it throws is taken for "none": at a Tab nobody reads errors.
 * @param typed values of options in the line, by long name
 */
export type FindNames = (typed: ReadonlyMap<string, string>) => Promise<readonly string[]>;

/** What a program gives to its command. */
export interface CompletionParts {
  /** Help of the two arguments. */
  readonly help: { readonly shell: string; readonly words: string };
  /** What finds the names that a placeholder stands for: `server` for `<server>`. Must load little and show no secret. */
  readonly names: Readonly<Record<string, FindNames>>;
  /** To stdout. */
  readonly write: (text: string) => void;
}

/**
 * Gives a command its arguments and its action.
 * @param command of a program, with nothing but its name and help
 */
export function addCompletion(command: Command, { help, names, write }: CompletionParts): Command {
  return command
    .addArgument(new Argument('<shell>', help.shell).choices(SHELLS))
    .argument('[words...]', help.words)
    .action(async (shell: Shell, words: readonly string[], _options: unknown, { parent }: Command) => {
      if (!parent) throw new Error('completion is not a command of a program');
      const [{ complete }, { formatCompletion, joinBrokenWords }, { formatCompletionScript }, { describeCommand }] =
        await Promise.all([
          import('./complete.ts'),
          import('./completion-lines.ts'),
          import('./completion-script.ts'),
          import('./describe-command.ts'),
        ]);
      if (words.length === 0) return write(formatCompletionScript(parent.name(), shell));
      const completion = complete(describeCommand(parent), joinBrokenWords(shell, words));
      const found = completion.kinds.map((kind) => findNames(names[kind], completion.typed));
      write(formatCompletion(shell, completion, (await Promise.all(found)).flat(), words));
    });
}

async function findNames(find: FindNames | undefined, typed: ReadonlyMap<string, string>): Promise<readonly string[]> {
  try {
    return (await find?.(typed)) ?? [];
  } catch {
    return [];
  }
}
