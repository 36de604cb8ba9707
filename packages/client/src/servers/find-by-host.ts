// A host, as ssh knows it → the saved server that is meant: by its name, or by where it is.

import { isClientName } from '@eightknock/codec';
import { listServerNames, readServer } from './store.ts';

/**
 * Finds saved servers. A file that cannot be read is passed over.
 * @param host a saved name or a host; case does not count in a host
 * @param port TCP; tells servers apart that are at one host
 * @param folder of the saved servers
 * @returns names: one, several that all fit, or none
 */
export async function findByHost(host: string, port: number, folder: string): Promise<readonly string[]> {
  const names = await listServerNames(folder);
  if (isClientName(host) && names.includes(host)) return [host];
  const read = await Promise.all(names.map(async (name) => ({ name, ...(await readServer(folder, name)) })));
  const there = read.filter(({ server }) => server?.host.toLowerCase() === host.toLowerCase());
  const listed = there.filter(({ server }) => server?.ports.some((one) => one.protocol === 'tcp' && one.port === port));
  return (listed.length > 0 ? listed : there).map(({ name }) => name);
}
