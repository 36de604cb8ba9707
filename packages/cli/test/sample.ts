// A program with one of each: options with and without values, arguments, commands, a default command.

import { Argument, Command } from 'commander';
import { type CommandDescription, describeCommand } from '#src/describe-command.js';

/** The program; nothing is run. */
export function sampleCommand(): Command {
  const program = new Command('knocker')
    .description('Knocks.')
    .version('1.0.0')
    .helpCommand('help [command]', 'show help');
  program
    .enablePositionalOptions()
    .argument('[server]', 'a server')
    .option('--transport <tcp|udp>', 'how', 'tcp')
    .option('--ip <auto|source|ADDRESS>', 'for whom')
    .option('--key-file <file>', 'a key')
    .option('--wait [seconds]', 'wait')
    .option('-4, --ipv4', 'IPv4 only')
    .action(() => undefined);
  program
    .command('add')
    .description('save a server')
    .argument('<name>', 'its name')
    .argument('<link>')
    .requiredOption('--ports <list>', 'ports')
    .option('--force', 'replace');
  program.command('remove').description('remove servers').argument('<server...>', 'which');
  program
    .command('exec')
    .description('run a program')
    .argument('<server>')
    .argument('[command...]')
    .passThroughOptions();
  program.command('log').addArgument(new Argument('<level>', 'how much').choices(['few', 'many']));
  program.command('secret', { hidden: true });
  return program;
}

/** Its description. */
export const SAMPLE: CommandDescription = describeCommand(sampleCommand());

/** A program that runs `run` when no command is named. */
export function sampleWithDefault(): CommandDescription {
  const program = new Command('daemon').description('Listens.').helpCommand(false);
  program.command('run', { isDefault: true }).description('listen').option('--test', 'act on nothing');
  program.command('check').description('look for problems').option('--config <file>', 'which');
  return describeCommand(program);
}
