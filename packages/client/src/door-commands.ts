// The part of the command line that is about doors of other kinds than the eight knocks': spa, import, digits, tumbler,
// one-time. What they do is loaded when they are called.

import type { Command } from 'commander';
import type { RawDigits } from './commands/digits.ts';
import type { RawOneTime } from './commands/one-time.ts';
import type { RawTumbler } from './commands/tumbler.ts';
import { withEarly } from './early-options.ts';
import { HELP } from './help.ts';
import type { Machine } from './machine.ts';
import type { RawSpaOptions } from './spa/spa-options.ts';

const HASHES = '<md5|sha1|sha256|sha384|sha512|sha3-256|sha3-512>';

/**
 * Adds the commands.
 * @param command makes a command of a name and a help text
 * @param done is told the exit code
 */
export function addDoorCommands(
  command: (name: string, help: string) => Command,
  machine: Machine,
  done: (exitCode: number) => void,
): void {
  addTelling(
    command('spa', HELP.spa)
      .argument('[spa-server]', HELP.spaServer)
      .option('--port <ports>', HELP.spaPorts)
      .option('--ip <auto|source|ADDRESS>', HELP.spaIp)
      .option('--time <seconds>', HELP.spaTime)
      .option('--nat <host:port>', HELP.nat)
      .option('--nat-local <port>', HELP.natLocal)
      .option('--command <text>', HELP.spaCommand)
      .option('--user <user>', HELP.spaUser)
      .option('--spa-port <n>', HELP.spaPort)
      .option('--random-port', HELP.randomPort)
      .option('--key-file <file>', HELP.spaKeyFile)
      .option('--key-base64-file <file>', HELP.spaKeyBase64File)
      .option('--hmac-key-file <file>', HELP.hmacKeyFile)
      .option('--hmac-key-base64-file <file>', HELP.hmacKeyBase64File)
      .option(`--hmac ${HASHES}`, HELP.hmac)
      .option(`--digest ${HASHES}`, HELP.digest)
      .option('--print', HELP.spaPrint),
    HELP.quiet,
  ).action(async (server: string | undefined, options: RawSpaOptions, self: Command) => {
    const { spa } = await import('./commands/spa.ts');
    done(await spa(server, withEarly(self, options), machine));
  });
  command('import', HELP.import)
    .argument('<file>', HELP.importFile)
    .option('--force', HELP.importForce)
    .action(async (file: string, options: { force?: boolean }) => {
      const { importFile } = await import('./commands/import.ts');
      done(await importFile(file, options, machine));
    });
  addTelling(
    command('digits', HELP.digits)
      .argument('<host>', HELP.doorHost)
      .option('--start <ports>', HELP.digitsStart)
      .option('--first-port <port>', HELP.digitsFirstPort)
      .option('--end <ports>', HELP.digitsEnd)
      .option('--port <n>', HELP.digitsPort)
      .option('--delay <ms>', HELP.doorDelay),
  ).action(async (host: string, options: RawDigits, self: Command) => {
    const { digits } = await import('./commands/digits.ts');
    done(await digits(host, withEarly(self, options), machine));
  });
  addTelling(
    command('tumbler', HELP.tumbler)
      .argument('<host>', HELP.doorHost)
      .option('--udp-port <n>', HELP.tumblerPort)
      .option('--secret-file <file>', HELP.tumblerSecretFile)
      .option('--text <text>', HELP.tumblerText)
      .option('--name <text>', HELP.tumblerName)
      .option('--ip <auto|ADDRESS>', HELP.tumblerIp)
      .option('--port <n>', HELP.waitedPort),
  ).action(async (host: string, options: RawTumbler, self: Command) => {
    const { tumbler } = await import('./commands/tumbler.ts');
    done(await tumbler(host, withEarly(self, options), machine));
  });
  addTelling(
    command('one-time', HELP.oneTime)
      .argument('<host>', HELP.doorHost)
      .option('--file <file>', HELP.oneTimeFile)
      .option('--again', HELP.oneTimeAgain)
      .option('--delay <ms>', HELP.doorDelay)
      .option('--port <n>', HELP.waitedPort),
  ).action(async (host: string, options: RawOneTime, self: Command) => {
    const { oneTime } = await import('./commands/one-time.ts');
    done(await oneTime(host, withEarly(self, options), machine));
  });
}

/** What all of them have: which family, whether to wait, how it is told. @param quiet what --quiet leaves */
function addTelling(command: Command, quiet: string = HELP.doorQuiet): Command {
  return command
    .option('--wait [seconds]', HELP.wait)
    .option('-4, --ipv4', HELP.ipv4)
    .option('-6, --ipv6', HELP.ipv6)
    .option('--json', HELP.json)
    .option('--quiet', quiet);
}
