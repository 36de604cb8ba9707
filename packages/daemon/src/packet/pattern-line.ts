// A line of any log → a knock, by the operator's own regular expression (log_pattern). It is run by V8's linear-time engine
// only: what that engine cannot do (look-around, back-references) is refused when the pattern is made. Pure.

import { isBadSource } from './ip.ts';
import { type LineDrop, type LoggedKnock, MAX_LINE_CHARACTERS, readNumber } from './log-line.ts';

/** Longest pattern. */
export const MAX_PATTERN_CHARACTERS = 1000;
/** Groups that must be there, and those that may be. */
export const NEEDED_GROUPS: readonly string[] = ['source', 'port'];
export const OTHER_GROUPS: readonly string[] = ['source_port', 'protocol'];

/**
 * Makes the regular expression. Needs `node --enable-experimental-regexp-engine`, see linear-patterns.ts.
 * @throws SyntaxError when it is none, or none that can be run in linear time
 */
export function compilePattern(pattern: string): RegExp {
  return new RegExp(pattern, 'l');
}

/** Reads lines by a pattern. */
export class PatternReader {
  readonly #pattern: RegExp;
  readonly #parseAddress: (text: string) => Uint8Array | undefined;
  #lines = 0;

  /**
   * @param pattern from {@link compilePattern}
   * @param parseAddress of the codec
   */
  constructor(pattern: RegExp, parseAddress: (text: string) => Uint8Array | undefined) {
    this.#pattern = pattern;
    this.#parseAddress = parseAddress;
  }

  /** Reads a line. Never throws. */
  read(line: string): LoggedKnock | LineDrop {
    if (line.length > MAX_LINE_CHARACTERS) return 'long-line';
    const groups = this.#pattern.exec(line)?.groups;
    if (!groups) return 'no-packet';
    const { source: text = '', port, source_port, protocol: name = 'tcp' } = groups;
    const source = this.#parseAddress(text);
    const destinationPort = readNumber(port, 0xffff);
    const protocol = PROTOCOLS.get(name.toLowerCase());
    if (!source || destinationPort === undefined) return 'no-packet';
    if (!protocol) return 'not-transport';
    // The codec reads an IPv4-mapped address as the IPv4 address that no packet of IPv6 comes from.
    if (isBadSource(source) || (source.length === 4 && text.includes(':'))) return 'bad-source';
    const sourcePort = readNumber(source_port, 0xffff);
    if (sourcePort !== undefined) {
      return { source, sourcePort, destinationPort, protocol, sequenceNumber: 0, hasSequence: false };
    }
    // Nothing tells one packet from another then: each line is one.
    this.#lines = (this.#lines + 1) >>> 0;
    return { source, sourcePort: 0, destinationPort, protocol, sequenceNumber: this.#lines, hasSequence: true };
  }
}

const PROTOCOLS: ReadonlyMap<string, 'tcp' | 'udp'> = new Map([
  ['tcp', 'tcp'],
  ['6', 'tcp'],
  ['udp', 'udp'],
  ['17', 'udp'],
]);
