// Debian's fwknopd on a host of the lab: what it reads in packets, and what it does about them.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSpaKey, type SpaKey } from '@eightknock/codec/spa';
import type { Host, Lab } from '../lab/lab.ts';
import type { Background } from '../lab/run.ts';
import { until } from '../lab/until.ts';
import { fwknopHash, type KeyKind } from './fwknop-client.ts';

/** Its own port. */
export const SPA_PORT = 62201;

/** Of the packets of one turn it reads the last alone: so one each turn, and many turns. */
const config = (filter: string) => `
PCAP_INTF                 eth0;
PCAP_FILTER               ${filter};
ENABLE_PCAP_PROMISC       N;
PCAP_DISPATCH_COUNT       1;
PCAP_LOOP_SLEEP           1000;
ENABLE_IPT_FORWARDING     Y;
ENABLE_IPT_LOCAL_NAT      Y;
`;

/** One stanza of access.conf. */
export function stanza({ encryptionKey, hmacKey, hmacHash }: SpaKey, kind: KeyKind): string {
  const keys =
    kind === 'text'
      ? `KEY ${Buffer.from(encryptionKey)}\nHMAC_KEY ${Buffer.from(hmacKey)}`
      : `KEY_BASE64 ${encodeSpaKey(encryptionKey)}\nHMAC_KEY_BASE64 ${encodeSpaKey(hmacKey)}`;
  return `SOURCE ANY\n${keys}\nHMAC_DIGEST_TYPE ${fwknopHash(hmacHash)}\nENABLE_CMD_EXEC Y\nFW_ACCESS_TIMEOUT 60\n`;
}

/** What fwknopd has read in one packet: its own names → values. */
export type ReadByFwknopd = Readonly<Record<string, string>>;

/** A running fwknopd. */
export class Fwknopd {
  readonly #background: Background;

  private constructor(background: Background) {
    this.#background = background;
  }

  /**
   * Starts it, and waits until it captures.
   * @param access the text of access.conf
   * @param args for instance `--test`: it reads packets, and changes nothing
   * @param filter of libpcap: which packets it hears
   */
  static async start(
    lab: Lab,
    host: Host,
    access: string,
    args: readonly string[] = [],
    filter = `udp port ${SPA_PORT}`,
  ): Promise<Fwknopd> {
    const file = (name: string) => join(lab.folder, `fwknopd-${name}`);
    await writeFile(file('config'), config(filter), { mode: 0o600 });
    await writeFile(file('access'), access, { mode: 0o600 });
    const files = [
      '-c',
      file('config'),
      '-a',
      file('access'),
      '-r',
      lab.folder,
      '-p',
      file('pid'),
      '-d',
      file('digests'),
    ];
    const background = host.start('/usr/sbin/fwknopd', ['--foreground', '--verbose', ...files, ...args]);
    const fwknopd = new Fwknopd(background);
    await until('fwknopd captures', () => fwknopd.said.includes('Starting fwknopd main event loop'));
    return fwknopd;
  }

  /** All that it has printed. */
  get said(): string {
    return this.#background.stdout + this.#background.stderr;
  }

  /** The packets that it has read, by their random digits. */
  get read(): ReadonlyMap<string, ReadByFwknopd> {
    const read = new Map<string, ReadByFwknopd>();
    for (const block of this.said.split('SPA Field Values:').slice(1)) {
      const lines = [...block.matchAll(/^ *([A-Z][A-Za-z ]+): (.*)$/gm)].slice(0, 16);
      const fields = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
      read.set(fields['Random Value'] ?? '?', fields);
    }
    return read;
  }
}
