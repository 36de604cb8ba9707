// A daemon with all its real parts that kills itself with SIGKILL at one point of a knock's way:
//   node dying-daemon.js CONFIG before-act     the claim is on disk, the kernel does not know of it
//   node dying-daemon.js CONFIG before-record  the kernel has been told, the log has not
// Started by test/e2e/faults.test.ts.

import type { DoorChange } from '#src/act/firewall.js';
import { Nftables } from '#src/act/nftables.js';
import { systemClock } from '#src/clock.js';
import { loadConfig } from '#src/config/load.js';
import { Daemon } from '#src/daemon.js';
import { createLog } from '#src/log.js';
import { Recorder } from '#src/recorder.js';
import { openStore } from '#src/store/open-store.js';

const [file = '', point] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');

class DyingFirewall extends Nftables {
  override apply(changes: readonly DoorChange[]): void {
    if (point === 'before-act') die();
    super.apply(changes);
  }
}

class DyingRecorder extends Recorder {
  override onOutcome(): void {
    if (point === 'before-record') die();
  }
}

const { config } = await loadConfig(file);
const opened = openStore({ stateDir: config.stateDir, nowMs: systemClock.nowMs() });
if ('problems' in opened) throw new Error(JSON.stringify(opened.problems));
const recorder = new DyingRecorder(createLog({ debug: false, quiet: false, readable: false }), systemClock);
const parts = { config, load: async () => ({ config }), store: opened.store, recorder, test: false };
new Daemon({ ...parts, firewall: new DyingFirewall() }).start();
