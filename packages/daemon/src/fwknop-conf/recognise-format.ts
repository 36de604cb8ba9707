// Which program a file is of, by its text: knockd.conf, or fwknop's access.conf or fwknopd.conf. Pure.

import { isAccessKey } from './known-keys.ts';
import { LOST_SERVER_KEYS } from './server-keys.ts';

/** What a file is. */
export type FileFormat = 'knockd' | 'access' | 'fwknopd';

const SERVER_WORD = /^(?:PCAP_|ENABLE_(?:SPA|UDP|IPT|NFQ|DIGEST)|MAX_SPA_|UDPSERV_|ACCESS_FILE$)/;

/** The first line that says it decides; comments count where nothing else stands in the file, as in Debian's fwknopd.conf. */
export function recogniseFormat(text: string): FileFormat {
  const lines = text.split('\n', 20_000).map((line) => line.trim());
  return decide(lines.filter((line) => !line.startsWith('#'))) ?? decide(lines.map(uncommented)) ?? 'knockd';
}

function decide(lines: readonly string[]): FileFormat | undefined {
  for (const line of lines) {
    if (line.startsWith('[')) return 'knockd';
    const word = /^(\S+)[ \t]/.exec(line)?.[1]?.replace(/:$/, '') ?? '';
    if (word.startsWith('%include') || (isAccessKey(word) && !word.startsWith('GPG_'))) return 'access';
    if (SERVER_WORD.test(word) || Object.hasOwn(LOST_SERVER_KEYS, word)) return 'fwknopd';
  }
  return undefined;
}

/** `#PCAP_INTF eth0;` without the mark; prose begins with a blank. */
function uncommented(line: string): string {
  return line.startsWith('#') ? line.slice(1) : line;
}
