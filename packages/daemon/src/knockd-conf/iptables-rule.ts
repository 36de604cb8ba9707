// A command that lets the knocker in, or out again, through iptables → which ports, so that a door can do it itself. Anything
// that is not understood to the last word is no such command. Pure.

import type { TransportPort } from '@eightknock/codec';
import { needsShell, splitWords } from './command-argv.ts';

/** What such a command does. */
export interface IptablesRule {
  readonly does: 'add' | 'delete';
  /** Never empty. */
  readonly ports: readonly TransportPort[];
  /** Whether it says which protocol; without it iptables refuses --dport, and TCP is what is meant. */
  readonly hasProtocol: boolean;
}

const PROGRAM = /^(?:\/usr)?(?:\/local)?\/s?bin\/ip6?tables(?:-legacy|-nft)?$|^ip6?tables$/;
const ADD = ['-A', '--append', '-I', '--insert'];
const DELETE = ['-D', '--delete'];
/** Modules whose options are read here, or which have none. */
const MODULES = ['tcp', 'udp', 'multiport', 'comment', 'state', 'conntrack'];

interface Draft {
  does?: IptablesRule['does'];
  source?: string;
  protocol?: string;
  ports?: string;
  jump?: string;
}

/** Reads a command. @returns undefined when it is none that opens or closes ports for the one who knocked */
export function readIptablesRule(command: string): IptablesRule | undefined {
  const [program = '', ...words] = splitWords(command);
  // Without a path it is looked for in PATH: the same program, no other word of the shell.
  if (!PROGRAM.test(program) || needsShell(program.startsWith('/') ? command : `/${command}`)) return undefined;
  const draft: Draft = {};
  for (let i = 0; i < words.length; ) {
    const used = readOption(draft, words.slice(i));
    if (used === 0) return undefined;
    i += used;
  }
  const { does, source, protocol = 'tcp', ports = '', jump } = draft;
  if (!does || jump !== 'ACCEPT' || !/^%IP%(?:\/32|\/128)?$/.test(source ?? '')) return undefined;
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined;
  const numbers = ports.split(',').map((port) => (/^\d{1,5}$/.test(port) ? Number(port) : 0));
  if (numbers.some((port) => port < 1 || port > 65_535)) return undefined;
  return { does, ports: numbers.map((port) => ({ protocol, port })), hasProtocol: draft.protocol !== undefined };
}

/** Reads one option. @returns how many words it has; 0: it is not understood */
function readOption(draft: Draft, [option = '', value = '', next = '']: readonly string[]): number {
  if (ADD.includes(option) || DELETE.includes(option)) {
    if (value !== 'INPUT' || draft.does) return 0;
    draft.does = DELETE.includes(option) ? 'delete' : 'add';
    return ['-I', '--insert'].includes(option) && /^\d+$/.test(next) ? 3 : 2;
  }
  switch (option) {
    case '-w':
    case '--wait':
      return /^\d+$/.test(value) ? 2 : 1;
    case '-t':
    case '--table':
      return value === 'filter' ? 2 : 0;
    case '-s':
    case '--source':
    case '--src':
      return put(draft, 'source', value);
    case '-p':
    case '--proto':
    case '--protocol':
      return put(draft, 'protocol', value.toLowerCase());
    case '-m':
    case '--match':
      return MODULES.includes(value) ? 2 : 0;
    case '--dport':
    case '--destination-port':
    case '--dports':
    case '--destination-ports':
      return put(draft, 'ports', value);
    case '--comment':
      return value === '' ? 0 : 2;
    case '--state':
    case '--ctstate':
      // A grant lets new connections in; that established ones go on is a rule of its own.
      return value.split(',').includes('NEW') ? 2 : 0;
    case '--syn':
      return 1;
    case '-j':
    case '--jump':
      return put(draft, 'jump', value);
    default:
      return 0;
  }
}

function put(draft: Draft, key: 'source' | 'protocol' | 'ports' | 'jump', value: string): number {
  if (value === '' || draft[key] !== undefined) return 0;
  draft[key] = value;
  return 2;
}
