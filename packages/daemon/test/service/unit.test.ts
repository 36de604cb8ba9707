// The unit as systemd reads it: by systemd's own tools.

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { formatUnit, isPlainPath, WATCHDOG_SECONDS } from '#src/service/unit.js';
import { temporaryFolder } from '../config/sample.ts';

const UNIT = formatUnit({
  // Any program: verify wants it to exist.
  program: ['/bin/sh', '/usr/lib/knockdaemon/bin/knockdaemon.js'],
  configFile: '/etc/knockdaemon/knockdaemon.toml',
  user: 'knockdaemon',
});
/** The drop-in of docs/metrics.md. */
const METRICS_PAGE = new URL('../../../../../docs/metrics.md', import.meta.url);
const SYSTEMD_PAGE = new URL('../../../../../docs/systemd.md', import.meta.url);
/** What `systemd-analyze security` may say at most. */
const MAX_EXPOSURE = 1.6;

/** Runs systemd-analyze on a unit. @returns what it says on both streams */
async function analyze(t: ExecutionContext, unit: string, args: readonly string[]): Promise<string> {
  const file = join(await temporaryFolder(t), 'knockdaemon.service');
  await writeFile(file, unit);
  const { stdout, stderr } = await promisify(execFile)('/usr/bin/systemd-analyze', [...args, file], {
    env: { ...process.env, SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '' },
  });
  return `${stdout}${stderr}`;
}

async function exposure(t: ExecutionContext, unit: string): Promise<number> {
  const said = await analyze(t, unit, ['security', '--offline=true', '--no-pager']);
  return Number(/Overall exposure level for .*: ([0-9.]+) /.exec(said)?.[1]);
}

test('systemd-analyze verify has nothing to say', async (t) => {
  t.is(await analyze(t, UNIT, ['verify', '--man=no']), '');
});

test('verify would find a mistake', async (t) => {
  t.not(await analyze(t, UNIT.replace('ProtectHome=yes', 'ProtectHoem=yes'), ['verify', '--man=no']), '');
});

test(`its exposure is at most ${MAX_EXPOSURE}`, async (t) => {
  const level = await exposure(t, UNIT);
  t.log(`systemd-analyze security: ${level}`);
  t.true(level > 0 && level <= MAX_EXPOSURE, String(level));
  const page = await readFile(SYSTEMD_PAGE, 'utf8');
  t.true(page.includes(`\`systemd-analyze security knockdaemon\` says ${level} `));
});

test('with metrics allowed it is 1.9, as docs/systemd.md says', async (t) => {
  const page = await readFile(METRICS_PAGE, 'utf8');
  const dropIn = /```ini\n(\[Service\][^`]*)```/.exec(page)?.[1] ?? t.fail();
  t.is(await exposure(t, `${UNIT}\n${dropIn}`), 1.9);
  t.is(await analyze(t, `${UNIT}\n${dropIn}`, ['verify', '--man=no']), '');
});

test('the unit of docs/from-knockd.md is one', async (t) => {
  const page = await readFile(new URL('from-knockd.md', SYSTEMD_PAGE), 'utf8');
  const unit = /```ini\n([^`]*)```/.exec(page)?.[1] ?? t.fail();
  t.regex(unit, /^ExecStart=\/usr\/local\/sbin\/knockdaemon run --knockd-conf /m);
  t.is(await analyze(t, unit.replace('/usr/local/sbin/knockdaemon', process.execPath), ['verify', '--man=no']), '');
});

test('it has two capabilities, no more', (t) => {
  t.regex(UNIT, /^AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN$/m);
  t.regex(UNIT, /^CapabilityBoundingSet=CAP_NET_RAW CAP_NET_ADMIN$/m);
  t.regex(UNIT, /^User=knockdaemon$/m);
});

test('the capture process can confine itself under the filter of the unit', (t) => {
  // systemd 252 has seccomp(2) in none of the groups that are allowed, and capset(2) in one that is taken away.
  t.regex(UNIT, /^SystemCallFilter=~@privileged .*\n(?:#.*\n)*SystemCallFilter=capset seccomp\b/m);
});

test('it tells that it is ready, is watched, and never given up', (t) => {
  t.regex(UNIT, /^Type=notify$/m);
  t.regex(UNIT, new RegExp(`^WatchdogSec=${WATCHDOG_SECONDS}$`, 'm'));
  t.regex(UNIT, /^Restart=on-failure$/m);
  t.regex(UNIT, /^StartLimitIntervalSec=0$/m);
});

for (const [path, plain] of [
  ['/usr/bin/node', true],
  ['/usr/lib/node_modules/@scope/knock_daemon-1.0/bin/knockdaemon.js', true],
  ['usr/bin/node', false],
  ['/opt/my node/bin', false],
  ['/opt/100%/node', false],
  ['/opt/$HOME/node', false],
  ['/opt/a"b', false],
  ['/opt/a\nExecStartPre=/bin/evil', false],
  ['/', false],
] as const) {
  test(`${JSON.stringify(path)} ${plain ? 'can' : 'cannot'} stand in a unit as it is`, (t) => {
    t.is(isPlainPath(path), plain);
  });
}
