// What an installation consists of → what is done about each piece. Nothing that exists is changed: a file that differs
// stays, and the new one is put beside it. Doing it twice is doing it once.

import { constants } from 'node:fs';
import { chmod, chown, link, lstat, mkdir, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Who is to own a piece; absent: whoever installs. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A folder or a file of the installation. */
export interface Piece {
  readonly kind: 'folder' | 'file';
  /** As it is on the machine, absolute. */
  readonly path: string;
  readonly mode: number;
  readonly owner?: Owner;
  /** Of a file. */
  readonly text?: string;
  /** Of a file that is there and differs: is it the administrator's own now, so that nothing is written beside it? */
  readonly keep?: boolean;
}

/** What became of a piece; with a dry run, what would. */
export interface PieceResult {
  readonly path: string;
  readonly done:
    | 'made'
    | 'written'
    /** It was there: a folder, the same text, or a file that is the administrator's. */
    | 'kept'
    /** It was there with another text: `PATH.new` was written. */
    | 'beside';
  /** Of what was kept: its mode or owner is not what the daemon needs. */
  readonly differs?: { readonly mode?: number; readonly owner?: Owner };
}

/** Where and how. */
export interface InstallTarget {
  /** The folder in which the system is: `/`, or where a package is being built. */
  readonly root: string;
  readonly dryRun: boolean;
}

/** A file that is longer is not ours: it differs. */
const MAX_BYTES = 1024 * 1024;
/** Folders above a piece that are missing. */
const FOLDER_MODE = 0o755;

/** Puts one piece in place. @throws the error of the file system */
export async function installPiece(piece: Piece, target: InstallTarget): Promise<PieceResult> {
  const { path } = piece;
  const place = join(target.root, path);
  const status = await lstat(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (status) {
    if (piece.kind === 'folder' ? !status.isDirectory() : !status.isFile()) {
      throw new Error(`${place} is not a ${piece.kind}`);
    }
    const isSame = piece.kind === 'folder' || piece.keep || (await readText(place)) === piece.text;
    if (!isSame) {
      if (!target.dryRun) await writeNew(piece, `${place}.new`, true);
      return { path, done: 'beside' };
    }
    const { uid, gid, mode } = status;
    const { owner } = piece;
    const differs = {
      // More than was meant; less is the administrator's will.
      ...((mode & 0o777 & ~piece.mode) !== 0 && { mode: mode & 0o7777 }),
      ...(owner && (owner.uid !== uid || owner.gid !== gid) && { owner: { uid, gid } }),
    };
    return { path, done: 'kept', ...(Object.keys(differs).length > 0 && { differs }) };
  }
  if (!target.dryRun) {
    await makeAbove(dirname(place));
    if (piece.kind === 'folder') await makeFolder(piece, place);
    else await writeNew(piece, place, false);
  }
  return { path, done: piece.kind === 'folder' ? 'made' : 'written' };
}

async function readText(file: string): Promise<string | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await handle.stat();
    return size > MAX_BYTES ? undefined : await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** The folders above belong to root and to nobody else: so nothing can be put in the place of what is made in them. */
async function makeAbove(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: FOLDER_MODE });
    await chmod(folder, FOLDER_MODE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT') throw error;
    await makeAbove(dirname(folder));
    await makeAbove(folder);
  }
}

async function makeFolder({ mode, owner }: Piece, place: string): Promise<void> {
  await mkdir(place, { mode: 0o700 });
  if (owner) await chown(place, owner.uid, owner.gid);
  await chmod(place, mode);
}

/** The file appears whole, with its owner and mode, or not at all. */
async function writeNew({ text = '', mode, owner }: Piece, place: string, replace: boolean): Promise<void> {
  const unfinished = join(dirname(place), `.${basename(place)}.unfinished`);
  await unlink(unfinished).catch(() => undefined);
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    if (owner) await handle.chown(owner.uid, owner.gid);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (replace) return rename(unfinished, place);
  // Unlike a rename, a link never replaces what is there.
  await link(unfinished, place).finally(() => unlink(unfinished));
}
