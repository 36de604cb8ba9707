// The kernel's filter (pcap-filter(7)): lets up only what may be a knock, so that other traffic costs nothing.

/**
 * The filter for the knock ports: TCP packets with SYN and none of ACK, RST, FIN, and UDP datagrams. IPv6 packets with
 * extension headers pass whole; they are looked at later.
 * @param basePort 1–65280
 */
export function knockFilter(basePort: number): string {
  const last = basePort + 255;
  const toUs = `dst portrange ${basePort}-${last}`;
  const syn = (flags: string) => `${flags} & 0x17 == 2`;
  const ipv6ToUs = `ip6[42:2] >= ${basePort} and ip6[42:2] <= ${last}`;
  const extended = [0, 43, 51, 60].map((header) => `ip6[6] == ${header}`).join(' or ');
  return [
    `(ip and tcp and ${toUs} and ${syn('tcp[13]')})`,
    `(ip and udp and ${toUs})`,
    `(ip6 and ip6[6] == 6 and ${ipv6ToUs} and ${syn('ip6[53]')})`,
    `(ip6 and ip6[6] == 17 and ${ipv6ToUs})`,
    `(ip6 and (${extended}))`,
  ].join(' or ');
}
