// The command line of knockclient: what is parsed, and nothing else. What the commands do is in commands/, each loaded
// when it is called.

import { readFileSync } from 'node:fs';
import { addCompletion } from '@eightknock/cli/completion-command';
import { Command } from 'commander';
import { addDoorCommands } from './door-commands.ts';
import { withEarly } from './early-options.ts';
import { reportError, throwIfAny } from './exit.ts';
import { HELP } from './help.ts';
import { createMachine, type Machine } from './machine.ts';
import { strayOptionProblem, unknownTopicProblem } from './messages/wrong-use.ts';
import type { RawOptions } from './options.ts';
import type { RawPortOptions } from './port-sequence.ts';
import { addSessionCommands } from './session-commands.ts';

/**
 * Runs a command.
 * @param args without the names of node and the script
 * @param machine what it may touch
 * @returns the exit code: 0 done, 1 failed at run time, 2 wrong use or configuration; of ssh and run that of the program
 *   they ran. Never throws.
 */
export async function main(args: readonly string[], machine: Machine = createMachine()): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(machine, (code) => {
    exitCode = code;
  });
  try {
    throwIfAny(findUnknownTopic(program, args));
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Asked of the words themselves: the mistake may be that they cannot be parsed.
    const words = ownWords(args, program);
    const mode = { json: words.includes('--json'), debug: words.includes('--debug') };
    return reportError(error, mode, machine.output);
  }
}

/**
 * All commands and options with their help: what is parsed, what completion offers, what the manual page says.
 * @param done is told how a command ended
 */
export function buildProgram(machine: Machine, done: (exitCode: number) => void = () => undefined): Command {
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
    .option('--ip <auto|source|ADDRESS>', HELP.ip)
    .option('--time <n>', HELP.time)
    .option('--host <host>', HELP.host)
    .option('--key-file <file>', HELP.keyFile)
    .option('--server-id <id>', HELP.serverId)
    .option('--base-port <n>', HELP.basePort)
    .option('--transport <tcp|udp>', HELP.transport)
    .option('--delay <ms>', HELP.delay)
    .option('--wait [seconds]', HELP.wait)
    .option('--print', HELP.print)
    .option('--raw', HELP.raw)
    .option('--spoof-source <address>', HELP.spoofSource)
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

  withDefaults(command('add', HELP.add))
    .argument('<name>', HELP.name)
    .argument('[link]', HELP.link)
    .option('--file <file>', HELP.linkFile)
    .option('--default', HELP.makeDefault)
    .option('--force', HELP.force)
    .action(async (name: string, link: string | undefined, _options: unknown, self: Command) => {
      const { add } = await import('./commands/add.ts');
      const { debug: _, ...options } = withEarly(self, self.opts());
      done(await add(name, link, options, machine));
    });
  withDefaults(command('set', HELP.set))
    .argument('<name>', HELP.name)
    .option('--reset', HELP.reset)
    .action(async (name: string, _options: unknown, self: Command) => {
      const { set } = await import('./commands/set.ts');
      const { debug: _, ...options } = withEarly(self, self.opts());
      done(await set(name, options, machine));
    });
  command('default', HELP.default)
    .argument('[name]', HELP.name)
    .option('--none', HELP.none)
    .action(async (name: string | undefined, options: { none?: boolean }) => {
      const { chooseDefault } = await import('./commands/default.ts');
      done(await chooseDefault(name, options, machine));
    });
  command('link', HELP.showLink)
    .argument('<name>', HELP.name)
    .option('--show-secret', HELP.showSecret)
    .action(async (name: string, options: { showSecret?: boolean }) => {
      const { link } = await import('./commands/link.ts');
      done(await link(name, options, machine));
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
  addSessionCommands(command, machine, done);
  addDoorCommands(command, machine, done);
  const savedServers = () => findServerNames(machine, 'servers');
  addCompletion(command('completion', HELP.completion), {
    help: { shell: HELP.shell, words: HELP.words },
    names: { server: savedServers, name: savedServers, 'spa-server': () => findServerNames(machine, 'spa') },
    write: machine.output.stdout,
  });
  return program;
}

/** `help nosuch`, at which commander shows all help and fails with no word about why. */
function findUnknownTopic({ commands }: Command, [word, topic]: readonly string[]) {
  const isTopic = word === 'help' && topic !== undefined && !topic.startsWith('-');
  return isTopic && !commands.some((command) => command.name() === topic) ? [unknownTopicProblem(topic)] : [];
}

/** The words that are meant for this program: neither those after "--", nor what is ssh's. */
function ownWords(args: readonly string[], program: Command): readonly string[] {
  const passedOn = program.commands.find((command) => command.name() === 'ssh')?.args ?? [];
  const own = args.slice(0, args.length - passedOn.length);
  const end = own.indexOf('--');
  return end < 0 ? own : own.slice(0, end);
}

/** What a saved server can say of its knocks. */
function withDefaults(command: Command): Command {
  return command
    .option('--port <n>', HELP.port)
    .option('--time <n>', HELP.time)
    .option('--ip <auto|source|ADDRESS>', HELP.ip)
    .option('--transport <tcp|udp>', HELP.transport)
    .option('--delay <ms>', HELP.delay);
}

/** @param folder of what is saved */
async function findServerNames({ environment }: Machine, folder: 'servers' | 'spa'): Promise<readonly string[]> {
  const [{ configFolder }, { listServerNames }] = await Promise.all([
    import('./servers/saved-server.ts'),
    import('./servers/store.ts'),
  ]);
  return listServerNames(configFolder(environment, folder));
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
