// `knockclient ssh SERVER …`: the system's ssh, with this program as its ProxyCommand. What follows SERVER is ssh's.

import { throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { noSshHereProblem } from '../messages/wrong-use.ts';
import { readOptions } from '../options.ts';
import { formatProxyCommand } from '../proxy-command.ts';
import { chooseServer } from '../servers/choose.ts';
import { findByHost } from '../servers/find-by-host.ts';
import { serversFolder } from '../servers/saved-server.ts';
import { type RawSessionOptions, sessionArguments } from '../session-options.ts';
import { runCommand } from './run-command.ts';
import { checkRenewedTime, checkSessionOptions } from './use-door.ts';

/** ssh's own where nothing else is said. Which it is in the end, ssh tells the proxy. */
const SSH_PORT = '22';

/**
 * Runs the command.
 * @param destination SERVER, or USER@SERVER
 * @param args of ssh, after the host
 * @returns ssh's exit status
 * @throws Failure with exit code 2 for wrong use; all that fails later ssh tells
 */
export async function ssh(
  destination: string,
  args: readonly string[],
  raw: RawSessionOptions,
  machine: Machine,
): Promise<number> {
  // ssh hands ProxyCommand to a shell, and there it is not a POSIX one.
  if (machine.platform === 'win32') throwIfAny([noSshHereProblem()]);
  checkSessionOptions(raw);
  const at = destination.lastIndexOf('@');
  const [user, typed] = [destination.slice(0, at + 1), destination.slice(at + 1)];
  const folder = serversFolder(machine.environment);
  const [found = typed] = await findByHost(typed, Number(SSH_PORT), folder);
  const { options, problems } = readOptions({ ...raw, port: SSH_PORT });
  const choice = await chooseServer(found, options, folder);
  throwIfAny([...problems, ...choice.problems]);
  checkRenewedTime(raw.time === undefined ? (choice.target?.defaults?.time ?? options.time) : options.time, raw);

  // For a host the proxy chooses once more: it knows the port.
  const isName = found === typed && choice.target?.name === typed;
  const host = isName ? (choice.target?.host as string) : typed;
  const server = isName ? [`--server=${typed}`] : [];
  const own = [...machine.ownCommand, 'proxy', ...server, ...sessionArguments(raw)];
  return runCommand(['ssh', '-o', `ProxyCommand=${formatProxyCommand(own)}`, `${user}${host}`, ...args], machine);
}
