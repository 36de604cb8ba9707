// A plan and a sender → eight packets on their way, strictly in order, with the delays between them.

import type { Clock } from '../clock.ts';
import type { KnockPlan } from '../plan.ts';
import type { Sender } from './sender.ts';

/** Thrown when a knock could not be sent; those after it were not tried. */
export class SendError extends Error {
  override readonly name = 'SendError';
  /** Which knock of the sequence, 1–8. */
  readonly knock: number;
  /** The port it was for. */
  readonly port: number;
  /** The system's error, for instance ENETUNREACH. */
  readonly code: string;

  /** @param cause what the sender threw */
  constructor(knock: number, port: number, cause: unknown) {
    super(`knock ${knock} to port ${port} was not sent`, { cause });
    this.knock = knock;
    this.port = port;
    this.code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

/**
 * Sends all knocks of a plan. A knock is begun only when the one before is on its way.
 * @param address the server's IPv4 or IPv6 address
 * @param onKnock called after each knock with the number sent so far
 * @throws SendError
 */
export async function sendPlan(
  plan: KnockPlan,
  address: string,
  sender: Sender,
  clock: Pick<Clock, 'sleep'>,
  onKnock: (sent: number) => void = () => undefined,
): Promise<void> {
  try {
    let sent = 0;
    for (const { port, delayMs } of plan.knocks) {
      await clock.sleep(delayMs);
      await sender.send(address, port).catch((error: unknown) => {
        throw new SendError(sent + 1, port, error);
      });
      onKnock(++sent);
    }
  } finally {
    sender.finish();
  }
}
