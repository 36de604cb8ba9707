// What is told to systemd and when, on a clock that the test turns.

import test from 'ava';
import {
  FEED_MOST_MS,
  MAX_STATUS_CHARACTERS,
  type ServiceEnvironment,
  ServiceManager,
} from '#src/service/service-manager.js';

const SOCKET = { NOTIFY_SOCKET: '/run/systemd/notify' };

/** A service manager that notes what it is told. */
function make(environment: ServiceEnvironment) {
  const told: string[] = [];
  const opened: string[] = [];
  const service = new ServiceManager(environment, (name) => {
    opened.push(name);
    return (text, wait) => {
      told.push(`${text}${wait ? '' : '(at once)'}`);
      return true;
    };
  });
  return { service, told, opened };
}

test('without NOTIFY_SOCKET nothing is opened and nothing told', (t) => {
  for (const environment of [{}, { NOTIFY_SOCKET: '' }, { WATCHDOG_USEC: '30000000' }]) {
    const { service, told, opened } = make(environment);
    service.ready('x');
    service.status('x');
    service.stopping();
    service.feedWatchdog(
      () => t.fail(),
      () => t.fail() as never,
    )();
    t.deepEqual([told, opened], [[], []]);
    t.is(service.feedMs, undefined);
  }
});

test('a socket that is none is as if there were none', (t) => {
  const service = new ServiceManager({ NOTIFY_SOCKET: 'vsock:2:1', WATCHDOG_USEC: '30000000' });
  t.notThrows(() => service.ready('x'));
  t.is(service.feedMs, undefined);
});

test('a status is one short line, whatever it is made of', (t) => {
  const { service, told } = make(SOCKET);
  service.status(`waiting for "a"\nREADY=1\r\0${'x'.repeat(1000)}`);
  t.regex(told[0] ?? '', /^STATUS=waiting for "a" READY=1 x+\n\(at once\)$/);
  t.is(told[0]?.length, 'STATUS=\n(at once)'.length + MAX_STATUS_CHARACTERS);
});

const intervals: readonly (readonly [environment: ServiceEnvironment, feedMs: number | undefined])[] = [
  [{ WATCHDOG_USEC: '30000000' }, 15_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: String(process.pid) }, 15_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '1' }, undefined],
  [{ WATCHDOG_USEC: '1' }, 1],
  [{ WATCHDOG_USEC: '9999999999999999' }, FEED_MOST_MS],
  [{ WATCHDOG_USEC: '18446744073709551615' }, undefined],
  [{ WATCHDOG_USEC: '0' }, undefined],
  [{ WATCHDOG_USEC: '-1' }, undefined],
  [{ WATCHDOG_USEC: '1e6' }, undefined],
  [{ WATCHDOG_USEC: '' }, undefined],
];
for (const [environment, feedMs] of intervals) {
  test(`${JSON.stringify(environment).replace(String(process.pid), 'OURS')}: fed ${feedMs ? `every ${feedMs} ms` : 'never'}`, (t) => {
    t.is(make({ ...SOCKET, ...environment }).service.feedMs, feedMs);
  });
}

test('the watchdog is fed at half of its time, but not while something hangs', (t) => {
  const { service, told } = make({ ...SOCKET, WATCHDOG_USEC: '30000000' });
  const delays: number[] = [];
  let next = () => {};
  let cancelled = 0;
  let hangs: string | undefined;
  const stop = service.feedWatchdog(
    () => hangs,
    (delayMs, callback) => {
      delays.push(delayMs);
      next = callback;
      return () => cancelled++;
    },
  );
  t.deepEqual(told, ['WATCHDOG=1\n(at once)'], 'at once');
  next();
  hangs = 'the store';
  next();
  next();
  hangs = undefined;
  next();
  t.deepEqual(told.slice(1), [
    'WATCHDOG=1\n(at once)',
    'STATUS=not well: the store\n(at once)',
    'STATUS=not well: the store\n(at once)',
    'WATCHDOG=1\n(at once)',
  ]);
  t.deepEqual(delays, [15_000, 15_000, 15_000, 15_000, 15_000]);
  t.is(cancelled, 0);
  stop();
  t.is(cancelled, 1);
});
