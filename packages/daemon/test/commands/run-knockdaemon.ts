// Runs the command line: in this process, with what it writes caught, or as the real command in a process of its own.

import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { main } from '#src/cli.js';
import { temporaryFolder } from '../config/sample.ts';

/** What a command did. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command itself; this file is built into test/build/commands. */
export const KNOCKDAEMON = fileURLToPath(new URL('../../../bin/knockdaemon.js', import.meta.url));

/** Runs `main` with arguments, as if stdout were a pipe. */
export async function callMain(...args: string[]): Promise<CommandResult> {
  let stdout = '';
  let stderr = '';
  const exitCode = await main(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    isTerminal: false,
  });
  return { exitCode, stdout, stderr };
}

/** Runs a program until it ends; for the command itself see {@link KNOCKDAEMON}. */
export function runProgram(program: string, args: readonly string[], closeStdout = false): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    if (closeStdout) child.stdout.destroy();
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** Runs the command in a process where loading a native module is an error that says `native module`. */
export function runWithoutNatives(...args: string[]): Promise<CommandResult> {
  const hook = `export async function resolve(name, context, next) {
    if (/^(koffi|cap|raw-socket|better-sqlite3)$/.test(name)) throw new Error('native module');
    return next(name, context);
  }`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(asDataUrl(hook))});`;
  return runProgram(process.execPath, ['--import', asDataUrl(register), KNOCKDAEMON, ...args]);
}

function asDataUrl(script: string): string {
  return `data:text/javascript,${encodeURIComponent(script)}`;
}

/** A folder with knockdaemon.toml, mode 0600, and files in clients.d where some are given. @returns the name of the file */
export async function configFile(
  t: ExecutionContext,
  text: string,
  clients: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'knockdaemon.toml');
  await writeFile(file, text, { mode: 0o600 });
  if (Object.keys(clients).length > 0) await mkdir(join(folder, 'clients.d'));
  for (const [name, content] of Object.entries(clients)) {
    await writeFile(join(folder, 'clients.d', name), content, { mode: 0o600 });
  }
  return file;
}
