// `knockclient tumbler HOST --udp-port N --secret-file F`: Tumbler's datagram, a hash over the minute, this machine's address
// as the server sees it, and a secret.

import { encodeTumbler, TUMBLER_TEXT, tumblerHash, tumblerMacroProblem } from '@eightknock/codec';
import { knockOnDoor } from '../doors/door-knock.ts';
import { findDoorRoute, type RawDoorOptions, readDoorOptions } from '../doors/door-options.ts';
import { type ExitCode, Failure, type Problem, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import {
  formatTumblerBeginning,
  packetNotSentProblem,
  tumblerNeedsIpProblem,
  tumblerTextProblem,
} from '../messages/doors.ts';
import { expectedInFile } from '../messages/files.ts';
import { expectedProblem } from '../messages/wrong-use.ts';
import { readPrivateFile } from '../private-file.ts';

const MAX_BYTES = 1024;
const MAX_SECRET = 255;

/** Options of the command: unread. */
export interface RawTumbler extends RawDoorOptions {
  readonly udpPort?: string;
  readonly secretFile?: string;
  readonly text?: string;
  readonly name?: string;
}

/**
 * Runs the command.
 * @throws Failure
 */
export async function tumbler(host: string, raw: RawTumbler, machine: Machine): Promise<ExitCode> {
  const { udpPort, secretFile, text = TUMBLER_TEXT, name = '', ...shared } = raw;
  const { options, problems: wrong } = readDoorOptions(host, shared);
  const problems = [...wrong];
  const port = Number(/^[1-9]\d{0,4}$/.exec(udpPort ?? '')?.[0]);
  if (!(port <= 65_535)) problems.push(expectedProblem('--udp-port', udpPort, 'an integer from 1 to 65535'));
  const macro = tumblerMacroProblem(text);
  if (macro !== undefined) problems.push(tumblerTextProblem(text, macro));
  if (text.includes('%NAME%') && name === '')
    problems.push(expectedProblem('--name', raw.name, 'the name of the door'));
  if (options.ip === 'source') problems.push(expectedProblem('--ip', 'source', '"auto", or an address'));
  const secret = await readSecret(secretFile, problems);
  throwIfAny(problems);

  const route = await findDoorRoute(host, options, machine);
  const address = route.claimedAddress;
  if (address === 'source') throw new Failure(2, [tumblerNeedsIpProblem(route.ownAddress)]);
  const send = async () => {
    const minute = Math.floor(machine.clock.unixMs() / 60_000);
    const sender = machine.createSender('udp', encodeTumbler(tumblerHash({ text, minute, address, secret, name })));
    await sender
      .send(route.serverAddress, port)
      .catch(({ code = 'unknown' }: NodeJS.ErrnoException) => {
        throw new Failure(1, [packetNotSentProblem({ protocol: 'udp', port }, code)]);
      })
      .finally(() => sender.finish());
  };
  const knock = {
    route,
    beginning: formatTumblerBeginning(host, route, port, address),
    hints: [],
    send,
    packets: 1,
    ...(options.wait && { wait: options.wait }),
    doubt: 'tumbler' as const,
    fields: { host, udpPort: port, claimedAddress: address },
  };
  return knockOnDoor(knock, raw, machine);
}

async function readSecret(file: string | undefined, problems: Problem[]): Promise<string> {
  if (!file) {
    problems.push(expectedProblem('--secret-file', file, 'the name of a file'));
    return '';
  }
  const { text, problems: wrong } = await readPrivateFile(file, MAX_BYTES);
  problems.push(...wrong.map(({ message }) => ({ message })));
  const secret = text?.replace(/\r?\n$/, '') ?? '';
  if (text !== undefined && (secret === '' || secret.length > MAX_SECRET || /[\r\n]/.test(secret))) {
    problems.push(expectedInFile(file, `a secret of 1 to ${MAX_SECRET} characters in one line, and nothing else`));
  }
  return secret;
}
