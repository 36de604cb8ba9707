// All that a person reads from the commands: errors and hints, summaries, explanations, help. Plain values in, text out;
// every text ends with a line break. Never a secret, a link or a key.

import { formatTransportPort, hideSecrets, TIME_CLOSE, TIME_UNLIMITED, type TransportPort } from '@eightknock/codec';
import { ACTION_TERMS } from './act/action-terms.ts';
import type { Grant } from './authorise/authorise.ts';
import {
  type Finding,
  type KnockedDoor,
  type Refusal,
  type SequenceQuestion,
  WINDOWS_AROUND,
} from './commands/explain-sequence.ts';
import type { ReplayReport } from './commands/replay.ts';
import { closestWord } from './config/closest-word.ts';
import type { Config } from './config/config.ts';
import { CONFIG_FILE, CONFIG_FOLDER } from './config/default-file.ts';
import type { DoorWarning } from './config/doors/door-warnings.ts';
import { guardedPorts } from './config/guarded-ports.ts';
import type { Problem } from './config/problem.ts';
import { escapeControls, showValue } from './config/show-value.ts';
import { NOBODY } from './control/status-warnings.ts';
import { countNoun } from './count-noun.ts';
import type { Note } from './fwknop-conf/note.ts';
import { messageOf } from './message-of.ts';
import { DENIALS, REJECTIONS } from './reasons.ts';
import type { PieceResult } from './service/install-files.ts';

const PROGRAM = 'knockdaemon';
/** More are counted, not listed. */
const MOST_PORTS_LISTED = 20;
const MOST_CHANCE_FINDINGS = 10;

/** An error, and a hint where one helps: `knockdaemon: error: …`. */
export function formatError(message: string, hint?: string): string {
  const error = `${PROGRAM}: error: ${message}\n`;
  return hint === undefined ? error : `${error}${PROGRAM}: hint: ${hint}\n`;
}

/** A hint that stands by itself. */
export function formatHint(hint: string): string {
  return `${PROGRAM}: hint: ${hint}\n`;
}

/** It cannot start, and has shut what it guarded last. */
export function formatHeldGuard(guarded: readonly TransportPort[]): string {
  const ports = listOf(guarded.map(formatTransportPort));
  return `${PROGRAM}: warning: the guard is put in place as it stood last (${ports}): nobody can open anything until this is mended\n`;
}

/** Each problem in one line, `FILE: PATH: VALUE: expected …`, its hint in the next; a hint that repeats comes once. */
export function formatProblems(problems: readonly Problem[]): string {
  const hints = new Set<string>();
  return problems
    .map(({ file, path, value, expected, hint }) => {
      const place = [file && escapeControls(file), path, value].filter((part) => part !== undefined && part !== '');
      const isNew = hint !== undefined && !hints.has(hint);
      if (isNew) hints.add(hint);
      return formatError([...place, `expected ${expected}`].join(': '), isNew ? hint : undefined);
    })
    .join('');
}

/**
 * What commander says of a wrong command line, in our form.
 * @param message for instance `error: unknown option '--tset'\n(Did you mean --test?)`
 */
export function formatCommandLineError(message: string): string {
  const [first = '', second = ''] = message.replace(/^error: /, '').split('\n');
  const meant = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(second)?.[1];
  const hint = meant === undefined ? `"${PROGRAM} --help" lists commands and options` : `did you mean ${meant}?`;
  return formatError(escapeControls(hideSecrets(first).replaceAll(/'([^']*)'/g, '"$1"')), hint);
}

/** `knockdaemon foo`, where foo is no command. */
export function formatUnknownWord(word: string, commands: readonly string[]): string {
  const meant = closestWord(word, commands);
  const hint = meant === undefined ? `"${PROGRAM} --help" lists commands and options` : `did you mean "${meant}"?`;
  return formatError(`unknown command ${showValue(word)}`, hint);
}

/** An error that nobody foresaw, with its stack only when that was asked for. */
export function formatUnexpected(error: unknown, debug: boolean): string {
  if (debug && error instanceof Error && error.stack !== undefined) return formatError(error.stack);
  const message = escapeControls(messageOf(error));
  return formatError(message, '--debug shows where it comes from');
}

/** `knockdaemon check`, when all is well. */
export function formatCheckSummary({ clients, doors, firewall }: Config): string {
  const ports = guardedPorts({ clients, doors, firewall }).map(formatTransportPort);
  const door =
    firewall.mode === 'mark'
      ? `mode "mark" (0x${firewall.mark.toString(16)}), no guarded ports`
      : `mode "guard" (${firewall.closed}), guarded ports ${listOf(ports) || 'none'}`;
  const others = doors.length > 0 ? `${countNoun(doors.length, 'door')}, ` : '';
  return `${PROGRAM}: ready: ${countNoun(clients.length, 'client')}, ${others}${door}\n`;
}

/** `knockdaemon check`, after that: is there nobody who could knock? */
export function formatNobody({ clients, doors }: Pick<Config, 'clients' | 'doors'>): string {
  return clients.length + doors.length === 0 ? formatHint(NOBODY) : '';
}

/** `knockdaemon check`, after that: what is allowed, but ought to be known. */
export function formatDoorWarnings(warnings: readonly (readonly [door: string, DoorWarning])[]): string {
  const doorsOf = (wanted: DoorWarning) =>
    warnings.flatMap(([door, warning]) => (warning === wanted ? [`"${door}"`] : []));
  return (Object.keys(DOOR_WARNINGS) as DoorWarning[])
    .map((warning) => [doorsOf(warning), DOOR_WARNINGS[warning]] as const)
    .filter(([doors]) => doors.length > 0)
    .map(([doors, text]) => formatHint(`${doors.length === 1 ? 'door' : 'doors'} ${listOf(doors)}: ${text}`))
    .join('');
}

const DOOR_WARNINGS: Readonly<Record<DoorWarning, string>> = {
  replayable: 'whoever sees the knocks can repeat them; "one-time", "tumbler" and "encrypted" cannot be repeated',
  scan: 'a scan of all ports in their order knocks them: let a later port be lower than an earlier one',
  nobody: 'no client has the number on its list: nobody can knock on it',
};

/** `knockdaemon import`: what does not come over. One line each. */
export function formatImportNotes(notes: readonly Note[]): string {
  return notes
    .map(({ file, line, key, text }) => `${PROGRAM}: note: ${escapeControls(file)}: line ${line}, ${key}: ${text}\n`)
    .join('');
}

/** `knockdaemon import`, when it is done. @param file what was written; absent: it was printed */
export function formatImported(file: string | undefined, holdsKeys: boolean): string {
  if (file !== undefined) {
    const check = `knockdaemon check --config ${escapeControls(file)}`;
    return `${PROGRAM}: wrote ${escapeControls(file)}\n${formatHint(`"${check}" looks at it`)}`;
  }
  return holdsKeys
    ? formatHint('what is printed holds keys: --output FILE writes a file that nobody else can read')
    : '';
}

/** `knockdaemon enroll`, when it is done. The link is printed apart from this. */
export function formatEnrolled(name: string, file: string): string {
  return [
    `${PROGRAM}: enrolled "${name}" in ${escapeControls(file)}`,
    `${PROGRAM}: hint: the link holds the secret and is not shown again: give it to "${name}" over a safe way`,
    `${PROGRAM}: hint: "knockdaemon reload" makes a running daemon learn of "${name}"`,
    '',
  ].join('\n');
}

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
const GIVE_FOLDERS = '  systemd-tmpfiles --create knockdaemon.conf # gives him the folder of the clients\n';
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

/** `knockdaemon flush`, when it is done. @param table such as `inet knockdaemon` */
export function formatFlushed(table: string, wasThere: boolean): string {
  if (!wasThere) return `${PROGRAM}: nothing to remove: there is no table "${table}"\n`;
  return `${PROGRAM}: removed the table "${table}": no port is guarded, marked or opened by knocks now\n`;
}

/** `knockdaemon flush`, when the firewall refused. */
export function formatFlushRefused(message: string): string {
  return formatError(
    `cannot remove the guard: ${escapeControls(message)}`,
    'run it as root; libnftables is needed (Debian: apt-get install nftables)',
  );
}

/** `knockdaemon flush`, when somebody has put the table back at once. */
export function formatFlushUndone(table: string): string {
  return formatError(
    `the table "${table}" was removed, and is back`,
    'a daemon that is running puts it back: stop it first (systemctl stop knockdaemon)',
  );
}

/** `knockdaemon reload`, when the configuration was taken. @param inForce what holds now */
export function formatReloaded(inForce: string): string {
  return `${PROGRAM}: reloaded: ${inForce}\n`;
}

/** `knockdaemon confirm`, when it is done. */
export function formatConfirmed(): string {
  return `${PROGRAM}: confirmed: the guard stays\n`;
}

/**
 * What `knockdaemon explain` found.
 * @param findings the surest first
 * @param clients how many were tried
 */
export function formatExplanation(
  { unixSeconds, sourceAddress }: SequenceQuestion,
  findings: readonly Finding[],
  clients: number,
): string {
  const time = formatTime(unixSeconds);
  const tried = `tried the ${clients === 1 ? 'key' : 'keys'} of ${countNoun(clients, 'client')} in the ${2 * WINDOWS_AROUND + 1} windows around ${time}`;
  const sure = findings.filter(({ evidence }) => evidence !== 'check');
  if (sure.length > 0) return `${tried}\n${sure.map(formatFinding).join('')}`;
  // One key in sixteen gets here by chance: only what the daemon would look at itself is worth a line.
  const chance = findings.filter(({ windowOffset }) => Math.abs(windowOffset) <= 1);
  const listed = chance.slice(0, MOST_CHANCE_FINDINGS).map(formatFinding).join('');
  const more =
    chance.length > MOST_CHANCE_FINDINGS ? `and ${chance.length - MOST_CHANCE_FINDINGS} more like these\n` : '';
  const hint =
    sourceAddress === undefined ? `${PROGRAM}: hint: --source ADDRESS tells more, the address they came from\n` : '';
  const minutes = WINDOWS_AROUND / 2;
  const why = `no key fits: a wrong key, a wrong server id, a clock that is off by more than ${minutes} minutes, or no sequence at all`;
  if (chance.length === 0) return `${tried}\n${why}\n${hint}`;
  return `${tried}\n${why};\none key in sixteen seems to fit by chance:\n${listed}${more}${hint}`;
}

/** `knockdaemon explain --read`: a line for each sequence, then what was in the file. */
export function formatReplay(report: ReplayReport, isCutOff: boolean): string {
  const { outcomes, unlisted, packets, knocks, dropped } = report;
  const others = Object.entries(dropped).map(([reason, count]) => `${reason} ${count}`);
  const lines = [
    ...outcomes.map(({ timeMs, message }) => `${formatTime(timeMs / 1000)}  ${escapeControls(message)}`),
    ...(unlisted > 0 ? [`and ${unlisted} more like these`] : []),
    ...(outcomes.length === 0 ? ['no eight knocks of one source came in time'] : []),
    `${countNoun(packets, 'packet')}, ${countNoun(knocks, 'knock')}${others.length > 0 ? `; no knocks: ${others.join(', ')}` : ''}`,
    ...(isCutOff ? [`${PROGRAM}: hint: the file ends in the midst of a packet; all before it was read`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  ...DENIALS,
  ...REJECTIONS,
  'clock-off': 'the clock is off by more than one window of 30 seconds, or the knock is old',
};

function formatFinding(finding: Finding): string {
  const { client, port, time, grantedTime, refusals, addressFit, claimedAddress, allowedPorts, door } = finding;
  const forWhom = addressFit === 'source' ? 'the address it comes from' : (claimedAddress ?? 'another IPv6 address');
  const wish = time === TIME_CLOSE ? 'close' : door ? 'knock on' : 'open';
  const what = door ? `door "${door.name}", number ${port},` : `port ${port}`;
  const shortened = grantedTime === time ? '' : `, shortened to ${formatMinutes(grantedTime)}`;
  const isTimed = time !== TIME_CLOSE && (!door?.action || ACTION_TERMS[door.action].isHeld);
  const lines = [
    `client "${client}": ${wish} ${what} for ${forWhom}${isTimed ? `, ${formatMinutes(time)}${shortened}` : ''}`,
    `  certainty: ${EVIDENCE[finding.evidence]}`,
    `  clock: ${formatClock(finding)}`,
    `  address: ${ADDRESS_FITS[addressFit]}`,
    `  port: ${allowedPorts.join(' and ') || 'not on its list'}`,
    ...(door?.action ? [`  door: ${DOOR_VERBS[door.action]} ${formatDoorObject(door)}`] : []),
    ...refusals.map((refusal) => `  refused: ${REFUSALS[refusal]}`),
    ...(refusals.length === 0
      ? [`  accepted${addressFit === 'unknown' ? ' if the address fits' : ''}, unless it was accepted before`]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

const DOOR_VERBS: Readonly<Record<Grant['action'], string>> = {
  open: 'opens',
  close: 'closes',
  forward: 'forwards',
  run: 'runs',
};

function formatDoorObject({ ports = [], target, program }: KnockedDoor): string {
  if (program !== undefined) return escapeControls(program);
  return ports.join(' and ') + (target === undefined ? '' : ` to ${target}`);
}

const EVIDENCE: Readonly<Record<Finding['evidence'], string>> = {
  address: 'the key fits',
  port: 'the key seems to fit: check and port do, the address proves nothing',
  check: 'low: only the check fits, as it does for one key in sixteen',
};

const ADDRESS_FITS: Readonly<Record<Finding['addressFit'], string>> = {
  same: 'the one it comes from',
  source: '"the address I come from"',
  other: 'not the one it comes from',
  unknown: 'not compared, no --source was given; read as IPv4',
};

function formatClock({ windowOffset, clockSeconds }: Finding): string {
  const { least, most } = clockSeconds;
  const windows = `${countNoun(Math.abs(windowOffset), 'window')} ${windowOffset < 0 ? 'behind' : 'ahead'}`;
  if (windowOffset === 0) return `the same window, from ${round(-least)} s behind to ${round(most)} s ahead`;
  return `${windows}, by ${round(Math.min(Math.abs(least), Math.abs(most)))} to ${round(Math.max(Math.abs(least), Math.abs(most)))} s`;
}

function formatMinutes(time: number): string {
  return time === TIME_UNLIMITED ? 'no time limit' : countNoun(time, 'minute');
}

function formatTime(unixSeconds: number): string {
  return new Date(Math.floor(unixSeconds * 1000)).toISOString();
}

function round(seconds: number): number {
  return Math.round(seconds);
}

function listOf(ports: readonly string[]): string {
  const listed = ports.slice(0, MOST_PORTS_LISTED).join(', ');
  return ports.length > MOST_PORTS_LISTED ? `${listed} and ${ports.length - MOST_PORTS_LISTED} more` : listed;
}

/** The help of commands and options. */
export const HELP = {
  program: "Hears the knocks, decides, and holds the door in the kernel's firewall.",
  run: 'listen and act until it is stopped (the default command)',
  check: 'look for problems in the configuration and the machine',
  enroll: 'add a client: write its file, print its enrolment link',
  install: 'write unit, user, configuration and folders for systemd, and say what comes next',
  dryRun: 'say what would be done',
  root: 'folder in which a package is being built',
  user: 'whom the daemon runs as',
  flush: 'remove guard and grants from the kernel; stop the daemon first',
  explain: 'say what eight knocks are, and why they would be refused',
  status: 'how the running daemon stands, what is amiss first',
  grants: 'who may come in now',
  revoke: 'end grants and close their doors',
  reload: 'have the configuration read again; a wrong one changes nothing',
  audit: 'who did what, and why not, the newest first',
  confirm: 'after "run --rescue": keep the guard, you can still get in',
  help: 'show this help',
  version: 'show the version',
  config: 'configuration file',
  configDefault: CONFIG_FILE,
  test: 'do everything, act on nothing',
  checkTest: 'check for "run --test", which changes no firewall',
  debug: "follow all knocks in the log, or one address's; show the stack of an unexpected error",
  rescue: 'let the guard lapse after so many minutes unless "knockdaemon confirm" is called',
  knockdConf: 'obey the knockd.conf FILE, alone or besides what --config names',
  checkKnockdConf: 'look at the knockd.conf FILE, too',
  import: 'print what a knockd.conf, or an access.conf of fwknop, says as a knockdaemon.toml',
  importFile: 'the knockd.conf, access.conf or fwknopd.conf',
  importFormat: 'do not look at what is in it: knockd or fwknop',
  fwknopdConf: 'the fwknopd.conf of an access.conf; otherwise the one beside it, if it is there',
  openPorts: 'what a stanza of access.conf without OPEN_PORTS may open: tcp/22,udp/53',
  importOutput: 'write a new file, mode 0600, instead of printing it',
  commandDebug: 'show the stack of an unexpected error',
  quiet: 'log warnings and errors only',
  name: 'name of the client',
  ports: 'what it may open: tcp/22,udp/51820',
  maxTime: 'longest time it may open for, in minutes, 1–254',
  host: 'where it knocks: name or address of this server; default: server_id',
  expires: 'from then on it is refused: a date, UTC',
  openForOther: 'let it open for other addresses than its own',
  completion: 'print the script that completes knockdaemon in your shell',
  shell: 'your shell',
  words: 'what the script asks: what may stand for the last of these words?',
  knocks: 'the eight ports in their order',
  at: 'when they came: unix seconds or ISO 8601, UTC (default: now)',
  source: 'the address they came from',
  read: 'say what became of the knocks in a capture file (tcpdump -w), with its times; nothing is opened',
  json: 'print JSON',
  socket: "the daemon's control socket (default: what the configuration says)",
  revokeAddress: 'the address they are open for',
  revokePort: 'only this port of it: 22, or of one protocol tcp/22',
  filterClient: 'only of this client',
  filterAddress: 'only for this address',
  filterPort: 'only of this port: 22, or of one protocol tcp/22',
  auditAddress: 'only from or for this address',
  limitGrants: 'at most so many, 1–1000 (default: 1000)',
  limitAudit: 'at most so many lines, 1–1000 (default: 50)',
  revokeAll: 'every grant',
} as const;
