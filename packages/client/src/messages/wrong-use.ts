// What is wrong with a command line.

import { makeSafe, showName, showValue } from '@eightknock/codec';
import type { AddressFamily } from '../claimed-address.ts';
import type { Problem } from '../exit.ts';
import { problem } from './problem.ts';
import { count, PROGRAM } from './words.ts';

/**
 * `--port: "70000": expected an integer …`.
 * @param place the option or argument
 * @param expected a phrase that goes on after "expected "
 */
export function expectedProblem(place: string, value: unknown, expected: string, hint?: string): Problem {
  return problem(`${place}: ${showValue(value)}: expected ${expected}`, hint);
}

/** Two options that contradict each other. */
export function conflictProblem(one: string, other: string, why?: keyof typeof CONFLICTS): Problem {
  return problem(`${one} and ${makeSafe(other)} do not go together`, why && CONFLICTS[why]);
}

const CONFLICTS = {
  'other-family': 'an address can be opened for only by knocks of its own family',
  'other-source-family': 'knocks come from and open for addresses of one family',
  'ipv6-source-only': 'over IPv6 a knock can open only for the address it comes from: --ip source',
  'print-sends-nothing': '--print sends nothing, so there is nothing to wait for',
  'nothing-opens': '--time 255 closes, and --wait waits for a port to open',
  'never-over': 'time 0 never runs out, so there is nothing to renew',
  'saved-never-over': 'time 0 never runs out, so there is nothing to renew; --time MINUTES takes its place',
  'unknown-rest': 'nobody knows when a door that was open already closes',
} as const;

/** An option of the knock that was given with another command. */
export function strayOptionProblem(option: string, command: string): Problem {
  return problem(`${option} does not go with "${command}"`, `"${PROGRAM} ${command} --help" shows its options`);
}

/** `help` for what is no command. */
export function unknownTopicProblem(topic: string): Problem {
  return problem(`there is no command ${showValue(topic)}`, `"${PROGRAM} --help" shows all commands`);
}

/** Options that are needed as no saved server is used. */
export function missingProblem(options: readonly string[], hint: string): Problem {
  return problem(
    `${options.join(' and ')}: missing: without a saved server ${count(options.length, 'it', 'they')} must be given`,
    hint,
  );
}

/** `set` without anything to set. */
export function nothingToSetProblem(): Problem {
  return problem('nothing to set: expected --port, --time, --ip, --transport, --delay, or --reset', undefined);
}

/** `link` shows a secret only to those who say so. */
export function secretNotAskedProblem(name: string): Problem {
  return problem('the link holds the secret', `to show it all the same: ${PROGRAM} link ${name} --show-secret`);
}

/** The name is taken. */
export function nameTakenProblem(name: string): Problem {
  return problem(`${showName(name)} is saved already`, '--force replaces it');
}

/** `--wait` for a port that no TCP connection can try. */
export function udpPortProblem(port: number): Problem {
  return problem(`--wait: port ${port} is open for UDP only, and only TCP ports can be tried`, 'leave out --wait');
}

/** An address of the other family than the one to knock over. */
export function familyProblem(host: string, family: AddressFamily, ip: string, spoofSource?: string): Problem {
  if (spoofSource !== undefined) {
    const message = `host ${showName(host)} has no IPv${family} address, and knocks from ${spoofSource} go over IPv${family} only`;
    return problem(message, 'give a --spoof-source of the other family');
  }
  if (ip === 'auto' || ip === 'source') {
    return problem(`host ${showName(host)} has no IPv${family} address`, `leave out -${family}`);
  }
  const message = `host ${showName(host)} has no IPv${family} address, and --ip ${ip} can be opened for over IPv${family} only`;
  return problem(message, 'give an address of the other family, or "--ip source"');
}

/**
 * An enrolment link that the codec refused: `link must …`.
 * @param isArgument it was given on the command line
 */
export function linkProblem(reason: string, isArgument: boolean): Problem {
  const hint = 'put it in quotes: the shell takes "&" and "?" for its own';
  return problem(`LINK: ${makeSafe(reason)}`, isArgument ? hint : undefined);
}

/** `--spoof-source`, and this machine's own address is nothing the server could open for. */
export function spoofNeedsIpProblem(ownAddress: string): Problem {
  return problem(
    `--ip: missing: the server will not see this machine as ${ownAddress}, and with --spoof-source not where it is either`,
    'give your public address with --ip ADDRESS, or open for the spoofed one with --ip source',
  );
}

/** `ssh` where there is no POSIX shell. */
export function noSshHereProblem(): Problem {
  return problem(
    `"${PROGRAM} ssh" does not run on Windows`,
    `put "ProxyCommand ${PROGRAM} proxy %h %p" into ssh's configuration`,
  );
}
