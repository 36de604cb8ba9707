// The command line of knockclient: what is parsed, and nothing else. What the commands do is in commands/, each loaded
// when it is called.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { type ExitCode, reportError, throwIfAny } from './exit.ts';
import { HELP } from './help.ts';
import { createMachine, type Machine } from './machine.ts';
import { strayOptionProblem } from './messages.ts';
import { DEFAULTS, type RawOptions } from './options.ts';
import type { RawPortOptions } from './port-sequence.ts';

/**
 * Runs a command.
 * @param args without the names of node and the script
 * @param machine what it may touch
 * @returns the exit code: 0 done, 1 failed at run time, 2 wrong use or configuration. Never throws.
 */
export async function main(args: readonly string[], machine: Machine = createMachine()): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = buildProgram(machine, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Asked of the words themselves: the mistake may be that they cannot be parsed.
    const mode = { json: args.includes('--json'), debug: args.includes('--debug') };
    return reportError(error, mode, machine.output);
  }
}

function buildProgram(machine: Machine, done: (exitCode: ExitCode) => void): Command {
  const program = new Command('knockclient')
    .description(HELP.program)
    .version(version(), '-V, --version', HELP.version)
    .helpOption('-h, --help', HELP.help)
    .helpCommand('help [command]', HELP.helpCommand)
    .exitOverride()
    .configureOutput({
      writeOut: machine.output.stdout,
      writeErr: machine.output.stderr,
      outputError: () => undefined,
    })
    // So that --json after "list" is an option of list.
    .enablePositionalOptions()
    .argument('[server]', HELP.server)
    .option('--port <n>', HELP.port)
    .option('--ip <address>', HELP.ip, 'auto')
    .option('--time <n>', HELP.time, `${DEFAULTS.time}`)
    .option('--host <host>', HELP.host)
    .option('--key-file <file>', HELP.keyFile)
    .option('--server-id <id>', HELP.serverId)
    .option('--base-port <n>', HELP.basePort)
    .option('--transport <name>', HELP.transport, 'tcp')
    .option('--delay <ms>', HELP.delay, `${DEFAULTS.delayMs}`)
    .option('--wait [seconds]', HELP.wait)
    .option('--print', HELP.print)
    .option('-4, --ipv4', HELP.ipv4)
    .option('-6, --ipv6', HELP.ipv6)
    .option('--json', HELP.json)
    .option('--quiet', HELP.quiet)
    .option('--debug', HELP.debug)
    .action(async (server: string | undefined, options: RawOptions) => {
      const { knock } = await import('./commands/knock.ts');
      done(await knock(server, options, machine));
    });

  /** @param takesGlobal whether an option that it shares with the knock may stand before its name, too */
  const command = (usage: string, help: string, takesGlobal = true): Command => {
    const added = program.command(usage).description(help).helpOption('-h, --help', HELP.help);
    return added
      .option('--debug', HELP.commandDebug)
      .hook('preAction', () => throwIfAny(findStrayOptions(program, added, takesGlobal)));
  };

  command('add', HELP.add)
    .argument('<name>', HELP.name)
    .argument('<link>', HELP.link)
    .option('--force', HELP.force)
    .action(async (name: string, link: string, options: { force?: boolean }) => {
      const { add } = await import('./commands/add.ts');
      done(await add(name, link, options, machine));
    });
  command('list', HELP.list)
    .option('--json', HELP.json)
    .action(async (_options: unknown, self: Command) => {
      const { list } = await import('./commands/list.ts');
      done(await list(self.optsWithGlobals(), machine));
    });
  command('remove', HELP.remove)
    .argument('<name>', HELP.name)
    .action(async (name: string) => {
      const { remove } = await import('./commands/remove.ts');
      done(await remove(name, machine));
    });
  command('keygen', HELP.keygen).action(async () => {
    const { keygen } = await import('./commands/keygen.ts');
    done(keygen(machine));
  });
  command('knock', HELP.knock, false)
    .argument('<host>', HELP.knockHost)
    .argument('<ports...>', HELP.knockPorts)
    .option('-u, --udp', HELP.knockUdp)
    .option('-d, --delay <ms>', HELP.knockDelay, '0')
    .option('-4, --ipv4', HELP.ipv4)
    .option('-6, --ipv6', HELP.ipv6)
    .option('-v, --verbose', HELP.knockVerbose)
    .action(async (host: string, ports: string[], options: RawPortOptions) => {
      const { knockPorts } = await import('./commands/knock-ports.ts');
      done(await knockPorts(host, ports, options, machine));
    });
  return program;
}

/** Options before the name of a command, which it does not have: `knockclient --port 22 list`. */
function findStrayOptions(program: Command, command: Command, takesGlobal: boolean) {
  const own = new Set(takesGlobal ? command.options.map((option) => option.attributeName()) : ['debug']);
  return program.options
    .filter(
      (option) => program.getOptionValueSource(option.attributeName()) === 'cli' && !own.has(option.attributeName()),
    )
    .map((option) => strayOptionProblem(option.long ?? option.flags, command.name()));
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return String(text);
}
