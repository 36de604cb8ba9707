import test from 'ava';
import { FirewallError } from '#src/act/firewall.js';
import { FLUSH_WAIT_MS, type FlushableFirewall, flush } from '#src/commands/flush.js';

/** Runs the command with a fake kernel. @param answers what it says when it is asked whether the table is there */
async function run(answers: readonly boolean[], refuse?: string) {
  const said = { stdout: '', stderr: '', removed: 0, waited: 0 };
  const left = [...answers];
  const firewall: FlushableFirewall = {
    isInstalled: () => left.shift() ?? false,
    remove: () => {
      if (refuse) throw new FirewallError(refuse);
      said.removed++;
    },
  };
  const output = {
    stdout: (text: string) => {
      said.stdout += text;
    },
    stderr: (text: string) => {
      said.stderr += text;
    },
    isTerminal: false,
  };
  const wait = async (ms: number) => {
    said.waited += ms;
  };
  return { exitCode: await flush(output, async () => firewall, wait), ...said };
}

test('the table is removed', async (t) => {
  t.deepEqual(await run([true, false]), {
    exitCode: 0,
    stdout: 'knockdaemon: removed the table "inet knockdaemon": no port is guarded, marked or opened by knocks now\n',
    stderr: '',
    removed: 1,
    waited: FLUSH_WAIT_MS,
  });
});

test('where nothing is, nothing is done', async (t) => {
  t.deepEqual(await run([false]), {
    exitCode: 0,
    stdout: 'knockdaemon: nothing to remove: there is no table "inet knockdaemon"\n',
    stderr: '',
    removed: 0,
    waited: 0,
  });
});

test('a daemon that runs puts it back: that is said', async (t) => {
  const { exitCode, stdout, stderr } = await run([true, true]);
  t.is(exitCode, 1);
  t.is(stdout, '');
  t.is(
    stderr,
    'knockdaemon: error: the table "inet knockdaemon" was removed, and is back\n' +
      'knockdaemon: hint: a daemon that is running puts it back: stop it first (systemctl stop knockdaemon)\n',
  );
});

test('the kernel refuses: its words, and a hint', async (t) => {
  const { exitCode, stdout, stderr } = await run([true], 'Operation not permitted');
  t.is(exitCode, 1);
  t.is(stdout, '');
  t.is(
    stderr,
    'knockdaemon: error: cannot remove the guard: Operation not permitted\n' +
      'knockdaemon: hint: run it as root; libnftables is needed (Debian: apt-get install nftables)\n',
  );
});
