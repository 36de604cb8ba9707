import test from 'ava';
import { type EventSource, MAX_READS, TableWatch } from '#src/act/table-watch.js';
import type { Received } from '#src/native/netlink-socket.js';
import { endOfTransaction, tableMessage } from './netlink-messages.js';

/** A kernel that says what it is told to. */
class FakeKernel implements EventSource {
  generation = 100;
  isClosed = false;
  readonly queue: Received[] = [];
  /** Loses everything that is said until it has been read. */
  overflows = false;

  receive(): Received {
    return this.queue.shift() ?? 'nothing';
  }

  send(): void {
    this.queue.push(endOfTransaction(this.generation));
  }

  close(): void {
    this.isClosed = true;
  }

  /** A transaction on a table. */
  commit(table = 'knockdaemon'): void {
    this.generation++;
    if (this.overflows) this.queue.push('lost');
    else this.queue.push(tableMessage(12, table), endOfTransaction(this.generation));
  }
}

function begin(): { readonly kernel: FakeKernel; readonly watch: TableWatch } {
  const kernel = new FakeKernel();
  return { kernel, watch: new TableWatch(kernel, 'knockdaemon') };
}

test('nothing has happened', (t) => t.false(begin().watch.look()));

test('a change of others is told once', (t) => {
  const { kernel, watch } = begin();
  kernel.commit();
  kernel.commit();
  t.true(watch.look());
  t.false(watch.look());
});

test('a change of another table is not told', (t) => {
  const { kernel, watch } = begin();
  kernel.commit('filter');
  t.false(watch.look());
});

test('lost messages are told', (t) => {
  const { kernel, watch } = begin();
  kernel.queue.push('lost');
  t.true(watch.look());
});

test('what we do ourselves is not told', (t) => {
  const { kernel, watch } = begin();
  for (const renews of [true, false]) watch.own(renews, () => kernel.commit());
  t.false(watch.look());
});

test('what others did before is told after a change of ours, unless that renewed everything', (t) => {
  const { kernel, watch } = begin();
  kernel.commit();
  watch.own(false, () => kernel.commit());
  t.true(watch.look());
  kernel.commit();
  watch.own(true, () => kernel.commit());
  t.false(watch.look());
});

test('what others did while we were at it, before or after us, is told', (t) => {
  const { kernel, watch } = begin();
  watch.own(true, () => {
    kernel.commit();
    kernel.commit();
  });
  t.true(watch.look());
  watch.own(true, () => {
    kernel.commit('filter');
    kernel.commit();
    kernel.commit('filter');
  });
  t.false(watch.look(), 'but not what they did to their own tables');
});

test('when ours failed, what they did meanwhile and before is told', (t) => {
  const { kernel, watch } = begin();
  const fail = () => {
    throw new Error('refused');
  };
  t.throws(() => watch.own(true, fail), { message: 'refused' });
  t.false(watch.look());
  kernel.commit();
  t.throws(() => watch.own(true, fail));
  t.true(watch.look());
  t.throws(() =>
    watch.own(true, () => {
      kernel.commit();
      fail();
    }),
  );
  t.true(watch.look());
});

test('a change of ours that is more than the buffer holds is not told when it was the only one', (t) => {
  const { kernel, watch } = begin();
  kernel.overflows = true;
  for (let i = 0; i < 3; i++) watch.own(true, () => kernel.commit());
  t.false(watch.look());
});

test('with another at the same time it is', (t) => {
  const { kernel, watch } = begin();
  kernel.overflows = true;
  watch.own(true, () => {
    kernel.commit();
    kernel.commit('filter');
  });
  t.true(watch.look());
});

test('generations begin again after 2³² − 1, without 0', (t) => {
  const kernel = new FakeKernel();
  kernel.generation = 0xffffffff;
  const watch = new TableWatch(kernel, 'knockdaemon');
  kernel.overflows = true;
  watch.own(true, () => {
    kernel.generation = 0;
    kernel.commit();
  });
  t.false(watch.look());
});

test('one look reads no more than its bound', (t) => {
  const { kernel, watch } = begin();
  for (let i = 0; i < MAX_READS + 10; i++) kernel.queue.push(tableMessage(12, 'filter'));
  t.true(watch.look(), 'what was not read may have been ours');
  t.is(kernel.queue.length, 10);
});

test('it is closed', (t) => {
  const { kernel, watch } = begin();
  watch.close();
  t.true(kernel.isClosed);
});
