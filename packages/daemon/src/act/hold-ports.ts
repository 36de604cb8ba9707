// The actions open and close: the kernel is made to hold what the store says of these ports. Which way is in the store by
// then, as others may hold the same port open.

import type { Grant } from '../authorise/authorise.ts';
import type { Action } from './action.ts';
import type { DoorKeeper } from './door-keeper.ts';

/** See {@link Action}. */
export class HoldPorts implements Action {
  readonly #doors: Pick<DoorKeeper, 'hold'>;

  constructor(doors: Pick<DoorKeeper, 'hold'>) {
    this.#doors = doors;
  }

  perform({ ports, address }: Grant, nowMs: number): void {
    this.#doors.hold(
      ports.map((port) => ({ ...port, address })),
      nowMs,
    );
  }
}
