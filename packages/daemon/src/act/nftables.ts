// The kernel's firewall through libnftables, in this process: no shell, no PATH, ten times faster than the nft command.
// libnftables(3), nft_ctx_new and its kin.

import { messageOf } from '../message-of.ts';
import { loadLibrary } from '../native/library.ts';
import { NetlinkSocket } from '../native/netlink-socket.ts';
import { type DoorChange, type Firewall, FirewallError, type FirewallPlan, type OpenChange } from './firewall.ts';
import { NFNLGRP_NFTABLES } from './netlink-events.ts';
import { chainsOf, doorCommands, REMOVAL, TABLE, TABLE_NAME, tableCommands } from './ruleset.ts';
import { RECEIVE_BUFFER_BYTES, TableWatch } from './table-watch.ts';

const LIBRARY = 'libnftables.so.1';
/**
 * How many doors every kernel accepts in one transaction. It accepts 100,000 and more from a daemon with CAP_NET_ADMIN of
 * the whole machine, but not from one in a user namespace: net.core.wmem_max.
 */
export const SURE_DOORS = 500;
/** Between two looks for what others have changed. */
export const LOOK_EVERY_MS = 250;
/** Looks that are left out when putting things back has failed. */
export const LOOKS_LEFT_OUT = 3;

/** nftables. */
export class Nftables implements Firewall {
  readonly #run: (commands: string) => number;
  readonly #output: () => string;
  readonly #error: () => string;
  #watch: TableWatch | undefined;
  #stopWatching: () => void = () => undefined;
  /** The last {@link Nftables.install} failed: what is in the kernel is not what is wanted. */
  #isBehind = false;

  /** @throws FirewallError when the library cannot be loaded */
  constructor() {
    const library = orFirewallError(() => loadLibrary(LIBRARY));
    const context: unknown = library.func('void *nft_ctx_new(uint32_t flags)')(0);
    library.func('int nft_ctx_buffer_output(void *ctx)')(context);
    library.func('int nft_ctx_buffer_error(void *ctx)')(context);
    const run = library.func('int nft_run_cmd_from_buffer(void *ctx, const char *buf)');
    const output = library.func('const char *nft_ctx_get_output_buffer(void *ctx)');
    const error = library.func('const char *nft_ctx_get_error_buffer(void *ctx)');
    this.#run = (commands) => run(context, commands);
    // Reading a buffer empties it.
    this.#output = () => String(output(context) ?? '');
    this.#error = () => String(error(context) ?? '');
  }

  install(plan: FirewallPlan, open: readonly OpenChange[]): void {
    const commands = tableCommands(plan, open);
    this.#isBehind = true;
    // A chain that somebody else put there would outlive a change in place.
    const inPlace = (this.#chains() ?? []).every((name) => chainsOf(plan).includes(name));
    if (!inPlace || !this.#tries(commands)) this.#installAnew(plan, open, commands);
    this.#isBehind = false;
  }

  /** Where the kernel does not accept all doors at once, the guard comes first: late doors rather than no guard. */
  #installAnew(plan: FirewallPlan, open: readonly OpenChange[], commands: string): void {
    try {
      this.#transact(`${REMOVAL}${commands}`, true);
      return;
    } catch (error) {
      if (open.length <= SURE_DOORS) throw error;
    }
    const forwards = open.filter(({ target }) => target);
    this.#transact(`${REMOVAL}${tableCommands(plan, forwards)}`, true);
    for (let i = 0; i < open.length; i += SURE_DOORS) {
      this.#transact(doorCommands(open.slice(i, i + SURE_DOORS)), false);
    }
  }

  remove(): void {
    this.#transact(REMOVAL, true);
    this.#isBehind = false;
  }

  apply(changes: readonly DoorChange[], forwards?: readonly OpenChange[]): void {
    if (changes.length > 0) this.#transact(doorCommands(changes, forwards), false);
  }

  /** Whether there is a table of ours. */
  isInstalled(): boolean {
    return this.#chains() !== undefined;
  }

  watch(onTouched: () => void): () => void {
    const watch = orFirewallError(
      () => new TableWatch(new NetlinkSocket(NFNLGRP_NFTABLES, RECEIVE_BUFFER_BYTES), TABLE_NAME),
    );
    this.#stopWatching();
    this.#watch = watch;
    let leftOut = 0;
    const timer = setInterval(() => {
      const touched = watch.look();
      if (!touched && !this.#isBehind) return;
      if (!touched && leftOut++ < LOOKS_LEFT_OUT) return;
      leftOut = 0;
      onTouched();
    }, LOOK_EVERY_MS);
    this.#stopWatching = () => {
      clearInterval(timer);
      watch.close();
      this.#watch = undefined;
      this.#stopWatching = () => undefined;
    };
    const stop = this.#stopWatching;
    return () => {
      if (this.#watch === watch) stop();
    };
  }

  /** The chains in our table; undefined: there is none. */
  #chains(): string[] | undefined {
    // Of all ways to ask the one that does not make nft fetch every element.
    const lines = this.#ask('list chains inet\n').split('\n');
    const table = lines.indexOf(`table ${TABLE} {`);
    if (table < 0) return undefined;
    const inside = lines.slice(table + 1, lines.indexOf('}', table));
    return inside.flatMap((line) => /^\tchain (\S+) \{$/.exec(line)?.[1] ?? []);
  }

  #tries(commands: string): boolean {
    try {
      this.#transact(commands, true);
      return true;
    } catch {
      return false;
    }
  }

  #ask(command: string): string {
    this.#checked(command);
    return this.#output();
  }

  #transact(commands: string, renews: boolean): void {
    const transact = () => {
      this.#checked(commands);
      this.#output();
    };
    if (this.#watch) this.#watch.own(renews, transact);
    else transact();
  }

  #checked(commands: string): void {
    const status = this.#run(commands);
    const said = this.#error();
    if (status === 0) return;
    this.#output();
    throw new FirewallError(firstLine(said) || 'nftables refused the change');
  }
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').replace(/^.*?Error: /, '');
}

function orFirewallError<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new FirewallError(messageOf(error));
  }
}
