/**
 * What knockclient is made of, for programs that knock themselves: plan a sequence, send it, see whether the port opened.
 * Nothing here prints, reads a file or asks for the time.
 *
 * @example
 * const plan = planKnocks(order, Date.now() / 1000, randomInt(NONCES));
 * await sendPlan(plan, '203.0.113.9', createConnectSender(), systemClock);
 *
 * @packageDocumentation
 */

export { type Clock, systemClock } from './clock.ts';
export { type OwnAddress, ownAddressTowards } from './own-address.ts';
export {
  type KnockOrder,
  type KnockPlan,
  NONCES,
  type PlannedKnock,
  planKnocks,
  portsOf,
  type Transport,
} from './plan.ts';
export { findRoutes, type Route } from './route.ts';
export { createConnectSender } from './send/connect.ts';
export { createRawSender, type RawOrder } from './send/raw-sender.ts';
export { type RawObstacle, RawUnavailableError } from './send/raw-unavailable.ts';
export { SendError, sendPlan } from './send/send-plan.ts';
export type { Sender } from './send/sender.ts';
export { createUdpSender } from './send/udp.ts';
export { type PortLook, type TryConnect, tryConnect } from './try-connect.ts';
export { type WaitParts, type WaitResult, waitUntilOpen } from './verify.ts';
