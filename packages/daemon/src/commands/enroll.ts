// `knockdaemon enroll`: a new client. Checks the configuration and the arguments, makes a secret, writes the client's file,
// prints the link. The link is the only thing in this program that shows a secret, once, on stdout.

import { randomBytes } from 'node:crypto';
import {
  encodeEnrolmentLink,
  isClientName,
  isHost,
  MAX_LINK_LENGTH,
  type TransportPort,
  tryParseTransportPort,
} from '@eightknock/codec';
import type { ClientConfig, Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { parseMoment } from '../config/moment.ts';
import { MAX_CLIENTS } from '../config/parse.ts';
import { EXPECTED } from '../config/schema.ts';
import { EXPECTED_VALUE } from '../config/values.ts';
import { clientFileName, writeNewClient } from '../config/write-client.ts';
import { formatEnrolled } from '../messages/done.ts';
import { ArgumentProblems } from './argument-problems.ts';
import type { ExitCode, Output } from './output.ts';

const SECRET_BYTES = 32;

/** Options of the command line, unread. */
export interface EnrollOptions {
  readonly config: string;
  readonly ports: string;
  readonly maxTime?: string;
  readonly host?: string;
  readonly expires?: string;
  readonly openForOther?: boolean;
}

/**
 * Runs the command.
 * @param nowMs milliseconds since 1970: what expires has to come later
 * @throws ConfigError when the configuration is wrong, UsageError when an argument is; nothing is written then
 */
export async function enroll(name: string, options: EnrollOptions, nowMs: number, output: Output): Promise<ExitCode> {
  const { config, clientsDir } = await loadConfig(options.config);
  const problems = new ArgumentProblems();
  checkName(name, config, problems);
  const client = readClient(name, options, nowMs, problems);
  const host = readHost(options.host, config.serverId, problems);
  problems.throwIfAny();

  const link = makeLink(host as string, config, client);
  const file = await writeNewClient(clientsDir, client);
  if (file === undefined) {
    problems.add('NAME', name, `a name that is not taken: there is a file ${clientFileName(clientsDir, name)}`);
    problems.throwIfAny();
    return 2;
  }
  output.stdout(`${link}\n`);
  if (output.isTerminal) {
    const { renderQrCode } = await import('./qr-code.ts');
    output.stdout(await renderQrCode(link));
  }
  output.stderr(formatEnrolled(name, file));
  return 0;
}

/** The ports are left out where the link would be longer than a client takes: they only spare it a question. */
function makeLink(host: string, { basePort, serverId }: Config, { name, secret, ports }: ClientConfig): string {
  const enrolment = { host, basePort, serverId, client: name, secret };
  const link = encodeEnrolmentLink({ ...enrolment, ports });
  return link.length <= MAX_LINK_LENGTH ? link : encodeEnrolmentLink({ ...enrolment, ports: [] });
}

function checkName(name: string, { clients }: Config, problems: ArgumentProblems): void {
  if (!isClientName(name)) problems.add('NAME', name, EXPECTED.name);
  else if (clients.some((client) => client.name === name)) problems.add('NAME', name, 'a name that is not taken');
  if (clients.length >= MAX_CLIENTS) problems.add('NAME', name, `at most ${MAX_CLIENTS} clients, all are there`);
}

function readClient(name: string, options: EnrollOptions, nowMs: number, problems: ArgumentProblems): ClientConfig {
  const { maxTime, expires } = options;
  const ports = readPorts(options.ports, problems);
  const maxMinutes = maxTime === undefined ? undefined : readMaxTime(maxTime, problems);
  const expiresMs = expires === undefined ? undefined : readExpires(expires, nowMs, problems);
  return {
    name,
    secret: Uint8Array.from(randomBytes(SECRET_BYTES)),
    enabled: true,
    ports,
    openForOther: options.openForOther === true,
    trustSource: true,
    ...(maxMinutes !== undefined && { maxTime: maxMinutes }),
    ...(expiresMs !== undefined && { expiresMs }),
  };
}

function readPorts(text: string, problems: ArgumentProblems): TransportPort[] {
  const ports: TransportPort[] = [];
  for (const one of new Set(text.split(',').map((part) => part.trim()))) {
    const port = tryParseTransportPort(one);
    if (port) ports.push(port);
    else problems.add('--ports', one, EXPECTED.port, 'write them as --ports tcp/22,udp/51820');
  }
  return ports;
}

function readMaxTime(text: string, problems: ArgumentProblems): number | undefined {
  const minutes = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (minutes >= 1 && minutes <= 254) return minutes;
  const hint = minutes === 255 || text === '0' ? 'leave --max-time out to allow any time' : undefined;
  return problems.add('--max-time', text, EXPECTED.maxTime, hint);
}

function readExpires(text: string, nowMs: number, problems: ArgumentProblems): number | undefined {
  const milliseconds = parseMoment(text);
  if (milliseconds === undefined) return problems.add('--expires', text, EXPECTED_VALUE.moment);
  return milliseconds > nowMs ? milliseconds : problems.add('--expires', text, 'a date that is still to come');
}

/** Where the client is to knock: `--host`, or the server id when it is plainly the name of a host. */
function readHost(host: string | undefined, serverId: string, problems: ArgumentProblems): string | undefined {
  if (host !== undefined) {
    if (isHost(host)) return host;
    const hint = host.includes('%') ? 'leave out the zone, the part from "%" on' : undefined;
    return problems.add('--host', host, 'a host name, or an IPv4 or IPv6 address without a zone', hint);
  }
  if (/[.:]/.test(serverId) && isHost(serverId)) return serverId;
  const hint = 'say where clients knock; server_id is not the name of a host';
  return problems.add('--host', undefined, 'a host name or address', hint);
}
