// A commander program → plain values: what `--help` shows of each command, in its words and order. The only place that
// knows commander from inside.

import type { Command, Help } from 'commander';
import { type ValueWords, valueOfArgument, valueOfOption } from './value-words.ts';

/** An argument of a command. */
export interface ArgumentDescription {
  /** With brackets: `<name>`, `[ports...]`. */
  readonly term: string;
  readonly help: string;
  readonly isRequired: boolean;
  readonly isVariadic: boolean;
  readonly value: ValueWords;
}

/** An option of a command. */
export interface OptionDescription {
  /** `-4`; absent where there is none. */
  readonly short?: string;
  /** `--ipv4`; absent where there is none. */
  readonly long?: string;
  /** With its default. */
  readonly help: string;
  /** Absent: it takes no value. */
  readonly value?: ValueWords;
  /** `--wait [seconds]`: the value may be left out. */
  readonly isValueOptional: boolean;
  /** The command cannot do without it. */
  readonly isMandatory: boolean;
}

/** A program, or a command of it. */
export interface CommandDescription {
  readonly name: string;
  readonly help: string;
  readonly arguments: readonly ArgumentDescription[];
  /** The help option is among them. */
  readonly options: readonly OptionDescription[];
  readonly commands: readonly CommandDescription[];
  /** What is run when no command is named. */
  readonly defaultCommand?: CommandDescription;
  /** From its first argument on, options are somebody else's: `ssh gw -v`. */
  readonly passesOptionsOn: boolean;
}

/** What commander knows and does not tell; its version is pinned, and tests of both programs fail when it changes. */
interface Untold {
  readonly _defaultCommandName?: string | null;
  readonly _passThroughOptions?: boolean;
}

/** Describes a command and those below it. What is hidden in `--help` is left out. */
export function describeCommand(command: Command): CommandDescription {
  const help = command.createHelp();
  const untold = command as unknown as Untold;
  const commands = help.visibleCommands(command).map((each) => describeCommand(each as Command));
  const defaultCommand = commands.find(({ name }) => name === untold._defaultCommandName);
  return {
    name: command.name(),
    help: command.description(),
    arguments: describeArguments(command, help),
    options: describeOptions(command, help),
    commands,
    ...(defaultCommand && { defaultCommand }),
    passesOptionsOn: untold._passThroughOptions === true,
  };
}

function describeArguments(command: Command, help: Help): ArgumentDescription[] {
  return command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return {
      term: argument.required ? `<${name}>` : `[${name}]`,
      help: help.argumentDescription(argument),
      isRequired: argument.required,
      isVariadic: argument.variadic,
      value: valueOfArgument(argument),
    };
  });
}

function describeOptions(command: Command, help: Help): OptionDescription[] {
  return help.visibleOptions(command).map((option) => {
    const value = valueOfOption(option);
    return {
      ...(option.short !== undefined && { short: option.short }),
      ...(option.long !== undefined && { long: option.long }),
      help: help.optionDescription(option),
      ...(value && { value }),
      isValueOptional: option.optional,
      isMandatory: option.mandatory,
    };
  });
}
