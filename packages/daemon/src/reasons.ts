// Why something was refused, in words: the same in the log and in what the commands print.

import type { DenialReason } from './authorise/authorise.ts';
import type { DoorRefusal } from './claim-desk.ts';
import type { Rejection } from './recognise/recogniser.ts';
import type { ClaimRefusal } from './store/store.ts';

/** What follows "denied …: ". */
export const DENIALS: Readonly<Record<DenialReason | ClaimRefusal | DoorRefusal, string>> = {
  'client-unknown': 'the configuration has no such client',
  'client-disabled': 'the client is disabled',
  'client-expired': 'the client has expired',
  'port-not-allowed': 'the port is not on its list',
  'door-unknown': 'the configuration has no such door',
  'door-expired': 'the door has expired',
  'user-not-allowed': 'the user name in the packet is not the one of the door',
  'address-missing': 'it names no address, and this door wants one',
  'command-not-allowed': 'the command is not on its list',
  'no-target': 'the door forwards to no address of this family',
  'nothing-to-close': 'the door runs a program: there is nothing to close',
  'nothing-to-run': 'the door runs nothing for addresses of this family',
  'too-often': 'a sequence that anybody can repeat comes too often',
  'line-changed': 'the file of its sequences was changed: it is read again',
  'line-unwritable': 'the line of the file cannot be marked as used',
  replay: 'replay: this sequence was accepted before',
  'window-not-remembered': 'it belongs to a time of which the store has no memory: knock again',
  'store-full': 'no room is left to remember it',
  'store-unwritable': 'the store cannot be written',
};

/** What follows "rejected …: ". */
export const REJECTIONS: Readonly<Record<Rejection['reason'], string>> = {
  'knock-out-of-range': 'a knock is outside the port range',
  'no-key-fits': 'no key fits: wrong key, wrong server id, or a clock that is off',
  'keys-missing': 'keys are still being derived, after the start or a step of the clock: knock again',
  'clock-off': 'its clock is off',
  'address-mismatch': 'it names another address than it comes from, which this client may not',
  'foreign-address-budget': 'too many sequences for other addresses are being tried: knock again later',
  'packet-malformed': 'its HMAC is right, what is in it is not',
  'packet-too-old': 'its time is too far off',
  'source-not-trusted': 'it says "the address I come from", which this client may not',
};
