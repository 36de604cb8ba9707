// `knockclient run SERVER --port N -- COMMAND …`: knocks, waits, and runs a command for which the door is open.

import type { Machine } from '../machine.ts';
import type { RawSessionOptions } from '../session-options.ts';
import { isUdpOnly, prepareKnock } from './prepare-knock.ts';
import { runCommand } from './run-command.ts';
import { checkSessionOptions, useDoor } from './use-door.ts';

/**
 * Runs the command.
 * @param words program and arguments, at least one
 * @returns the command's exit status, 128 + n when signal n ended it; 127 and 126 as {@link runCommand} says
 * @throws Failure when the port did not open; the command was not run then
 */
export async function run(
  server: string,
  words: readonly string[],
  raw: RawSessionOptions,
  machine: Machine,
): Promise<number> {
  checkSessionOptions(raw);
  const knockRun = await prepareKnock(server, raw, machine);
  return useDoor(knockRun, raw, machine, async (door, interruption) => {
    const { port } = knockRun.options;
    if (isUdpOnly(knockRun.target, port)) await door.knock();
    else await door.open((address, timeoutMs) => machine.tryConnect(address, port, timeoutMs), 'all', interruption);
    interruption.throwIfAborted();
    return door.renewDuring(() => runCommand(words, machine));
  });
}
