import test from 'ava';
import fc from 'fast-check';
import { formatMoment, parseMoment } from '#src/config/moment.js';

const reads = test.macro({
  title: (_, text: string) => `parseMoment ${JSON.stringify(text)}`,
  exec(t, text: string, milliseconds: number | undefined) {
    t.is(parseMoment(text), milliseconds);
  },
});

test(reads, '1970-01-01', 0);
test(reads, '2028-02-29', Date.UTC(2028, 1, 29));
test(reads, '2027-01-01T12:30', Date.UTC(2027, 0, 1, 12, 30));
test(reads, '2027-01-01T12:30:01', Date.UTC(2027, 0, 1, 12, 30, 1));
test(reads, '2027-01-01t12:30:01.25z', Date.UTC(2027, 0, 1, 12, 30, 1, 250));
test(reads, '2027-01-01 12:30:01+02:00', Date.UTC(2027, 0, 1, 10, 30, 1));
test(reads, '2027-02-29', undefined);
test(reads, '2027-04-31T12:00:00Z', undefined);
test(reads, '2027-13-01', undefined);
test(reads, '2027-00-01', undefined);
test(reads, '2027-01-00', undefined);
test(reads, '2027-01-01T24:00', undefined);
test(reads, '2027-01-01T12:60', undefined);
test(reads, '2027-01-01T12:00:60', undefined);
test(reads, '2027-01-01T12:00:00+99:00', undefined);
test(reads, '2027-1-1', undefined);
test(reads, '2027-01-01Z', undefined);
test(reads, ' 2027-01-01', undefined);
test(reads, 'tomorrow', undefined);
test(reads, '', undefined);

test('formatMoment writes midnight as a date', (t) => {
  t.is(formatMoment(Date.UTC(2027, 0, 1)), '2027-01-01');
  t.is(formatMoment(Date.UTC(2027, 0, 1, 0, 0, 1)), '2027-01-01T00:00:01Z');
});

test('parseMoment reads what formatMoment writes', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), (milliseconds) => {
      t.is(parseMoment(formatMoment(milliseconds)), milliseconds);
    }),
  );
});
