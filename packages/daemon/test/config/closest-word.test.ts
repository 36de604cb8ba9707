import test from 'ava';
import { closestWord } from '#src/config/closest-word.js';

const KEYS = ['server_id', 'base_port', 'interface', 'ports', 'name'];

const closest = test.macro({
  title: (_, word: string) => `closestWord ${word}`,
  exec(t, word: string, expected: string | undefined) {
    t.is(closestWord(word, KEYS), expected);
  },
});

test(closest, 'interfase', 'interface');
test(closest, 'interfaces', 'interface');
test(closest, 'serverid', 'server_id');
test(closest, 'Server-ID', 'server_id');
test(closest, 'port', 'ports');
test(closest, 'nam', 'name');
test(closest, 'colour', undefined);
test(closest, '', undefined);
test(closest, 'interface'.repeat(5), undefined);
