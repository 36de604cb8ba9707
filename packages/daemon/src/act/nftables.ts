// The kernel's firewall through libnftables, in this process: no shell, no PATH, ten times faster than the nft command.
// libnftables(3), nft_ctx_new and its kin.

import { loadLibrary } from '../native/library.ts';
import { type DoorChange, type Firewall, FirewallError, type FirewallPlan, type OpenChange } from './firewall.ts';
import { doorCommands, TABLE, tableCommands } from './ruleset.ts';

const LIBRARY = 'libnftables.so.1';

/** nftables. */
export class Nftables implements Firewall {
  readonly #run: (commands: string) => number;
  readonly #error: () => string;

  /** @throws FirewallError when the library cannot be loaded */
  constructor() {
    let library: ReturnType<typeof loadLibrary>;
    try {
      library = loadLibrary(LIBRARY);
    } catch (error) {
      throw new FirewallError(error instanceof Error ? error.message : String(error));
    }
    const context: unknown = library.func('void *nft_ctx_new(uint32_t flags)')(0);
    library.func('int nft_ctx_buffer_output(void *ctx)')(context);
    library.func('int nft_ctx_buffer_error(void *ctx)')(context);
    const run = library.func('int nft_run_cmd_from_buffer(void *ctx, const char *buf)');
    const output = library.func('const char *nft_ctx_get_output_buffer(void *ctx)');
    const error = library.func('const char *nft_ctx_get_error_buffer(void *ctx)');
    this.#run = (commands) => {
      const status = run(context, commands);
      // Reading a buffer empties it.
      output(context);
      return status;
    };
    this.#error = () => String(error(context) ?? '');
  }

  install(plan: FirewallPlan, open: readonly OpenChange[]): void {
    this.#transact(`${tableCommands(plan)}${doorCommands(open)}`);
  }

  remove(): void {
    this.#transact(`add table ${TABLE}\ndelete table ${TABLE}\n`);
  }

  watch(): () => void {
    return () => {};
  }

  apply(changes: readonly DoorChange[]): void {
    if (changes.length > 0) this.#transact(doorCommands(changes));
  }

  #transact(commands: string): void {
    const status = this.#run(commands);
    const said = this.#error();
    if (status !== 0) throw new FirewallError(firstLine(said) || 'nftables refused the change');
  }
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').replace(/^.*?Error: /, '');
}
