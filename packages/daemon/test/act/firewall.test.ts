import test from 'ava';
import { DryRunFirewall } from '#src/act/firewall.js';

test('the firewall that changes nothing: watches are told when a test says so, and no more when they are stopped', (t) => {
  const firewall = new DryRunFirewall();
  let told = 0;
  const stop = firewall.watch(() => told++);
  t.is(told, 0);
  firewall.touch();
  t.is(told, 1);
  stop();
  firewall.touch();
  t.is(told, 1);
});
