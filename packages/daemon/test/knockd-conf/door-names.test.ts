import { isClientName } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { doorNames } from '#src/knockd-conf/door-names.js';

test('a name that will do is kept, the others become one', (t) => {
  t.deepEqual(doorNames(['openSSH', 'open SSH', ' [x] ', 'é', 'openSSH', 'openSSH-2', 'x'.repeat(80)]), [
    'openSSH',
    'open-SSH',
    'x-',
    'door',
    'openSSH-3',
    'openSSH-2',
    'x'.repeat(60),
  ]);
});

test('whatever the sections are called, the names are plain, unique, and as many', (t) => {
  const section = fc.oneof(fc.constantFrom('a', 'a-2', 'a b', '-', ''), fc.string({ unit: 'grapheme', maxLength: 70 }));
  fc.assert(
    fc.property(fc.array(section, { maxLength: 30 }), (sections) => {
      const names = doorNames(sections);
      return names.length === sections.length && new Set(names).size === names.length && names.every(isClientName);
    }),
  );
  t.pass();
});
