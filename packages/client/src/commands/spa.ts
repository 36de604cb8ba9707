// `knockclient spa [SERVER] --port tcp/22 …`: one of fwknop's single packets, for a fwknopd or a door of ours that takes them.

import type { SpaRequest } from '@eightknock/codec/spa';
import { type DoorKnock, knockOnDoor } from '../doors/door-knock.ts';
import { type ExitCode, Failure, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { formatSpaBeginning, NO_IPV6_HINT, packetNotSentProblem, unsendableProblem } from '../messages/doors.ts';
import { findRoutes, hostFamilyProblems, type Route } from '../route.ts';
import { chooseSpaServer, type SpaTarget, spaFolder } from '../spa/choose-spa-server.ts';
import { type RawSpaOptions, readSpaOptions, type SpaOptions } from '../spa/spa-options.ts';
import { spaRequest, writeSpaPacket } from '../spa/spa-packet.ts';

/** fwknop's range for ports at random, and ours. */
const FIRST_RANDOM_PORT = 10_000;

/**
 * Runs the command.
 * @param server SERVER as it was typed
 * @throws Failure
 */
export async function spa(server: string | undefined, typed: RawSpaOptions, machine: Machine): Promise<ExitCode> {
  const { target, raw, problems } = await chooseSpaServer(server, typed, spaFolder(machine.environment));
  const { options, problems: wrong } = readSpaOptions(raw);
  // Without a server nobody knows what was saved: what is missing then may not be missing.
  throwIfAny([...problems, ...(target || server !== undefined ? wrong : [])]);
  if (!target) throw new Error('neither a server nor a problem');
  throwIfAny(hostFamilyProblems(target.host, options));
  const { route, claimedAddress, hints } = await findWay(target, options, machine);
  const request = spaRequest(options, { serverAddress: route.serverAddress, claimedAddress });
  const write = () => writePacket(target, options, request, machine);
  const first = write();
  if (raw.print) {
    const fields = { ...describe(target, request), packet: first, hints };
    machine.output.stdout(raw.json ? `${JSON.stringify({ ok: true, ...fields })}\n` : `${first}\n`);
    return 0;
  }
  const spaPort = options.spaPort ?? randomPort(machine);
  const knock: DoorKnock = {
    route,
    beginning: formatSpaBeginning(target.host, route, spaPort, request),
    hints,
    packets: 1,
    // Another one each time: a packet that is sent twice is a replay.
    send: () => sendPacket(write(), route, spaPort, machine),
    ...(options.wait && { wait: options.wait }),
    doubt: 'spa',
    fields: { ...describe(target, request), spaPort },
  };
  return knockOnDoor(knock, raw, machine);
}

/** Over IPv4 where that is possible: the packet can name no other address, and fwknopd hears no others. */
async function findWay({ host }: SpaTarget, { ip, family }: SpaOptions, machine: Machine) {
  const routes = await findRoutes(host, { ip, ...(family && { family }) }, machine);
  const route = routes.find((one) => one.family === 4) ?? (routes[0] as Route);
  if (route.family === 6 && ip === 'auto') return { route, claimedAddress: 'source', hints: [NO_IPV6_HINT] };
  return { route, claimedAddress: route.claimedAddress, hints: route.hint === undefined ? [] : [route.hint] };
}

function writePacket(target: SpaTarget, options: SpaOptions, request: SpaRequest, machine: Machine): string {
  const { LOGNAME, USER } = machine.environment;
  try {
    return writeSpaPacket(options, request, {
      ...target,
      unixSeconds: machine.clock.unixMs() / 1000,
      randomBytes: machine.randomBytes,
      userName: LOGNAME ?? USER,
    });
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(2, [unsendableProblem(error.message)]);
    throw error;
  }
}

async function sendPacket(packet: string, { serverAddress }: Route, port: number, machine: Machine): Promise<void> {
  const sender = machine.createSender('udp', new TextEncoder().encode(packet));
  try {
    await sender.send(serverAddress, port);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new Failure(1, [packetNotSentProblem({ protocol: 'udp', port }, code)]);
  } finally {
    sender.finish();
  }
}

/** 10000–65535: one of 2¹⁶ numbers more or less does not matter here. */
function randomPort({ randomBytes }: Machine): number {
  const number = randomBytes(4).reduce((all, byte) => all * 256 + byte, 0);
  return FIRST_RANDOM_PORT + (number % (65_536 - FIRST_RANDOM_PORT));
}

/** For the JSON object. Never a key. */
function describe({ name, host }: SpaTarget, request: SpaRequest) {
  return { server: name ?? null, host, request };
}
