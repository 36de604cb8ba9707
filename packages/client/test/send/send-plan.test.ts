import test from 'ava';
import type { KnockPlan } from '#src/plan.js';
import { SendError, sendPlan } from '#src/send/send-plan.js';
import type { Sender } from '#src/send/sender.js';
import { FakeClock } from '../fake-machine.ts';

const PORTS = [901, 745, 745, 800, 1000, 999, 901, 746];
const PLAN: KnockPlan = {
  knocks: PORTS.map((port, i) => ({ port, delayMs: i === 0 ? 0 : 20 })),
  window: 1,
  nonce: 2,
};

/** Writes down what is done with it; a send takes a while, so that an overlap would be seen. */
function recorder(clock: FakeClock, failAt?: number) {
  const events: string[] = [];
  let isBusy = false;
  const sender: Sender = {
    send: async (address, port) => {
      if (isBusy) throw new Error('two knocks at once');
      isBusy = true;
      await new Promise(setImmediate);
      isBusy = false;
      if (events.length === failAt) throw Object.assign(new Error('no'), { code: 'ENETUNREACH' });
      events.push(`${clock.elapsedMs()} ${address} ${port}`);
    },
    finish: () => events.push('finish'),
  };
  return { sender, events };
}

test('in order, with the delays, one after the other', async (t) => {
  const clock = new FakeClock();
  const { sender, events } = recorder(clock);
  const sent: number[] = [];
  await sendPlan(PLAN, '198.51.100.1', sender, clock, (count) => sent.push(count));
  t.deepEqual(events, [...PORTS.map((port, i) => `${i * 20} 198.51.100.1 ${port}`), 'finish']);
  t.deepEqual(sent, [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('a failure ends it, says where, and frees the sender', async (t) => {
  const clock = new FakeClock();
  const { sender, events } = recorder(clock, 2);
  const error = await t.throwsAsync(sendPlan(PLAN, '198.51.100.1', sender, clock), { instanceOf: SendError });
  t.is(error?.knock, 3);
  t.is(error?.port, 745);
  t.is(error?.code, 'ENETUNREACH');
  t.is(events.length, 3);
  t.is(events.at(-1), 'finish');
});
