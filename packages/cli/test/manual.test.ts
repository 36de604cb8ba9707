// The page of a small program, and texts that a formatter would misread.

import test from 'ava';
import fc from 'fast-check';
import { formatManual, type ManualTexts } from '#src/manual.js';
import { escapeText, formatLiteral, formatText, macroWord } from '#src/mdoc.js';
import { SAMPLE, sampleWithDefault } from './sample.ts';

const EDITION = { version: '1.2.3', date: new Date(Date.UTC(2026, 0, 31)) };
const TEXTS: ManualTexts = {
  section: 1,
  description: ['First. Second.', 'See nft(8).'],
  environment: [['HOME', 'The home folder.']],
  files: [],
  exitStatus: [['0', 'Done.']],
  examples: [
    ['Knock:', 'knocker gw --wait', '.odd'],
    ['Add:', "knocker add 'x'"],
  ],
  seeAlso: [
    ['ssh', 1],
    ['nft', 8],
  ],
};

test('the page', (t) => {
  const page = formatManual(SAMPLE, TEXTS, EDITION);
  t.true(
    page.startsWith(
      '.\\" knocker 1.2.3\n.Dd January 31, 2026\n.Dt KNOCKER 1\n.Os\n.Sh NAME\n.Nm knocker\n.Nd knocks\n',
    ),
  );
  for (const part of [
    '.Sh SYNOPSIS\n.Nm\n.Op Ar options\n.Op Ar server\n.Nm\n.Cm add\n.Op Ar options\n.Fl \\-ports Ar list\n.Ar name\n.Ar link\n',
    '.Nm\n.Cm exec\n.Op Ar options\n.Ar server\n.Op Ar command ...\n',
    '.Sh DESCRIPTION\nFirst.\nSecond.\n.Pp\nSee \\fBnft\\fP(8).\n',
    '.It Fl 4 , Fl \\-ipv4\nIPv4 only.\n',
    '.It Fl \\-transport Ar tcp|udp\nHow (default: "tcp").\n',
    '.It Fl \\-wait Op Ar seconds\nWait.\n',
    '.Ss add\nSave a server.\n',
    '.Sh ENVIRONMENT\n.Bl -tag -width Ds\n.It Ev HOME\nThe home folder.\n.El\n.Sh EXIT STATUS\n',
    '.Bd -literal -offset indent\nknocker gw \\-\\-wait\n\\&.odd\n.Ed\n.Pp\nAdd:\n',
    'knocker add \\(aqx\\(aq\n',
    '.Sh SEE ALSO\n.Xr ssh 1 ,\n.Xr nft 8\n',
  ])
    t.true(page.includes(part), part);
  t.false(page.includes('.Sh FILES'), 'no empty section');
  t.false(page.includes('secret'), 'nothing hidden');
});

test('a program with a default command does nothing by itself', (t) => {
  const page = formatManual(sampleWithDefault(), TEXTS, EDITION);
  t.true(page.includes('.Sh SYNOPSIS\n.Nm\n.Cm run\n'));
});

test('what a formatter would take for its own', (t) => {
  t.is(escapeText('a\\b – `run --x-y`'), 'a\\eb \\[u2013] \\fBrun \\-\\-x\\-y\\fP');
  t.is(escapeText('IPv4-only, say --json'), 'IPv4-only, say \\-\\-json');
  t.deepEqual(formatText('.Sh no'), ['\\&.Sh no']);
  t.deepEqual(formatText("'tis"), ["\\&'tis"]);
  t.deepEqual(formatLiteral(['a\\b'])[1], 'a\\eb');
  t.is(macroWord('No'), '\\&No');
  t.is(macroWord(','), '\\&,');
  t.is(macroWord('a b'), '"a b"');
  t.is(macroWord('a"b'), 'a\\(dqb');
});

test('lines of text: short, ASCII, never a request', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const lines = formatText(text);
      // A word that is longer than a line stays whole.
      return lines.every(
        (line) => /^(?![.'])[\x20-\x7e]*$/.test(line) && (line.length <= 80 || !line.trim().includes(' ')),
      );
    }),
    { numRuns: process.env.SLOW === '1' ? 100_000 : 1000 },
  );
  t.pass();
});
