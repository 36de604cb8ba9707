// `knockclient keygen`: a new secret on stdout. The one place of this program that shows a secret, since that is its task.

import { generateSecret } from '@eightknock/codec';
import type { ExitCode } from '../exit.ts';
import type { Machine } from '../machine.ts';

/** Runs the command. */
export function keygen(machine: Machine): ExitCode {
  machine.output.stdout(`${generateSecret(machine.randomBytes)}\n`);
  return 0;
}
