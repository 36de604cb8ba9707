// What the daemon tells systemd: that it is ready, how it stands, that it lives, that it ends. Without NOTIFY_SOCKET nothing
// is told and nothing is loaded. sd_notify(3), sd_watchdog_enabled(3).

import type { Later } from '../clock.ts';
import { openNotifySocket, type SendNotification } from './notify-socket.ts';

/** The most characters of a status; the rest is cut off. */
export const MAX_STATUS_CHARACTERS = 256;
/** The longest pause between two feedings of the watchdog, ms, however patient it is. */
export const FEED_MOST_MS = 60_000;

/** The variables that systemd sets. */
export type ServiceEnvironment = Readonly<
  Partial<Record<'NOTIFY_SOCKET' | 'WATCHDOG_USEC' | 'WATCHDOG_PID', string | undefined>>
>;

/** The service manager, or nobody. */
export class ServiceManager {
  readonly #send: SendNotification | undefined;
  readonly #feedMs: number | undefined;

  /**
   * @param environment default: that of this process
   * @param open how to reach the socket
   */
  constructor(environment: ServiceEnvironment = process.env, open = openNotifySocket) {
    const { NOTIFY_SOCKET: name } = environment;
    this.#send = name ? open(name) : undefined;
    this.#feedMs = this.#send && feedInterval(environment);
  }

  /** How often the watchdog wants to be fed, in milliseconds; undefined: there is none. */
  get feedMs(): number | undefined {
    return this.#feedMs;
  }

  /**
   * The guard is in place and the control socket answers. Knocks may not be heard yet: an interface can come later.
   * @param status one line for `systemctl status`
   */
  ready(status: string): void {
    this.#send?.(`READY=1\nSTATUS=${oneLine(status)}\n`, true);
  }

  /** How the daemon stands: one line for `systemctl status`. */
  status(text: string): void {
    this.#send?.(`STATUS=${oneLine(text)}\n`, false);
  }

  /** It ends, and was asked to. */
  stopping(): void {
    this.#send?.('STOPPING=1\nSTATUS=stopping; the guard stays in place\n', true);
  }

  /**
   * Tells the watchdog, twice in its time, that the daemon lives. That this runs shows that the event loop turns.
   * @param hangs what else does not work and only a restart would mend, in words; undefined: all is well. While it says
   *   anything the watchdog is not fed, and after its time systemd ends the daemon and starts it again.
   * @returns how to stop
   */
  feedWatchdog(hangs: () => string | undefined, after: Later): () => void {
    const feedMs = this.#feedMs;
    if (feedMs === undefined) return () => {};
    let cancel = () => {};
    const feed = () => {
      const what = hangs();
      if (what === undefined) this.#send?.('WATCHDOG=1\n', false);
      else this.status(`not well: ${what}`);
      cancel = after(feedMs, feed);
    };
    feed();
    return () => cancel();
  }
}

/** Half of the watchdog's time; undefined when it is not ours or makes no sense. */
function feedInterval({ WATCHDOG_USEC: time = '', WATCHDOG_PID: pid }: ServiceEnvironment): number | undefined {
  if (!/^[1-9]\d{0,15}$/.test(time) || (pid !== undefined && pid !== String(process.pid))) return undefined;
  return Math.min(Math.max(Math.floor(Number(time) / 2000), 1), FEED_MOST_MS);
}

/** A line break would begin another assignment. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, MAX_STATUS_CHARACTERS);
}
