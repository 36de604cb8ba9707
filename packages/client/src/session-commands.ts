// The part of the command line that is about doing something through a door: proxy, ssh, run.

import type { Command } from 'commander';
import type { RawProxyOptions } from './commands/proxy.ts';
import { withEarly } from './early-options.ts';
import { HELP } from './help.ts';
import type { Machine } from './machine.ts';
import { addSessionOptions, type RawSessionOptions } from './session-options.ts';

/**
 * Adds the commands.
 * @param command makes a command of a name and a help text
 * @param done is told the exit code
 */
export function addSessionCommands(
  command: (name: string, help: string) => Command,
  machine: Machine,
  done: (exitCode: number) => void,
): void {
  addSessionOptions(command('proxy', HELP.proxy).argument('<host>', HELP.proxyHost).argument('<port>', HELP.proxyPort))
    .option('--server <name>', HELP.proxyServer)
    .option('--if-closed', HELP.ifClosed)
    .action(async (host: string, port: string, options: RawProxyOptions, self: Command) => {
      const { proxy } = await import('./commands/proxy.ts');
      done(await proxy(host, port, withEarly(self, options), machine));
    });
  addSessionOptions(command('ssh', HELP.ssh))
    .argument('<server>', HELP.sshServer)
    .argument('[arguments...]', HELP.sshArguments)
    .passThroughOptions()
    .action(async (server: string, args: readonly string[], options: RawSessionOptions, self: Command) => {
      const { ssh } = await import('./commands/ssh.ts');
      done(await ssh(server, args, withEarly(self, options), machine));
    });
  addSessionOptions(command('run', HELP.run).option('--port <n>', HELP.port))
    .argument('<server>', HELP.runServer)
    .argument('<command...>', HELP.runCommand)
    .option('--host <host>', HELP.host)
    .action(async (server: string, words: readonly string[], options: RawSessionOptions, self: Command) => {
      const { run } = await import('./commands/run.ts');
      done(await run(server, words, withEarly(self, options), machine));
    });
}
