// `knockclient import FILE`: the stanzas of fwknop's ~/.fwknoprc become saved servers of `knockclient spa`, one file each. What
// could not be carried over is told line by line. All files are written, or none.

import { isClientName } from '@eightknock/codec';
import { readPorts } from '../doors/read-ports.ts';
import { type ExitCode, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { formatImported, importHint, nothingImportedProblem, spaNameTakenProblem } from '../messages/doors.ts';
import { formatHint } from '../messages/problem.ts';
import { readPrivateFile } from '../private-file.ts';
import { saveFiles } from '../servers/save-files.ts';
import { serverFile } from '../servers/saved-server.ts';
import { spaFolder } from '../spa/choose-spa-server.ts';
import { parseFwknoprc } from '../spa/fwknoprc.ts';
import { importStanza } from '../spa/import-stanza.ts';
import { formatSpaServer, type SavedSpaServer } from '../spa/saved-spa-server.ts';

const MAX_BYTES = 256 * 1024;
const DEFAULT = 'default';

/**
 * Runs the command.
 * @param file its name; it holds keys and must be for nobody else to read
 * @throws Failure with exit code 2 when nothing can be imported, or a name is taken; nothing is saved then
 */
export async function importFile(
  file: string,
  { force = false }: { force?: boolean },
  machine: Machine,
): Promise<ExitCode> {
  const { text, problems } = await readPrivateFile(file, MAX_BYTES);
  throwIfAny(problems);
  const { stanzas, ignored } = parseFwknoprc(text as string);
  // Lines of [default] are told once, and not with every stanza.
  const hints = new Set(ignored.map((line) => importHint(file, `line ${line}`, 'fwknop does not read it')));
  const servers = new Map<string, SavedSpaServer>();
  for (const [title, stanza] of stanzas) {
    const imported = importStanza(stanza);
    const name = freeName(title, servers);
    if (imported.server && name !== title) hints.add(importHint(file, `[${title}]`, `it is saved as "${name}"`));
    if (imported.server) servers.set(name, imported.server);
    // A [default] without a server is no mistake: it is there for the others.
    const isCommon = title.toLowerCase() === DEFAULT && !stanza.has('SPA_SERVER');
    for (const [line, what] of imported.hints) {
      if (line > 0) hints.add(importHint(file, `line ${line}`, what));
      else if (!isCommon) hints.add(importHint(file, `[${title}]`, what));
    }
  }
  for (const hint of hints) machine.output.stderr(formatHint(hint));
  if (servers.size === 0) throwIfAny([nothingImportedProblem(file)]);
  const folder = spaFolder(machine.environment);
  const texts = new Map([...servers].map(([name, server]) => [name, formatSpaServer(server)]));
  const taken = await saveFiles(folder, texts, force);
  if (taken !== undefined) throwIfAny([spaNameTakenProblem(taken)]);
  for (const [name, { host, request }] of servers) {
    const ports = readPorts(request.port ?? '') ?? [];
    machine.output.stdout(formatImported(name, serverFile(folder, name), host, ports));
  }
  return 0;
}

/** A name of ours, and none that is there already. */
function freeName(title: string, taken: ReadonlyMap<string, unknown>): string {
  const plain = title
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 60);
  const base = isClientName(plain) ? plain : 'server';
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
