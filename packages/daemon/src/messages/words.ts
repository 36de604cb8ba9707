// What several messages have: the name of the program, lists of ports.

/** As it is typed. */
export const PROGRAM = 'knockdaemon';

/** More are counted, not listed. */
const MAX_PORTS_LISTED = 20;

/** `tcp/22, udp/53`; empty for none. */
export function listOf(ports: readonly string[]): string {
  const listed = ports.slice(0, MAX_PORTS_LISTED).join(', ');
  return ports.length > MAX_PORTS_LISTED ? `${listed} and ${ports.length - MAX_PORTS_LISTED} more` : listed;
}
