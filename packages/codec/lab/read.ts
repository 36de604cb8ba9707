// The receiver's side: eight ports → what they mean, or why not, with what each window's key makes of them. It decides as the decoder of
// the codec does; the memory of replays it has not. Pure: the clock is an argument.

import {
  bytesOfPorts,
  createBlockCipher,
  type DecodedSequence,
  type DecoderClient,
  decodeBlock,
  deriveWindowKey,
  parseSource,
  SequenceDecoder,
  type SequenceRejection,
  type SharedKey,
  type Source,
  WINDOW_SECONDS,
  WindowSearch,
  windowAt,
} from '@eightknock/codec';
import { type KeyForm, readAddress, readKey, readKnocks, readMoment, readPortList } from './fields.ts';
import { Problems, type Unusable } from './problems.ts';

/** What is typed, as it is typed. */
export interface ReadForm extends KeyForm {
  /** Eight, in their order. */
  readonly ports: string;
  /** The address that the knocks come from. */
  readonly source: string;
  /** See moment.ts. */
  readonly moment: string;
  /** The ports that this client may open. */
  readonly allowed: string;
  /** May a knock of it say "the address I come from"? */
  readonly trustSource: boolean;
  /** May it name an address that it does not come from? */
  readonly openForOther: boolean;
}

/** Where a mistake can be. */
export type ReadField = Exclude<keyof ReadForm, 'trustSource' | 'openForOther'>;

/** In the order of the form. */
export const READ_FIELDS: readonly ReadField[] = [
  'secret',
  'serverId',
  'basePort',
  'ports',
  'source',
  'moment',
  'allowed',
];

/** What eight ports come to. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly request: DecodedSequence }
  | { readonly kind: 'port-not-allowed'; readonly request: DecodedSequence }
  /** Sent by a clock so many seconds ahead of this one, give or take a window; negative: behind. */
  | { readonly kind: 'clock-off'; readonly seconds: number; readonly port: number }
  | { readonly kind: 'rejected'; readonly rejection: SequenceRejection };

/** What the key of one window makes of the cipher. */
export interface TriedWindow {
  readonly window: number;
  /** -1, 0 or 1: from the receiver's own. */
  readonly offset: number;
  /** 8 bytes; noise, where the key is not the one. */
  readonly block: Uint8Array;
  readonly check: 'right' | 'wrong' | 'port-zero';
}

/** All that was found. */
export interface Read {
  readonly ok: true;
  readonly verdict: Verdict;
  /** Canonical. */
  readonly source: string;
  /** The receiver's own. */
  readonly window: number;
  /** Three, or two at the beginning of time. */
  readonly tried: readonly TriedWindow[];
}

/** It has to have a name. */
const NAME = 'client';

/**
 * Reads a sequence.
 * @param nowSeconds unix seconds
 */
export function readSequence(form: ReadForm, nowSeconds: number): Read | Unusable<ReadField> {
  const problems = new Problems<ReadField>();
  const { key, basePort } = readKey(form, problems);
  const ports = readKnocks('ports', form.ports, basePort, problems);
  const address = readAddress('source', form.source, false, problems);
  const moment = readMoment('moment', form.moment, nowSeconds, problems);
  const allowed = readPortList('allowed', form.allowed, problems);
  if (!key || basePort === undefined || address === undefined || !ports || moment === undefined || !allowed) {
    return { ok: false, problems: problems.all };
  }
  const { trustSource, openForOther } = form;
  const client = { name: NAME, secret: key.secret, trustSource, openForOther, ports: allowed };
  const source = parseSource(address);
  const question = { ports, source, unixSeconds: moment };
  const window = windowAt(moment);
  const cipher = bytesOfPorts(ports, basePort) as Uint8Array;
  return {
    ok: true,
    verdict: judge(key.serverId, client, question, basePort),
    source: source.address,
    window,
    tried: [-1, 0, 1].filter((offset) => window + offset >= 0).map((offset) => tryWindow(key, cipher, window, offset)),
  };
}

function judge(
  serverId: string,
  client: DecoderClient,
  question: { readonly ports: readonly number[]; readonly source: Source; readonly unixSeconds: number },
  basePort: number,
): Verdict {
  const { ports, source, unixSeconds } = question;
  const decoded = new SequenceDecoder(serverId, [client], basePort).decode(ports, source, unixSeconds);
  if (decoded.ok) {
    return { kind: client.ports.has(decoded.port) ? 'accepted' : 'port-not-allowed', request: decoded };
  }
  if (decoded.reason !== 'no-key-fits') return { kind: 'rejected', rejection: decoded };
  const search = new WindowSearch(serverId, [client], [question], basePort);
  while (!search.isDone) {
    const [found] = search.step(1);
    if (found) {
      const seconds = (found.window - windowAt(unixSeconds)) * WINDOW_SECONDS;
      return { kind: 'clock-off', seconds, port: found.port };
    }
  }
  return { kind: 'rejected', rejection: decoded };
}

function tryWindow({ secret, serverId }: SharedKey, cipher: Uint8Array, own: number, offset: number): TriedWindow {
  const window = own + offset;
  const block = createBlockCipher(deriveWindowKey(secret, serverId, window)).decrypt(cipher);
  const decoded = decodeBlock(block);
  const check = decoded.ok ? 'right' : decoded.reason === 'port-zero' ? 'port-zero' : 'wrong';
  return { window, offset, block, check };
}
