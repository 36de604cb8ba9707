import test from 'ava';
import { interfaceState } from '#src/capture/interface-state.js';
import type { Config } from '#src/config/config.js';
import { missingInterfaces } from '#src/environment.js';
import { parseEffectiveCapabilities } from '#src/has-capability.js';

test('capabilities are read from /proc/self/status', (t) => {
  t.is(parseEffectiveCapabilities('Name:\tnode\nCapPrm:\t0000000000000001\nCapEff:\t0000000000003000\n'), 0x3000n);
  t.is(parseEffectiveCapabilities('nothing'), 0n);
});

test('an interface that is missing is a problem with a hint, "any" is none', (t) => {
  const problems = missingInterfaces({ interfaces: ['lo', 'nope0'] } as unknown as Config);
  t.deepEqual(
    problems.map(({ path, value }) => [path, value]),
    [['interface', '"nope0"']],
  );
  t.truthy(problems[0]?.hint);
  t.deepEqual(missingInterfaces({ interfaces: ['any'] } as unknown as Config), []);
});

test('the state of an interface', (t) => {
  t.is(interfaceState('nope0'), 'missing');
  t.not(interfaceState('lo'), 'missing');
});
