// `knockdaemon import FILE`: what a knockd.conf, or fwknop's access.conf and fwknopd.conf, says, as a knockdaemon.toml on
// standard output or in a new file. What does not come over is told on standard error, too. No message shows a key.

import { hostname } from 'node:os';
import { type TransportPort, tryParseTransportPort } from '@eightknock/codec';
import { ConfigError } from '../config/problem.ts';
import { readConfigFile } from '../config/read-file.ts';
import { EXPECTED } from '../config/schema.ts';
import { writeNewSecretFile } from '../config/write-secret-file.ts';
import { importFwknop } from '../fwknop-conf/import-access.ts';
import { loadFwknop } from '../fwknop-conf/load.ts';
import type { Note } from '../fwknop-conf/note.ts';
import { type FileFormat, recogniseFormat } from '../fwknop-conf/recognise-format.ts';
import { importToml } from '../knockd-conf/import-toml.ts';
import { loadKnockdConf } from '../knockd-conf/load.ts';
import { formatImported, formatImportNotes } from '../messages/done.ts';
import { ArgumentProblems } from './argument-problems.ts';
import type { ExitCode, Output } from './output.ts';

/** Options of the command line, unread. */
export interface ImportOptions {
  readonly format?: string;
  readonly fwknopdConf?: string;
  readonly openPorts?: string;
  readonly output?: string;
}

/** A configuration, and what is not in it. */
interface Imported {
  readonly toml: string;
  readonly notes: readonly Note[];
  readonly holdsKeys: boolean;
}

/**
 * Runs the command.
 * @throws ConfigError with every problem in the files, UsageError when an argument is wrong; nothing is written then
 */
export async function importFile(file: string, options: ImportOptions, output: Output): Promise<ExitCode> {
  const problems = new ArgumentProblems();
  const forced = readFormat(options.format, problems);
  const openPorts = readOpenPorts(options.openPorts, problems);
  problems.throwIfAny();
  const format = await formatOf(file, forced);
  for (const [name, value] of [
    ['--fwknopd-conf', options.fwknopdConf],
    ['--open-ports', options.openPorts],
  ] as const) {
    if (format === 'knockd' && value !== undefined) problems.add(name, value, 'this beside an access.conf alone');
  }
  problems.throwIfAny();
  const { toml, notes, holdsKeys } =
    format === 'knockd' ? await importKnockd(file) : await importStanzas(file, format, options, openPorts);
  if (options.output === undefined) output.stdout(toml);
  else await writeOutput(options.output, toml, problems);
  problems.throwIfAny();
  output.stderr(formatImportNotes(notes) + formatImported(options.output, holdsKeys));
  return 0;
}

async function writeOutput(file: string, toml: string, problems: ArgumentProblems): Promise<void> {
  try {
    if (!(await writeNewSecretFile(file, toml))) problems.add('--output', file, 'a file that is not there yet');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    problems.add('--output', file, 'a file that can be written', `the system says ${code}`);
  }
}

async function importKnockd(file: string): Promise<Imported> {
  const { conf, problems } = await loadKnockdConf(file, false);
  if (!conf) throw new ConfigError(problems);
  return { toml: importToml(conf, file, hostname()), notes: [], holdsKeys: false };
}

async function importStanzas(
  file: string,
  format: FileFormat,
  { fwknopdConf }: ImportOptions,
  openPorts: readonly TransportPort[],
): Promise<Imported> {
  const isServer = format === 'fwknopd' && fwknopdConf === undefined;
  const conf = isServer ? await loadFwknop(undefined, file) : await loadFwknop(file, fwknopdConf);
  return { ...importFwknop(conf, hostname(), openPorts), holdsKeys: true };
}

/** What the file is. One that cannot be read is reported by what loads it afterwards. */
async function formatOf(file: string, forced: 'knockd' | 'fwknop' | undefined): Promise<FileFormat> {
  if (forced === 'knockd') return 'knockd';
  const { text } = await readConfigFile(file, true);
  const found = recogniseFormat(text ?? '');
  return forced === 'fwknop' && found === 'knockd' ? 'access' : found;
}

function readFormat(text: string | undefined, problems: ArgumentProblems): 'knockd' | 'fwknop' | undefined {
  if (text === undefined || text === 'knockd' || text === 'fwknop') return text;
  return problems.add('--format', text, 'knockd or fwknop');
}

function readOpenPorts(text: string | undefined, problems: ArgumentProblems): TransportPort[] {
  const parts = [...new Set((text ?? '').split(',').map((part) => part.trim()))];
  if (text === undefined) return [];
  return parts.flatMap((part) => {
    const port = tryParseTransportPort(part);
    if (!port) problems.add('--open-ports', part, EXPECTED.port, 'write them as --open-ports tcp/22,udp/53');
    return port ? [port] : [];
  });
}
