import test from 'ava';
import { TokenBucket } from '#src/recognise/token-bucket.js';

function taken(bucket: TokenBucket, nowMs: number, tries: number): number {
  return Array.from({ length: tries }, () => bucket.take(nowMs)).filter(Boolean).length;
}

test('it begins full, empties, and refills steadily up to its size', (t) => {
  const bucket = new TokenBucket(10, 20);
  t.is(taken(bucket, 1000, 100), 20);
  t.is(taken(bucket, 1099, 100), 0);
  t.is(taken(bucket, 1500, 100), 5);
  t.is(taken(bucket, 60_000, 100), 20);
});

test('a clock that steps back neither refills nor blocks it for good', (t) => {
  const bucket = new TokenBucket(10, 20);
  taken(bucket, 100_000, 100);
  t.is(taken(bucket, 0, 100), 0);
  t.is(taken(bucket, 1000, 100), 10);
});
