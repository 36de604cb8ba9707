// What `knockdaemon install` says: what it did, and what is to be done next.

import { CONFIG_FOLDER } from '../config/default-file.ts';
import type { PieceResult } from '../service/install-files.ts';
import { PROGRAM } from './words.ts';

/** How it was installed. */
export interface InstalledHow {
  readonly dryRun: boolean;
  /** Into a folder, where a package is being built. */
  readonly isForeign: boolean;
  readonly user: string;
  readonly knowsUser: boolean;
  /** Whether there are clients already whose files are not the user's. */
  readonly givesClients: boolean;
}

/** What `knockdaemon install` did, a line for each piece, and what comes next. */
export function formatInstalled(
  results: readonly PieceResult[],
  { dryRun, isForeign, user, knowsUser, givesClients }: InstalledHow,
): string {
  const lines = results.flatMap((result) => formatPiece(result, dryRun)).map((line) => `${PROGRAM}: ${line}\n`);
  if (dryRun) return lines.join('');
  const steps = [
    knowsUser ? '' : MAKE_USER,
    knowsUser && !results.some(({ differs }) => differs) ? '' : GIVE_FOLDERS,
    givesClients ? `  chown -R ${user}: ${CONFIG_FOLDER}/clients.d # and the clients that are there\n` : '',
    isForeign ? '' : NEXT_STEPS,
  ].join('');
  return [...lines, steps === '' ? '' : `${PROGRAM}: next:\n`, steps].join('');
}

const MAKE_USER = '  systemd-sysusers knockdaemon.conf          # the user that the daemon runs as\n';

const GIVE_FOLDERS = '  systemd-tmpfiles --create knockdaemon.conf # gives it the folder of the clients\n';

const NEXT_STEPS = `  knockdaemon enroll NAME --ports tcp/22     # a client, and the link for it
  knockdaemon check                          # is all well?
  knockdaemon run --rescue 5                 # try it: the guard lapses after 5 minutes
  systemctl daemon-reload
  systemctl enable --now knockdaemon
`;

function formatPiece({ path, done, differs }: PieceResult, dryRun: boolean): string[] {
  const would = dryRun ? 'would have ' : '';
  switch (done) {
    case 'made':
    case 'written':
      return [`${would}${done} ${path}`];
    case 'beside':
      return [
        `left ${path} as it is: it is not the one that this version writes; ${would}written ${path}.new`,
        `hint: compare the two: diff ${path} ${path}.new`,
      ];
    case 'kept': {
      const { mode, owner } = differs ?? {};
      const found = [
        ...(mode === undefined ? [] : [`its mode is ${mode.toString(8).padStart(4, '0')}`]),
        ...(owner === undefined ? [] : [`it belongs to ${owner.uid}:${owner.gid}`]),
      ];
      return [
        `left ${path} as it is${found.length > 0 ? `, although ${found.join(' and ')}: see docs/systemd.md` : ''}`,
      ];
    }
  }
}
