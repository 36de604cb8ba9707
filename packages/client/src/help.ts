// The help of commands and options, as `--help` shows it.

import { DEFAULTS } from './options.ts';

/** One text for each command, argument and option. */
export const HELP = {
  program: 'Knocks: opens a closed port on a server that runs knockdaemon.',
  server: 'a saved server, or a host; absent: the only one that is saved',
  port: 'port to open, 1–65535',
  ip: 'address to open for: ADDRESS, "source" (the one the knocks come from), or "auto" (this machine\'s own)',
  time: '0 = no limit, 1–254 = minutes, 255 = close',
  host: 'where to knock, instead of the saved host',
  keyFile: 'file that holds the secret, instead of the saved one',
  serverId: "the server's server_id, instead of the saved one",
  basePort: `first of the 256 knock ports, 1–65280 (default: as saved, or ${DEFAULTS.basePort})`,
  transport: 'what to knock with, "tcp" or "udp"',
  delay: `milliseconds between knocks, 0–10000 (default: ${DEFAULTS.delayMs}, with --raw ${DEFAULTS.rawDelayMs})`,
  wait: `until the port is open, at most so long, 1–3600 (${DEFAULTS.waitSeconds} without a number)`,
  print: 'print the eight ports, send nothing',
  raw: 'send packets made by hand, all eight at once; needs CAP_NET_RAW and the module raw-socket',
  spoofSource: "send them from ADDRESS and not from this machine's own; implies --raw",
  ipv4: 'knock over IPv4 only',
  ipv6: 'knock over IPv6 only',
  json: 'print one JSON object',
  quiet: 'print nothing but errors and what was asked for with --print or --json',
  debug: 'show on stderr what is found out and planned, and the stack of an unexpected error',
  version: 'show the version',
  help: 'show this help',
  helpCommand: 'show the help of a command',
  add: 'save a server',
  name: 'name of the server here',
  link: 'enrolment link; "-": read it from standard input',
  force: 'replace a server of the same name',
  list: 'list the saved servers',
  remove: 'remove a saved server',
  keygen: 'print a new secret',
  commandDebug: 'show the stack of an unexpected error',
} as const;
