// What of a stanza does not come over: because a door of single packets has nothing like it, or because the stanza would be
// weaker, or something else, without it; then the whole stanza does not. Pure.

import { decodeSpaKey, MAX_ENCRYPTION_KEY_BYTES, MAX_HMAC_KEY_BYTES, spaKeyOfText } from '@eightknock/codec/spa';
import type { Stanza, WrittenKey } from './access-conf.ts';
import type { AccessKey } from './known-keys.ts';
import { type Note, noteOn } from './note.ts';
import type { Entry } from './read-entries.ts';
import { isYes } from './read-values.ts';

/** Why the stanza cannot be used here; empty: it can. */
export function reasonsAgainst(stanza: Stanza): Note[] {
  const { entries, key, hmacKey, user } = stanza;
  const source = entries.get('SOURCE') as Entry;
  const notes: Note[] = [];
  if (!key) {
    const gpg = entries.get('GPG_DECRYPT_ID');
    const text = gpg ? 'GnuPG alone: here packets have a KEY' : 'no KEY';
    notes.push(noteOn(gpg ?? source, `${text}; "fwknop --key-gen" makes both keys`));
  } else if (keyBytes(key) > MAX_ENCRYPTION_KEY_BYTES) {
    notes.push(noteOn(entryOf(entries, 'KEY'), `longer than ${MAX_ENCRYPTION_KEY_BYTES} bytes`));
  }
  if (!hmacKey) {
    notes.push(noteOn(source, 'no HMAC_KEY, so anybody could change its packets; "fwknop --key-gen" makes one'));
  } else if (keyBytes(hmacKey) > MAX_HMAC_KEY_BYTES) {
    notes.push(noteOn(entryOf(entries, 'HMAC_KEY'), `longer than ${MAX_HMAC_KEY_BYTES} bytes`));
  }
  const mode = entries.get('ENCRYPTION_MODE');
  if (mode && mode.value.trim().toUpperCase() !== 'CBC')
    notes.push(noteOn(mode, 'packets are encrypted in CBC mode here'));
  const cycle = entries.get('CMD_CYCLE_OPEN');
  if (cycle) {
    const text = 'its packets ran a command with what stands in them; here they open ports, or run what is on a list';
    notes.push(noteOn(cycle, `${text}: [door.ask.commands] in docs/doors.md`));
  }
  const dnat = entries.get('DISABLE_DNAT');
  if (dnat && isYes(dnat.value)) notes.push(noteOn(dnat, 'forwarding without a new destination is not known here'));
  const name = entries.get('REQUIRE_USERNAME');
  if (name && !/^[!-~]{1,64}$/.test(user ?? ''))
    notes.push(noteOn(name, 'not 1 to 64 ASCII characters without a blank'));
  return notes;
}

/** What is left out of a stanza that can be used; what else it does not say is no more than fwknopd would allow. */
export function lostKeys({ entries, key }: Stanza): Note[] {
  return LOST.flatMap(([name, text, only]) => {
    const entry = entries.get(name);
    if (!entry || (only === 'yes' && !isYes(entry.value)) || (only === 'with key' && !key)) return [];
    return [noteOn(entry, text)];
  });
}

const COMMANDS = 'commands of packets are not run: list their texts under [door.ask.commands], docs/doors.md';
const GPG = 'GnuPG packets are refused: the stanza opens with its KEY alone';

const LOST: readonly (readonly [AccessKey, string, ('yes' | 'with key')?])[] = [
  ['ENABLE_CMD_EXEC', COMMANDS, 'yes'],
  ['ENABLE_CMD_SUDO_EXEC', 'no sudo: each command on the list has a user of its own', 'yes'],
  ['CMD_EXEC_USER', 'each command on the list has a user of its own'],
  ['CMD_EXEC_GROUP', 'a command runs with the groups of its user'],
  ['CMD_SUDO_EXEC_USER', 'each command on the list has a user of its own'],
  ['CMD_SUDO_EXEC_GROUP', 'a command runs with the groups of its user'],
  ['SUDO_EXE', 'no sudo: each command on the list has a user of its own'],
  ['CMD_CYCLE_CLOSE', 'nothing is run when a port closes; hooks tell of it: docs/doors.md'],
  ['CMD_CYCLE_TIMER', 'nothing is run when a port closes; hooks tell of it: docs/doors.md'],
  ['FORCE_SNAT', 'the inner host sees the address that this one has towards it (masquerade)'],
  ['FORWARD_ALL', 'only the ports of the list are forwarded', 'yes'],
  ['GPG_DECRYPT_ID', GPG, 'with key'],
  ['GPG_DECRYPT_PW', GPG, 'with key'],
  ['GPG_ALLOW_NO_PW', GPG, 'with key'],
  ['GPG_REQUIRE_SIG', GPG, 'with key'],
  ['GPG_DISABLE_SIG', GPG, 'with key'],
  ['GPG_IGNORE_SIG_VERIFY_ERROR', GPG, 'with key'],
  ['GPG_REMOTE_ID', GPG, 'with key'],
  ['GPG_FINGERPRINT_ID', GPG, 'with key'],
  ['GPG_HOME_DIR', GPG, 'with key'],
  ['GPG_EXE', GPG, 'with key'],
];

function keyBytes({ form, text }: WrittenKey): number {
  return (form === 'text' ? spaKeyOfText(text) : decodeSpaKey(text)).length;
}

function entryOf(entries: Stanza['entries'], name: 'KEY' | 'HMAC_KEY'): Entry {
  return (entries.get(name) ?? entries.get(`${name}_BASE64`)) as Entry;
}
