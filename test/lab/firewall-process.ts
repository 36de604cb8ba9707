// The daemon's firewall alone, on a host of the lab, in a process of its own: nobody decides, nobody captures.

import type { Host } from './lab.ts';
import type { Background } from './run.ts';
import { until } from './until.ts';

const ACT = new URL('../../../packages/daemon/dist/act/', import.meta.url);

/** Reads one JSON line `[method, ...arguments]` at a time, answers each with a line. */
const SCRIPT = `
const { execFileSync } = await import('node:child_process');
const { createInterface } = await import('node:readline');
const { Nftables } = await import(${JSON.stringify(new URL('nftables.js', ACT).href)});
const { liveSessions } = await import(${JSON.stringify(new URL('live-sessions.js', ACT).href)});
const firewall = new Nftables();
let last = [];
let stop;
const touched = (restores) => () => {
  console.log('touched');
  if (restores) firewall.install(...last);
};
const methods = {
  watch: (restores) => { stop = firewall.watch(touched(restores)); },
  unwatch: () => stop(),
  install: (...all) => firewall.install(...(last = all)),
  installMany: (plan, count) => methods.install(plan, Array.from({ length: count }, (_, i) => ({
    door: { address: \`10.\${i >> 16}.\${(i >> 8) & 255}.\${i & 255}\`, protocol: 'tcp', port: 22 },
    open: true, client: 'many', remainingMs: 3_600_000,
  }))),
  installKeepingLive: (plan, open) => methods.install({ ...plan, sessions: liveSessions(plan.guarded) }, open),
  expectMany: (count) => {
    const list = ['list', 'set', 'inet', 'knockdaemon', 'open4'];
    const listed = execFileSync('/usr/sbin/nft', list, { encoding: 'utf8', maxBuffer: 1e8 }).split('"many"').length - 1;
    if (listed !== count) throw new Error(\`\${listed} doors\`);
  },
  apply: (changes) => firewall.apply(changes),
  remove: () => firewall.remove(),
};
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [method, ...all] = JSON.parse(line);
  const start = performance.now();
  try {
    methods[method](...all);
    console.log('done ' + (performance.now() - start).toFixed(3));
  } catch (error) {
    console.log('failed ' + error.message);
  }
}
process.exit(0);
`;

/** A change of a door, as firewall.ts has it. */
export type LabDoorChange = Readonly<Record<string, unknown>>;
/** A plan, as firewall.ts has it. */
export type LabPlan = Readonly<Record<string, unknown>>;

/** Guards tcp/22, silently. */
export const GUARD_SSH: LabPlan = {
  mode: 'guard',
  closed: 'drop',
  mark: 0x745,
  guarded: [{ protocol: 'tcp', port: 22 }],
  sessions: [],
};

/** A door that is to be open. */
export function openDoor(address: string, options: LabDoorChange = {}, port = 22, protocol = 'tcp'): LabDoorChange {
  return { door: { address, protocol, port }, open: true, client: 'alice', ...options };
}

/** The firewall in its process. */
export class FirewallProcess {
  readonly background: Background;
  #answers = 0;

  private constructor(background: Background) {
    this.background = background;
  }

  /** @param wrapper a program, and its arguments, that is to run it */
  static async start(host: Host, wrapper: readonly string[] = []): Promise<FirewallProcess> {
    const script = [process.execPath, '--input-type=module', '-e', SCRIPT];
    const [command = '', ...all] = [...wrapper, ...script];
    const background = host.start(command, all, {}, 'pipe');
    await until('the firewall is ready', () => background.stdout.includes('ready'));
    return new FirewallProcess(background);
  }

  /** How often the watch has told that others touched the table. */
  get touches(): number {
    return this.background.stdout.match(/^touched$/gm)?.length ?? 0;
  }

  /** Calls a method. @returns how long it took, milliseconds @throws Error in the words of the one it threw */
  async call(
    method: 'watch' | 'unwatch' | 'install' | 'installKeepingLive' | 'installMany' | 'expectMany' | 'apply' | 'remove',
    ...all: readonly unknown[]
  ): Promise<number> {
    const number = ++this.#answers;
    this.background.child.stdin?.write(`${JSON.stringify([method, ...all])}\n`);
    const answer = await until(`the answer to ${method}`, () => {
      if (this.background.child.exitCode !== null) throw new Error(this.background.stderr);
      return this.background.stdout.match(/^(?:done|failed) .*$/gm)?.[number - 1];
    });
    if (answer.startsWith('failed ')) throw new Error(answer.slice('failed '.length));
    return Number(answer.slice('done '.length));
  }
}
