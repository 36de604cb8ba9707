// The text of ~/.fwknoprc → its stanzas. Pure. Lines are taken apart as fwknop 2.6.10 does it: a name, blanks, and a value
// that ends at a blank, a ";" or a "#"; names of stanzas are the same in capitals; a later line wins.

/** A line with a value. */
export interface RcLine {
  /** From 1. */
  readonly line: number;
  readonly value: string;
}

/** The lines of a stanza by their names; those of `[default]` are in all of them. */
export type RcStanza = ReadonlyMap<string, RcLine>;

/** What was read. */
export interface Fwknoprc {
  /** In the order of the file, `[default]` where that stands, each by its name as it is written first. */
  readonly stanzas: ReadonlyMap<string, RcStanza>;
  /** Lines that say nothing: neither a stanza nor a name with a value, or in front of all stanzas. */
  readonly ignored: readonly number[];
}

const DEFAULT = 'default';

/** Reads the text. Anything is a text: what is none of its lines is ignored. */
export function parseFwknoprc(text: string): Fwknoprc {
  const found = new Map<string, { readonly name: string; readonly lines: Map<string, RcLine> }>();
  const ignored: number[] = [];
  let current: Map<string, RcLine> | undefined;
  text.split('\n').forEach((whole, i) => {
    const line = whole.trim();
    if (line === '' || /^[#;]/.test(line)) return;
    const name = /^\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    if (name !== undefined) {
      const stanza = found.get(name.toLowerCase()) ?? { name, lines: new Map() };
      found.set(name.toLowerCase(), stanza);
      current = stanza.lines;
      return;
    }
    const [, key, value] = /^(\S+?):?\s+([^ ;\t\r#]+)/.exec(line) ?? [];
    if (key === undefined || value === undefined || !current) ignored.push(i + 1);
    else current.set(key, { line: i + 1, value });
  });
  const common = found.get(DEFAULT)?.lines ?? new Map<string, RcLine>();
  return {
    stanzas: new Map([...found.values()].map(({ name, lines }) => [name, new Map([...common, ...lines])])),
    ignored,
  };
}
