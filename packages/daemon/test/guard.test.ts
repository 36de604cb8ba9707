import test from 'ava';
import type { FirewallPlan } from '#src/act/firewall.js';
import { Guard } from '#src/guard.js';
import { configOf } from './config-of.ts';

const CONFIG = configOf({
  firewall: { mode: 'guard', closed: 'drop', mark: 0x745, guard: [{ protocol: 'tcp', port: 22 }] },
});

function world(failure?: string) {
  const remembered: FirewallPlan[] = [];
  const unwritten: string[] = [];
  const timers: (() => void)[] = [];
  let nowMs = 5000;
  const guard = new Guard(CONFIG, {
    lastGuard: {
      remember: (plan) => {
        remembered.push(plan);
        return failure;
      },
    },
    later: (_, callback) => {
      timers.push(callback);
      return () => void timers.splice(0);
    },
    monotonicMs: () => nowMs,
    onUnwritten: (why) => void unwritten.push(why),
  });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { guard, remembered, unwritten, timers, pass };
}

test('what is wanted of the kernel, and written down', (t) => {
  const { guard, remembered, unwritten } = world();
  t.like(guard.plan(), { mode: 'guard', closed: 'drop', guarded: [{ protocol: 'tcp', port: 22 }], forwards: false });
  t.false('guard' in guard.plan());
  t.deepEqual(guard.guarded, ['tcp/22']);
  guard.remember();
  t.deepEqual(remembered, [guard.plan()]);
  t.deepEqual(unwritten, []);
});

test('that it cannot be written down is told', (t) => {
  const { guard, unwritten } = world('the disk is full');
  guard.remember();
  t.deepEqual(unwritten, ['the disk is full']);
});

test('another configuration guards other ports', (t) => {
  const { guard } = world();
  const ports = [
    { protocol: 'tcp', port: 22 },
    { protocol: 'udp', port: 53 },
  ] as const;
  guard.reconfigure({ ...CONFIG, firewall: { ...CONFIG.firewall, guard: ports } });
  t.deepEqual(guard.guarded, ['tcp/22', 'udp/53']);
  t.deepEqual(guard.plan().guarded, [...ports]);
});

test('a rescue: it stands for so long, and is not remembered; confirmed it stays', (t) => {
  const { guard, remembered, pass, timers } = world();
  t.false(guard.confirm(), 'nothing to confirm');
  guard.beginRescue(5, () => t.fail());
  pass(60_000);
  t.is(guard.plan().guardMs, 240_000);
  guard.remember();
  t.deepEqual(remembered, []);
  t.true(guard.confirm());
  t.is(guard.remainingMs, undefined);
  t.false('guardMs' in guard.plan());
  t.is(timers.length, 0);
  guard.remember();
  t.is(remembered.length, 1);
});

test('a rescue that nobody confirms lapses', (t) => {
  const { guard, timers } = world();
  let lapsed = 0;
  guard.beginRescue(5, () => lapsed++);
  for (const timer of timers) timer();
  t.is(lapsed, 1);
  t.false(guard.confirm());
});
