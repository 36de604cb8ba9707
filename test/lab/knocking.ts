// Sequences made with the codec and sent by Debian's knock: an independent sender, and any mistake can be made on purpose.

import { encodeSequence, type KnockRequest } from '@eightknock/codec';
import { ALICE, type LabClient, SERVER_ID } from './daemon-process.ts';
import type { Host } from './lab.ts';

let nonce = Math.floor(Math.random() * 16);

/** What may differ from an honest sequence of now. */
export interface SequenceOptions {
  readonly client?: LabClient;
  readonly serverId?: string;
  /** Added to the clock. */
  readonly clockSeconds?: number;
  readonly nonce?: number;
}

/** Eight ports for a request, default: open tcp/22 for the source for one minute. */
export function sequence(request: Partial<KnockRequest> = {}, options: SequenceOptions = {}): number[] {
  const { client = ALICE, serverId = SERVER_ID, clockSeconds = 0 } = options;
  nonce = (nonce + 1) % 16;
  const { ports } = encodeSequence(
    { secret: client.secret, serverId },
    { address: 'source', port: 22, time: 1, ...request },
    Date.now() / 1000 + clockSeconds,
    options.nonce ?? nonce,
  );
  return [...ports];
}

/** Knocks with Debian's knock, 20 ms between the knocks. */
export async function knock(from: Host, to: string, ports: readonly number[], udp = false): Promise<void> {
  const family = to.includes(':') ? ['-6'] : [];
  const args = [...family, ...(udp ? ['-u'] : []), '-d', '20', to, ...ports.map(String)];
  await from.mustRun('/usr/bin/knock', args);
}
