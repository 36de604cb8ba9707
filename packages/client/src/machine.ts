// Everything outside itself that a command touches: streams, environment, clock, randomness, network. One value of this
// is the real machine; a test hands in another.

import { randomBytes, randomInt } from 'node:crypto';
import type { LocalStreams } from './carry.ts';
import { type Clock, systemClock } from './clock.ts';
import { isInForeground } from './foreground.ts';
import { createProcessOutput, type Output } from './output.ts';
import { type OwnAddress, ownAddressTowards } from './own-address.ts';
import { NONCES, type Transport } from './plan.ts';
import { type Resolve, resolveHost } from './resolve.ts';
import { createConnectSender } from './send/connect.ts';
import type { RawOrder } from './send/raw-sender.ts';
import type { Sender } from './send/sender.ts';
import { createUdpSender } from './send/udp.ts';
import { type CatchSignals, catchSignals } from './signals.ts';
import { type SpawnCommand, spawnCommand } from './spawn-command.ts';
import { takeStandardStreams } from './standard-streams.ts';
import { type OpenConnection, openConnection, type TryConnect, tryConnect } from './try-connect.ts';

/** What a command works with. */
export interface Machine {
  readonly output: Output;
  /** Environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** 0–15, not to be foreseen. */
  readonly randomNonce: () => number;
  /** From a cryptographically secure source. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** Standard input to its end, of a terminal to the end of the line, but no more than `mostBytes` of it. */
  readonly readInput: (mostBytes: number) => Promise<string>;
  /** Whether a person types what is read. */
  readonly isInputTerminal: boolean;
  readonly resolve: Resolve;
  readonly ownAddress: OwnAddress;
  /** @param payload of the datagrams, where it is what counts; only with UDP */
  readonly createSender: (transport: Transport, payload?: Uint8Array) => Sender;
  /** @throws RawUnavailableError */
  readonly createRawSender: (order: Omit<RawOrder, 'randomBytes'>) => Promise<Sender>;
  readonly tryConnect: TryConnect;
  readonly openConnection: OpenConnection;
  /** Standard input and output, for bytes; nothing goes to `output.stdout` after that. */
  readonly takeStandardStreams: () => LocalStreams;
  readonly spawnCommand: SpawnCommand;
  readonly catchSignals: CatchSignals;
  /** See {@link isInForeground}. */
  readonly isInForeground: () => boolean;
  /** What starts this program again: Node and its script, both absolute. */
  readonly ownCommand: readonly string[];
  readonly platform: NodeJS.Platform;
}

/** The machine this runs on. */
export function createMachine(): Machine {
  return {
    output: createProcessOutput(process.env),
    environment: process.env,
    clock: systemClock,
    randomNonce: () => randomInt(NONCES),
    randomBytes: secureBytes,
    readInput,
    isInputTerminal: process.stdin.isTTY === true,
    resolve: resolveHost,
    ownAddress: ownAddressTowards,
    createSender: (transport, payload) => (transport === 'udp' ? createUdpSender(payload) : createConnectSender()),
    createRawSender: async (order) => {
      const { createRawSender } = await import('./send/raw-sender.ts');
      return createRawSender({ ...order, randomBytes: secureBytes });
    },
    tryConnect,
    openConnection,
    takeStandardStreams,
    spawnCommand,
    catchSignals,
    isInForeground,
    ownCommand: [process.execPath, ...process.argv.slice(1, 2)],
    platform: process.platform,
  };
}

function secureBytes(length: number): Uint8Array {
  return Uint8Array.from(randomBytes(length));
}

async function readInput(mostBytes: number): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > mostBytes || (process.stdin.isTTY && text.includes('\n'))) break;
  }
  return text.slice(0, mostBytes);
}
