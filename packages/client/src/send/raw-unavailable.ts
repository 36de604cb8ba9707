// Why no raw packets can be sent: known to all who must tell it, also where raw.ts is never loaded.

/**
 * Why no raw packet can be sent. `system`: not on this operating system · `module`: raw-socket is not there or does not
 * load · `privilege`: CAP_NET_RAW is missing · `socket`: the kernel gives no such socket.
 */
export type RawObstacle = 'system' | 'module' | 'privilege' | 'socket';

/** Thrown when this machine or this user cannot send raw packets at all. */
export class RawUnavailableError extends Error {
  override readonly name = 'RawUnavailableError';
  readonly obstacle: RawObstacle;
  /** The operating system, or the code of the error. */
  readonly detail: string;

  constructor(obstacle: RawObstacle, detail: string) {
    super(`raw packets cannot be sent: ${obstacle}, ${detail}`);
    this.obstacle = obstacle;
    this.detail = detail;
  }
}
