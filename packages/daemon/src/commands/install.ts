// `knockdaemon install`: unit, user, configuration and folders. Starts nothing, runs nothing: it says what to type.

import { realpathSync } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { geteuid } from 'node:process';
import { formatInstalled } from '../messages/install.ts';
import { installPiece, type PieceResult } from '../service/install-files.ts';
import { CLIENTS_FOLDER, installation } from '../service/installation.ts';
import { barrierTo } from '../service/may-read.ts';
import { isPlainPath } from '../service/unit.ts';
import { findUser, isUserName, type SystemUser } from '../system-user.ts';
import { ArgumentProblems } from './argument-problems.ts';
import type { ExitCode, Output } from './output.ts';

/** Options of the command line. */
export interface InstallOptions {
  readonly dryRun?: boolean;
  /** Where a package is being built. */
  readonly root?: string;
  readonly user: string;
}

/** The user that the daemon runs as unless another is named. */
export const DEFAULT_USER = 'knockdaemon';

/** What the unit hides from the daemon: ProtectHome=, PrivateTmp=. */
const HIDDEN = /^\/(?:home|root|run\/user|tmp|var\/tmp)(?:\/|$)/;

/**
 * Runs the command.
 * @param program Node and the script; default: the ones that run now, bundled or not
 * @throws UsageError when it cannot be done; nothing is written then
 */
export async function install(
  { dryRun = false, root, user }: InstallOptions,
  output: Output,
  program: readonly [string, string] = [process.execPath, realpathSync(process.argv[1] ?? '')],
): Promise<ExitCode> {
  const problems = new ArgumentProblems();
  const isForeign = root !== undefined;
  const target = { root: resolve(root ?? '/'), dryRun };
  if (!isForeign && !dryRun && geteuid?.() !== 0) {
    problems.add('install', undefined, 'root', 'run it as root; --dry-run shows what it would do');
  }
  if (isForeign) await checkRoot(target.root, problems);
  const owner = readUser(user, target.root, problems);
  const installed = program.map((path) => withoutRoot(path, target.root)) as [string, string];
  await checkProgram(installed, user, isForeign, problems);
  problems.throwIfAny();

  const serverId = isForeign ? undefined : serverIdOf(hostname());
  const pieces = installation({
    program: installed,
    user,
    // Only root can give files away.
    ...(owner && geteuid?.() === 0 && { owner: { uid: owner.uid, gid: owner.gid } }),
    ...(serverId !== undefined && { serverId }),
  });
  const results: PieceResult[] = [];
  for (const piece of pieces) results.push(await installPiece(piece, target));
  const givesClients = !isForeign && (await hasStrangers(CLIENTS_FOLDER, owner));
  output.stdout(formatInstalled(results, { dryRun, isForeign, knowsUser: owner !== undefined, user, givesClients }));
  return 0;
}

async function checkRoot(root: string, problems: ArgumentProblems): Promise<void> {
  const isFolder = await stat(root).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (!isFolder) problems.add('--root', root, 'a folder that exists');
}

/** @returns undefined when there is no such user yet */
function readUser(name: string, root: string, problems: ArgumentProblems): SystemUser | undefined {
  if (!isUserName(name)) return problems.add('--user', name, 'the name of a system user');
  const user = findUser(name, root);
  if (user?.uid === 0) return problems.add('--user', name, 'a user who is not root');
  return user;
}

/** A program that is under the root will be without it once the package is installed. */
function withoutRoot(path: string, root: string): string {
  return root !== '/' && path.startsWith(`${root}/`) ? path.slice(root.length) : path;
}

async function checkProgram(
  program: readonly string[],
  user: string,
  isForeign: boolean,
  problems: ArgumentProblems,
): Promise<void> {
  const hint = 'put the clone in /opt/eightknock, and take a Node that is for everybody: see docs/systemd.md';
  for (const path of program) {
    if (!isPlainPath(path))
      problems.add('program', path, 'a path of A–Z a–z 0–9 . _ + @ : - that systemd reads as it is');
    else if (HIDDEN.test(path)) {
      problems.add('program', path, 'a place that the unit does not hide: not in /home, /root, /tmp', hint);
    } else if (!isForeign && (await barrierTo(path)) !== undefined) {
      problems.add('program', path, `a file that the user "${user}" can read`, hint);
    }
  }
}

/** Whether somebody else has clients there: enrolled by root before there was a user. @param user absent: there is none yet */
async function hasStrangers(folder: string, user: SystemUser | undefined): Promise<boolean> {
  for (const name of await readdir(folder).catch(() => [])) {
    const status = await lstat(join(folder, name)).catch(() => undefined);
    if (status && status.uid !== user?.uid) return true;
  }
  return false;
}

/** The name of this machine, where it can be a server id. */
function serverIdOf(name: string): string | undefined {
  return /^[A-Za-z0-9._-]{1,64}$/.test(name) && name !== 'localhost' ? name : undefined;
}
