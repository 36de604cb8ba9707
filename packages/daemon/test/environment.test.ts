import test from 'ava';
import { interfaceState } from '#src/capture/interface-state.js';
import { missingInterfaces, parseEffectiveCapabilities } from '#src/environment.js';

test('capabilities are read from /proc/self/status', (t) => {
  t.is(parseEffectiveCapabilities('Name:\tnode\nCapPrm:\t0000000000000001\nCapEff:\t0000000000003000\n'), 0x3000n);
  t.is(parseEffectiveCapabilities('nothing'), 0n);
});

test('an interface that is missing is a problem with a hint, "any" is none', (t) => {
  const problems = missingInterfaces({ interfaces: ['lo', 'nope0'], source: { kind: 'pcap' } });
  t.deepEqual(
    problems.map(({ path, value }) => [path, value]),
    [['interface', '"nope0"']],
  );
  t.truthy(problems[0]?.hint);
  t.deepEqual(missingInterfaces({ interfaces: ['any'], source: { kind: 'pcap' } }), []);
});

test('the state of an interface', (t) => {
  t.is(interfaceState('nope0'), 'missing');
  t.not(interfaceState('lo'), 'missing');
});
