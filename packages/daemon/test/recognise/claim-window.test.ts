import { DEFAULT_MAX_AGE_SECONDS } from '@eightknock/codec/spa';
import test from 'ava';
import { claimWindow } from '#src/recognise/claim-window.js';
import { newestWindowAt } from '#src/store/claim-memory.js';

const NOW = 1_800_000_000;

for (const ahead of [30, 60, DEFAULT_MAX_AGE_SECONDS]) {
  test(`${ahead} s ahead: nothing that can have been accepted lies beyond what a store that has forgotten refuses`, (t) => {
    for (let now = NOW; now < NOW + 60; now++) {
      t.true(claimWindow(now + ahead, ahead) <= newestWindowAt(now * 1000));
      t.true(claimWindow(now, ahead) <= claimWindow(now + 1, ahead), 'later is never earlier');
    }
  });
}

test('it is the same whenever it is asked', (t) => {
  t.is(claimWindow(NOW, 30), NOW / 30);
  t.is(claimWindow(NOW, 120), NOW / 30 - 3);
  t.is(claimWindow(5, 120), 0);
});
