// A real knockdaemon on a host of the lab, and what its log says.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSecret } from '@eightknock/codec';
import type { Host, Lab } from './lab.ts';
import type { Background } from './run.ts';
import { watchSecret, watchSecretsIn } from './secrets.ts';
import { until } from './until.ts';

/** From test/build/lab/ to the repository. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The commands under test. */
export const KNOCKDAEMON = join(ROOT, 'packages/daemon/bin/knockdaemon.js');
/** The same as people run it: `npm run build` makes it. */
export const BUNDLED_KNOCKDAEMON = join(ROOT, 'packages/daemon/bundle/knockdaemon.js');
export const KNOCKCLIENT = join(ROOT, 'packages/client/bin/knockclient.js');

/** The server id of the labs. */
export const SERVER_ID = 'lab.example.net';

/** One line of the daemon's log. */
export interface LogLine extends Record<string, unknown> {
  readonly event: string;
  readonly msg: string;
}

/** A client in the daemon's configuration: TOML keys besides `name` and `secret`. */
export interface LabClient {
  readonly name: string;
  readonly secret: Uint8Array;
  readonly toml: string;
}

/** A secret that is different for each number. */
export function labSecret(number: number): Uint8Array {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => (i < 4 ? number >> (8 * i) : i * 7 + number * 31) & 255);
  watchSecret(secret, `labSecret(${number})`);
  return secret;
}

/** The client most tests use: tcp/22 for any time. */
export const ALICE: LabClient = { name: 'alice', secret: labSecret(1), toml: 'ports = ["tcp/22"]' };

/** What the daemon is started with. */
export interface DaemonOptions {
  readonly clients?: readonly LabClient[];
  /** TOML lines before the first table. */
  readonly top?: string;
  /** TOML lines of `[firewall]`. */
  readonly firewall?: string;
  /** TOML tables after that, such as `[[door]]`. */
  readonly tables?: string;
  readonly args?: readonly string[];
  /** Besides the system's. */
  readonly env?: Readonly<Record<string, string>>;
  /** The script; default {@link KNOCKDAEMON}. */
  readonly program?: string;
}

/** A running daemon. */
export class DaemonProcess {
  readonly background: Background;
  readonly configFile: string;

  constructor(background: Background, configFile: string) {
    this.background = background;
    this.configFile = configFile;
  }

  /** All lines so far. */
  lines(): LogLine[] {
    const whole = this.background.stdout.split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits for a line that has these fields. */
  async line(fields: Readonly<Record<string, unknown>>, seconds = 15): Promise<LogLine> {
    const matches = (line: LogLine) =>
      Object.entries(fields).every(([key, value]) => JSON.stringify(line[key]) === JSON.stringify(value));
    return until(
      `log line ${JSON.stringify(fields)}`,
      () => this.lines().find(matches) ?? this.#stillRunning(),
      seconds,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.background.stdout}${this.background.stderr}`);
    });
  }

  /** How many lines have this event so far. */
  count(event: string): number {
    return this.lines().filter((line) => line.event === event).length;
  }

  #stillRunning(): undefined {
    if (this.background.child.exitCode !== null) {
      throw new Error(`knockdaemon ended\n${this.background.stdout}${this.background.stderr}`);
    }
  }
}

/** Writes a configuration file for a lab's daemon. @returns its path */
export async function writeConfig(lab: Lab, options: DaemonOptions = {}): Promise<string> {
  const folder = join(lab.folder, `daemon-${++configs}`);
  await mkdir(folder);
  const { clients = [ALICE], top = '', firewall = '' } = options;
  const ofClients = clients.map(({ name, secret, toml }) => {
    return `[[client]]\nname = "${name}"\nsecret = "${encodeSecret(secret)}"\n${toml}\n`;
  });
  // A daemon that is started with the same file again finds its state there, as after a reboot.
  const own = [`state_dir = "${folder}/state"`, `control_socket = "${folder}/control.sock"`].filter(
    (line) => !top.includes(line.split(' ')[0] as string),
  );
  const text = `server_id = "${SERVER_ID}"\n${own.join('\n')}\n${top}\n[firewall]\n${firewall}\n\n${options.tables ?? ''}\n${ofClients.join('\n')}`;
  watchSecretsIn(text);
  const file = join(folder, 'knockdaemon.toml');
  await writeFile(file, text, { mode: 0o600 });
  return file;
}
let configs = 0;

/** Starts a daemon on a host, and waits until it listens. */
export async function startDaemon(lab: Lab, host: Host, options: DaemonOptions = {}): Promise<DaemonProcess> {
  const configFile = await writeConfig(lab, options);
  const daemon = launchDaemon(host, configFile, options.args, options.env, options.program);
  await daemon.line({ event: 'capture', state: 'capturing' });
  return daemon;
}

/** Starts a daemon again with the configuration of an earlier one, perhaps on another host; waits until it listens. */
export async function restartDaemon(
  host: Host,
  { configFile }: DaemonProcess,
  env: Readonly<Record<string, string>> = {},
): Promise<DaemonProcess> {
  const daemon = launchDaemon(host, configFile, [], env);
  await daemon.line({ event: 'capture', state: 'capturing' });
  return daemon;
}

/** Asks a running daemon, as `knockdaemon COMMAND … --json`. @returns the result */
export async function ask(host: Host, { configFile }: DaemonProcess, ...args: string[]): Promise<unknown> {
  const [command = '', ...rest] = args;
  const all = [KNOCKDAEMON, command, '--config', configFile, '--json', ...rest];
  return JSON.parse(await host.mustRun(process.execPath, all));
}

/** Starts a daemon with a configuration file that exists, and waits for nothing. */
export function launchDaemon(
  host: Host,
  configFile: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  program = KNOCKDAEMON,
): DaemonProcess {
  const background = host.start(process.execPath, [program, 'run', '--config', configFile, ...args], env);
  return new DaemonProcess(background, configFile);
}
