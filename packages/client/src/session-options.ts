// The options that proxy, ssh and run share with a knock, and how they are handed on from ssh to proxy.

import type { Command } from 'commander';
import { HELP } from './help.ts';
import type { RawOptions } from './options.ts';

/** Options of a knock as part of a session: unread. */
export interface RawSessionOptions extends RawOptions {
  readonly renew?: boolean;
  readonly close?: boolean;
}

/** Options with a value, and those without: the key in {@link RawSessionOptions}, the flag of the command line. */
const VALUES = {
  ip: ['--ip <auto|source|ADDRESS>', HELP.ip],
  time: ['--time <n>', HELP.sessionTime],
  keyFile: ['--key-file <file>', HELP.keyFile],
  serverId: ['--server-id <id>', HELP.serverId],
  basePort: ['--base-port <n>', HELP.basePort],
  transport: ['--transport <tcp|udp>', HELP.transport],
  delay: ['--delay <ms>', HELP.delay],
  wait: ['--wait <seconds>', HELP.sessionWait],
} as const;
const SWITCHES = {
  ipv4: ['-4, --ipv4', HELP.ipv4],
  ipv6: ['-6, --ipv6', HELP.ipv6],
  renew: ['--renew', HELP.renew],
  close: ['--close', HELP.close],
} as const;

/** Adds the options to a command. */
export function addSessionOptions(command: Command): Command {
  for (const [flags, help] of [...Object.values(VALUES), ...Object.values(SWITCHES)]) command.option(flags, help);
  return command;
}

/** The options as words of a command line. The inverse of what commander reads. */
export function sessionArguments(raw: RawSessionOptions): string[] {
  const long = (flags: string) => /--[a-z0-9-]+/.exec(flags)?.[0] as string;
  const values = Object.entries(VALUES).flatMap(([key, [flags]]) => {
    const value = raw[key as keyof typeof VALUES];
    // Written as one word: a value may begin with "-".
    return typeof value === 'string' ? [`${long(flags)}=${value}`] : [];
  });
  const switches = Object.entries(SWITCHES).flatMap(([key, [flags]]) =>
    raw[key as keyof typeof SWITCHES] ? [long(flags)] : [],
  );
  return [...values, ...switches, ...(raw.debug ? ['--debug'] : [])];
}
