// The command line of knockdaemon: which command with which options, and the one place where errors become messages and
// exit codes. What the commands do is in commands/.

import { addCompletion } from '@eightknock/cli/completion-command';
import { Command, CommanderError } from 'commander';
import { UsageError } from './commands/argument-problems.ts';
import { audit } from './commands/audit.ts';
import type { ControlOptions } from './commands/call-daemon.ts';
import { type CheckOptions, check } from './commands/check.ts';
import { confirm } from './commands/confirm.ts';
import { type EnrollOptions, enroll } from './commands/enroll.ts';
import { type ExplainOptions, explain, refuseWithRead } from './commands/explain.ts';
import { explainFile } from './commands/explain-file.ts';
import type { GrantsListOptions, ListOptions } from './commands/filter-arguments.ts';
import { flush } from './commands/flush.ts';
import { grants } from './commands/grants.ts';
import { type ImportOptions, importFile } from './commands/import.ts';
import { DEFAULT_USER, type InstallOptions, install } from './commands/install.ts';
import { type Output, processOutput, surviveClosedPipes } from './commands/output.ts';
import { reload } from './commands/reload.ts';
import { type RevokeOptions, revoke } from './commands/revoke.ts';
import { type RunCommandOptions, run } from './commands/run.ts';
import { status } from './commands/status.ts';
import { ConfigError } from './config/problem.ts';
import { HELP } from './messages/help.ts';
import { formatCommandLineError, formatProblems, formatUnexpected, formatUnknownWord } from './messages/problems.ts';
import { VERSION } from './version.ts';

/**
 * Runs a command.
 * @param args without the names of node and the script
 * @param output where to write; the daemon's log goes to this process's own streams
 * @returns the exit code: 0 done, 1 failed at run time, 2 wrong use or configuration. Never throws.
 */
export async function main(args: readonly string[], output: Output = processOutput): Promise<number> {
  if (output === processOutput) surviveClosedPipes();
  let exitCode = 0;
  const program = buildProgram(output, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error, args, output);
  }
}

function reportError(error: unknown, args: readonly string[], output: Output): number {
  if (error instanceof ConfigError || error instanceof UsageError) {
    output.stderr(formatProblems(error.problems));
    return 2;
  }
  if (error instanceof CommanderError) {
    // Help and version come this way too; they are written already.
    if (error.exitCode === 0) return 0;
    output.stderr(formatCommandLineError(error.message));
    return 2;
  }
  output.stderr(formatUnexpected(error, args.includes('--debug')));
  return 1;
}

/**
 * All commands and options with their help: what is parsed, what completion offers, what the manual page says.
 * @param done is told how a command ended
 */
export function buildProgram(output: Output, done: (exitCode: number) => void = () => undefined): Command {
  const program = new Command('knockdaemon');
  program
    .description(HELP.program)
    .version(VERSION, '-V, --version', HELP.version)
    .helpOption('-h, --help', HELP.help)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: output.stdout, writeErr: output.stderr, outputError: () => undefined });

  const command = (usage: string, help: string, isDefault = false): Command =>
    program
      .command(usage, { isDefault })
      .description(help)
      .helpOption('-h, --help', HELP.help)
      .option('--config <file>', HELP.config, HELP.configDefault);

  command('run', HELP.run, true)
    .option('--test', HELP.test)
    .option('--debug [address]', HELP.debug)
    .option('--quiet', HELP.quiet)
    .option('--rescue <minutes>', HELP.rescue)
    .option('--knockd-conf <file>', HELP.knockdConf)
    // A word that is no command comes here, where commander would say that run has too many arguments.
    .allowExcessArguments()
    .action(async (options: RunCommandOptions, self: Command) => {
      const [word] = self.args;
      if (word === undefined) return done(await run({ ...options, configIsNamed: isNamed(self) }));
      output.stderr(
        formatUnknownWord(
          word,
          program.commands.map((known) => known.name()),
        ),
      );
      return done(2);
    });

  command('check', HELP.check)
    .option('--test', HELP.checkTest)
    .option('--knockd-conf <file>', HELP.checkKnockdConf)
    .option('--debug', HELP.commandDebug)
    .action(async (options: CheckOptions, self: Command) =>
      done(await check({ ...options, configIsNamed: isNamed(self) }, output)),
    );

  program
    .command('import')
    .description(HELP.import)
    .argument('<file>', HELP.importFile)
    .helpOption('-h, --help', HELP.help)
    .option('--format <format>', HELP.importFormat)
    .option('--fwknopd-conf <file>', HELP.fwknopdConf)
    .option('--open-ports <list>', HELP.openPorts)
    .option('--output <file>', HELP.importOutput)
    .option('--debug', HELP.commandDebug)
    .action(async (file: string, options: ImportOptions) => done(await importFile(file, options, output)));

  command('enroll', HELP.enroll)
    .argument('<name>', HELP.name)
    .requiredOption('--ports <list>', HELP.ports)
    .option('--max-time <minutes>', HELP.maxTime)
    .option('--host <host>', HELP.host)
    .option('--expires <date>', HELP.expires)
    .option('--open-for-other', HELP.openForOther)
    .option('--debug', HELP.commandDebug)
    .action(async (name: string, options: EnrollOptions) => done(await enroll(name, options, Date.now(), output)));

  command('explain', HELP.explain)
    .argument('[ports...]', HELP.knocks)
    .option('--at <time>', HELP.at)
    .option('--source <address>', HELP.source)
    .option('--read <file>', HELP.read)
    .option('--json', HELP.json)
    .option('--debug', HELP.commandDebug)
    .action(async (ports: string[], options: ExplainOptions) => {
      const { config, read, json = false } = options;
      if (read === undefined) return done(await explain(ports, options, Date.now(), output));
      refuseWithRead(ports, options);
      return done(await explainFile({ config, read, json }, output));
    });

  program
    .command('flush')
    .description(HELP.flush)
    .helpOption('-h, --help', HELP.help)
    .option('--debug', HELP.commandDebug)
    .action(async () => done(await flush(output)));

  program
    .command('install')
    .description(HELP.install)
    .helpOption('-h, --help', HELP.help)
    .option('--dry-run', HELP.dryRun)
    .option('--root <folder>', HELP.root)
    .option('--user <name>', HELP.user, DEFAULT_USER)
    .option('--debug', HELP.commandDebug)
    .action(async (options: InstallOptions) => done(await install(options, output)));

  const controlCommand = (usage: string, help: string): Command =>
    command(usage, help)
      .option('--socket <path>', HELP.socket)
      .option('--json', HELP.json)
      .option('--debug', HELP.commandDebug);

  controlCommand('status', HELP.status).action(async (options: ControlOptions) => done(await status(options, output)));

  controlCommand('grants', HELP.grants)
    .option('--client <client>', HELP.filterClient)
    .option('--address <address>', HELP.filterAddress)
    .option('--port <port>', HELP.filterPort)
    .option('--limit <number>', HELP.limitGrants)
    .action(async (options: ControlOptions & GrantsListOptions) => done(await grants(options, Date.now(), output)));

  controlCommand('revoke', HELP.revoke)
    .argument('[address]', HELP.revokeAddress)
    .argument('[port]', HELP.revokePort)
    .option('--client <client>', HELP.filterClient)
    .option('--all', HELP.revokeAll)
    .action(async (address: string | undefined, port: string | undefined, options: RevokeOptions) =>
      done(await revoke(address, port, options, Date.now(), output)),
    );

  controlCommand('reload', HELP.reload).action(async (options: ControlOptions) => done(await reload(options, output)));

  controlCommand('audit', HELP.audit)
    .option('--client <client>', HELP.filterClient)
    .option('--address <address>', HELP.auditAddress)
    .option('--limit <number>', HELP.limitAudit)
    .action(async (options: ControlOptions & ListOptions) => done(await audit(options, output)));

  controlCommand('confirm', HELP.confirm).action(async (options: ControlOptions) =>
    done(await confirm(options, output)),
  );

  const completion = program
    .command('completion')
    .description(HELP.completion)
    .helpOption('-h, --help', HELP.help)
    .option('--debug', HELP.commandDebug);
  addCompletion(completion, {
    help: { shell: HELP.shell, words: HELP.words },
    names: { client: async (typed) => findClientNames(typed.get('--config') ?? HELP.configDefault) },
    write: output.stdout,
  });

  return program;
}

/** Whoever may not read the clients' files gets no names. */
async function findClientNames(configFile: string): Promise<readonly string[]> {
  const { loadConfig } = await import('./config/load.ts');
  const { config } = await loadConfig(configFile);
  return config.clients.map(({ name }) => name);
}

/** Was --config given? Beside a knockd.conf the default one counts for nothing. */
function isNamed(command: Command): boolean {
  return command.getOptionValueSource('config') === 'cli';
}
