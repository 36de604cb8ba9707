// Tab, in real shells: bash, zsh and fish load what the programs print, and complete command lines of both.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type ProgramFolder, programFolder, shownCommands } from '../lab/programs.ts';
import { mustRun } from '../lab/run.ts';
import { Terminal } from '../lab/terminal.ts';

const COMMANDS = await shownCommands();
/** A name that has all that a shell would act on. */
const ODD_FILE = "se cret$x;'.key";

/** Servers that are saved: with odd names, and with names that no server can have. */
async function machine(t: ExecutionContext): Promise<ProgramFolder> {
  const made = await programFolder(t);
  const servers = join(made.folder, 'config/eightknock/servers');
  await mkdir(servers, { recursive: true });
  for (const name of ['gw', '0-x.y_z', '$(touch pwned)', 'a;b', 'a b', ':files', '-rf']) {
    await writeFile(join(servers, `${name}.toml`), 'secret = "never read"', { mode: 0o600 });
  }
  await mkdir(join(made.folder, 'my keys'));
  await writeFile(join(made.folder, 'my keys', ODD_FILE), '');
  return made;
}

/** Asks bash as readline does, once for each line of words. @returns COMPREPLY for each */
async function askBash({ env, folder }: ProgramFolder, lines: readonly (readonly string[])[]): Promise<string[][]> {
  const script = `
    source <(knockclient completion bash); source <(knockdaemon completion bash)
    while IFS=$'\\t' read -r -a COMP_WORDS; do
      [[ \${COMP_WORDS[-1]} == '""' ]] && COMP_WORDS[-1]=
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      "_\${COMP_WORDS[0]}" "\${COMP_WORDS[0]}" "\${COMP_WORDS[-1]}" "\${COMP_WORDS[-2]}"
      printf '%s\\t' "\${COMPREPLY[@]}"
      echo
    done`;
  const input = lines.map((words) => `${words.map((word) => word || '""').join('\t')}\n`).join('');
  const output = await mustRun('/bin/bash', ['--norc', '-c', script], { env, cwd: folder, input });
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t').filter((word) => word !== ''));
}

/** Asks fish. @returns what it would offer for each line */
async function askFish({ env, folder }: ProgramFolder, lines: readonly string[]): Promise<string[][]> {
  const script = `
    knockclient completion fish | source; knockdaemon completion fish | source
    while read -l line
      echo (complete -C "$line" | string replace -r '\\t.*' '' | string join \\t)
    end`;
  const input = lines.map((line) => `${line}\n`).join('');
  const output = await mustRun('/usr/bin/fish', ['--no-config', '-c', script], { env, cwd: folder, input });
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t').filter((word) => word !== ''));
}

test.serial('the help names commands and options', (t) => {
  t.true(COMMANDS.length > 15);
  t.true(COMMANDS.every(({ options }) => options.includes('--help')));
});

test.serial('bash offers every option of every command', async (t) => {
  const offered = await askBash(
    await machine(t),
    COMMANDS.map(({ words }) => [...words, '--']),
  );
  t.is(offered.length, COMMANDS.length);
  for (const [i, { words, options }] of COMMANDS.entries()) {
    for (const option of options) t.true(offered[i]?.includes(option), `${words.join(' ')} ${option}`);
  }
});

test.serial('fish offers every option of every command', async (t) => {
  const offered = await askFish(
    await machine(t),
    COMMANDS.map(({ words }) => `${words.join(' ')} --`),
  );
  t.is(offered.length, COMMANDS.length);
  for (const [i, { words, options }] of COMMANDS.entries()) {
    for (const option of options) t.true(offered[i]?.includes(option), `${words.join(' ')} ${option}`);
  }
});

test.serial('bash: commands, fixed values, saved servers and no other names', async (t) => {
  const offered = await askBash(await machine(t), [
    ['knockclient', 'rem'],
    ['knockclient', '--transport', '='],
    ['knockclient', '--transport', '=', 'u'],
    ['knockclient', '--ip', 's'],
    ['knockclient', 'remove', ''],
    ['knockclient', 'g'],
    ['knockclient', 'completion', 'z'],
    ['knockdaemon', 'gra'],
    // Of run, which is the default.
    ['knockdaemon', '--res'],
    ['knockdaemon', 'no-such-command', 'x'],
  ]);
  t.deepEqual(offered, [
    ['remove'],
    ['tcp', 'udp'],
    ['udp'],
    ['source'],
    ['0-x.y_z', 'gw'],
    ['gw'],
    ['zsh'],
    ['grants'],
    ['--rescue'],
    [],
  ]);
});

test.serial('fish: commands, fixed values, saved servers, files', async (t) => {
  const offered = await askFish(await machine(t), [
    'knockclient rem',
    'knockclient --transport=',
    'knockclient --transport ',
    'knockclient remove ',
    'knockclient --key-file=my',
    'knockclient --key-file my\\ keys/',
    "knockclient --key-file 'my keys/se",
    'knockdaemon install --root m',
    'knockdaemon gra',
  ]);
  t.deepEqual(offered, [
    ['remove'],
    ['--transport=tcp', '--transport=udp'],
    ['tcp', 'udp'],
    ['0-x.y_z', 'gw'],
    ['--key-file=my keys/'],
    [`my keys/${ODD_FILE}`],
    [`my keys/${ODD_FILE}`],
    ['my keys/'],
    ['grants'],
  ]);
});

/** What is shown of the words of a line, once it is typed with a command in front of it. */
const SHOW = "\u0001printf '<%s>\\n' \n";

/** zsh on a terminal, with the completion of knockclient from a script that is sourced, of knockdaemon from `fpath`. */
async function openZsh(t: ExecutionContext, { env, folder }: ProgramFolder): Promise<Terminal> {
  await writeFile(
    join(folder, '_knockdaemon'),
    await mustRun(join(folder, 'bin/knockdaemon'), ['completion', 'zsh'], { env }),
  );
  await writeFile(
    join(folder, '.zshrc'),
    `bindkey -e; PS1='READY> '; fpath+=(${folder}); LISTMAX=1000; autoload -Uz compinit; compinit -u -d ${folder}/dump
source <(knockclient completion zsh)\n`,
  );
  const terminal = new Terminal('zsh -d -i', { ...env, ZDOTDIR: folder }, folder);
  t.teardown(() => terminal.close());
  await terminal.see(/READY> /);
  return terminal;
}

test.serial('bash on a terminal puts files into the line so that they stay one word', async (t) => {
  const { env, folder } = await machine(t);
  await writeFile(
    join(folder, 'rc'),
    "PS1='READY> '; source <(knockclient completion bash); source <(knockdaemon completion bash)\n",
  );
  const terminal = new Terminal('bash --noprofile --rcfile rc -i', env, folder);
  t.teardown(() => terminal.close());
  await terminal.see(/READY> /);
  terminal.type(`knockclient --key-file my\tse\t${SHOW}`);
  t.deepEqual(await terminal.see(/<knockclient>\r\n<--key-file>\r\n<(.*)>\r\n/), [`my keys/${ODD_FILE}`]);
  terminal.type(`knockclient --key-file=my\tse\t${SHOW}`);
  t.deepEqual(await terminal.see(/<knockclient>\r\n<--key-file=(.*)>\r\n/), [`my keys/${ODD_FILE}`]);
  terminal.type(`knockclient --tran\tu\t${SHOW}`);
  t.deepEqual(await terminal.see(/<--transport>\r\n<(.*)>\r\n/), ['udp']);
  terminal.type(`knockclient --transport=u\t${SHOW}`);
  t.deepEqual(await terminal.see(/<(--transport.*)>\r\n/), ['--transport=udp']);
  terminal.type(`knockclient re\t0\t${SHOW}`);
  t.deepEqual(await terminal.see(/<remove>\r\n<(.*)>\r\n/), ['0-x.y_z']);
  terminal.type(`knockdaemon install --root my\t${SHOW}`);
  t.deepEqual(await terminal.see(/<--root>\r\n<(.*?)\/?>\r\n/), ['my keys']);
});

test.serial('zsh on a terminal: commands, values, servers, files, and what options do', async (t) => {
  const terminal = await openZsh(t, await machine(t));
  terminal.type(`knockclient --key-file my\tse\t${SHOW}`);
  t.deepEqual(await terminal.see(/<knockclient>\r\n<--key-file>\r\n<(.*)>\r\n/), [`my keys/${ODD_FILE}`]);
  terminal.type(`knockclient --key-file=my\tse\t${SHOW}`);
  t.deepEqual(await terminal.see(/<knockclient>\r\n<--key-file=(.*)>\r\n/), [`my keys/${ODD_FILE}`]);
  terminal.type(`knockclient --tran\tu\t${SHOW}`);
  t.deepEqual(await terminal.see(/<--transport>\r\n<(.*)>\r\n/), ['udp']);
  terminal.type(`knockclient --transport=u\t${SHOW}`);
  t.deepEqual(await terminal.see(/<(--transport.*)>\r\n/), ['--transport=udp']);
  terminal.type(`knockclient re\t0\t${SHOW}`);
  t.deepEqual(await terminal.see(/<remove>\r\n<(.*)>\r\n/), ['0-x.y_z']);
  terminal.type(`knockdaemon install --root my\t${SHOW}`);
  t.deepEqual(await terminal.see(/<--root>\r\n<(.*?)\/?>\r\n/), ['my keys']);
  terminal.type(`knockdaemon gra\t${SHOW}`);
  t.deepEqual(await terminal.see(/<knockdaemon>\r\n<(.*)>\r\n/), ['grants']);

  for (const { words, options } of COMMANDS.filter(({ words }) => words.length === 1 || words[1] === 'run')) {
    terminal.type(`${words.join(' ')} --\t\t`);
    for (const option of [...options].sort()) await terminal.see(new RegExp(`^${option} +-- `, 'm'));
    terminal.type('\u0015');
  }
});

test.serial('what follows a program that is run: every shell finds programs itself', async (t) => {
  const made = await machine(t);
  const scripts = await Promise.all(
    ['bash', 'zsh', 'fish'].map((shell) => mustRun(join(made.folder, 'bin/knockclient'), ['completion', shell])),
  );
  // A program that has a command such as `run SERVER COMMAND…`.
  const files = ['bash', 'zsh', 'fish'].map((shell, i) => writeFile(join(made.folder, shell), scripts[i] as string));
  await Promise.all(files);
  await rm(join(made.folder, 'bin/knockclient'));
  const other = '#!/bin/sh\n[ $# -gt 2 ] && echo :programs || cat "$HOME/$2"\n';
  await writeFile(join(made.folder, 'bin/knockclient'), other, { mode: 0o755 });

  // Found twice where /bin is /usr/bin; readline shows it once.
  const [found] = await askBash(made, [['knockclient', 'run', 'gw', 'mktem']]);
  t.deepEqual([...new Set(found)], ['mktemp']);
  t.deepEqual(await askFish(made, ['knockclient run gw mktem']), [['mktemp']]);
  const terminal = await openZsh(t, made);
  terminal.type(`knockclient run gw mktem\t${SHOW}`);
  t.deepEqual(await terminal.see(/<gw>\r\n<(.*)>\r\n/), ['mktemp']);
});

test.serial('names of clients are completed for who may read their files', async (t) => {
  const made = await machine(t);
  const config = join(made.folder, 'knockdaemon.toml');
  const client = (name: string, secret: string) =>
    `[[client]]\nname = "${name}"\nsecret = "${secret.repeat(42)}A"\nports = ["tcp/22"]\n`;
  await writeFile(config, `server_id = "gw"\n${client('alice', 'a')}${client('bob.1', 'b')}`, { mode: 0o600 });
  const ask = ['knockdaemon', 'grants', '--config', config, '--client', ''];
  t.deepEqual(await askBash(made, [ask]), [['alice', 'bob.1']]);
  await writeFile(config, 'nothing = "right"\n');
  t.deepEqual(await askBash(made, [ask, ['knockdaemon', 'gra']]), [[], ['grants']]);
});
