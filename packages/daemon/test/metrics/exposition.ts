// A strict reader of Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): whatever the
// specification does not allow is an error, and so is what promtool would complain of.

/** One line with a value. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/;
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?|[+-]Inf|NaN)$/;

/** Reads a text. @throws Error that names the line */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, Family & { samples: Sample[] }>();
  let current: (Family & { samples: Sample[] }) | undefined;
  let help: readonly [name: string, text: string] | undefined;
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${JSON.stringify(line)}`);
    };
    if (line === '') continue;
    const helpLine = /^# HELP (\S+) (.+)$/.exec(line);
    if (helpLine) {
      help = [helpLine[1]!, helpLine[2]!];
      continue;
    }
    const typeLine = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (typeLine) {
      const name = typeLine[1]!;
      if (help?.[0] !== name) fail('TYPE without HELP before it');
      if (families.has(name)) fail('a metric comes twice');
      if (NAME.exec(name)?.[0] !== name) fail('no name of a metric');
      if (typeLine[2] === 'counter' && !name.endsWith('_total')) fail('a counter whose name does not end in _total');
      if (typeLine[2] !== 'counter' && name.endsWith('_total')) fail('a name that only a counter may have');
      current = { name, help: help![1], type: typeLine[2] as Family['type'], samples: [] };
      families.set(name, current);
      continue;
    }
    if (line.startsWith('#')) fail('a comment');
    if (!current) return fail('a value before any TYPE');
    const sample = readSample(line) ?? fail('no sample');
    const suffix = sample.name.slice(current.name.length);
    const suffixes = current.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    if (!sample.name.startsWith(current.name) || !suffixes.includes(suffix)) fail('a sample of another metric');
    const series = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(series)) fail('a series comes twice');
    seen.add(series);
    if (current.type === 'counter' && !(sample.value >= 0)) fail('a counter below zero');
    current.samples.push(sample);
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family);
  return families;
}

function readSample(line: string): Sample | undefined {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return undefined;
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    while (!rest.startsWith('}')) {
      const label = LABEL.exec(rest);
      if (!label || label[1]! in labels) return undefined;
      labels[label[1]!] = label[2]!.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
      rest = rest.slice(label[0].length);
      if (rest.startsWith(',')) rest = rest.slice(1);
      else if (!rest.startsWith('}')) return undefined;
    }
    rest = rest.slice(1);
  }
  if (!rest.startsWith(' ') || !VALUE.test(rest.slice(1))) return undefined;
  const value = rest.slice(1).replace('Inf', 'Infinity');
  return { name, labels, value: Number(value) };
}

function checkHistogram({ name, samples }: Family): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const count = samples.find((sample) => sample.name === `${name}_count`);
  let [bound, value] = [Number.NEGATIVE_INFINITY, 0];
  for (const bucket of buckets) {
    const next = Number(bucket.labels.le?.replace('Inf', 'Infinity'));
    if (!(next > bound)) throw new Error(`${name}: bounds that do not rise`);
    if (bucket.value < value) throw new Error(`${name}: buckets that fall`);
    [bound, value] = [next, bucket.value];
  }
  if (bound !== Number.POSITIVE_INFINITY || count?.value !== value) throw new Error(`${name}: +Inf is not the count`);
  if (!samples.some((sample) => sample.name === `${name}_sum`)) throw new Error(`${name}: no sum`);
}
