// AVA's test with a lab: opens one for each test and closes it, whatever happens. Needs root; where there is none the test
// is skipped, and tools/test.mjs makes that a failure wherever it must not be.

import ava, { type ExecutionContext } from 'ava';
import { type Host, Lab } from './lab.ts';

/** What a test gets: a server, an honest client, and a third host that is nobody. */
export interface Bench {
  readonly lab: Lab;
  readonly server: Host;
  readonly client: Host;
  readonly third: Host;
}

const canMakeNamespaces = process.getuid?.() === 0;

/** Declares a test that is given a lab of three hosts. The tests of one file run one after the other. */
export function labTest(title: string, body: (t: ExecutionContext, bench: Bench) => Promise<void>): void {
  const declare = canMakeNamespaces ? ava.serial : ava.serial.skip;
  declare(title, async (t) => {
    const lab = await Lab.open();
    try {
      const [server, client, third] = [
        await lab.addHost('server', 1),
        await lab.addHost('client', 2),
        await lab.addHost('third', 3),
      ];
      await body(t, { lab, server, client, third });
    } finally {
      await lab.close();
    }
  });
}
