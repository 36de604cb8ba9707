// `knockdaemon import` of fwknop's files: which file is which, files that are included, --output, and what is told.

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../config/sample.js';
import { callMain } from './run-knockdaemon.js';

const STANZA = 'SOURCE ANY\nKEY some key\nHMAC_KEY another\nOPEN_PORTS tcp/22\n';

async function files(t: Parameters<typeof temporaryFolder>[0], texts: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'd'));
  for (const [name, text] of Object.entries(texts)) {
    await writeFile(join(folder, name), text.replaceAll('%HERE%', folder), { mode: 0o600 });
  }
  return folder;
}

test('access.conf, with the fwknopd.conf beside it, is written to a file that check takes', async (t) => {
  const folder = await files(t, { 'access.conf': STANZA, 'fwknopd.conf': 'PCAP_INTF lo;\nVERBOSE 1;\n' });
  const out = join(folder, 'knockdaemon.toml');
  const { exitCode, stdout, stderr } = await callMain('import', join(folder, 'access.conf'), '--output', out);
  t.is(exitCode, 0);
  t.is(stdout, '');
  t.regex(stderr, /note: .*fwknopd.conf: line 2, VERBOSE: /);
  t.is((await stat(out)).mode & 0o777, 0o600);
  const toml = await readFile(out, 'utf8');
  t.true(toml.includes('interface = "lo"') && toml.includes('key = "some key"'));
  t.like(await callMain('check', '--config', out), { exitCode: 0 });
  const again = await callMain('import', join(folder, 'access.conf'), '--output', out);
  t.is(again.exitCode, 2);
  t.regex(again.stderr, /--output.*expected a file that is not there yet/);
  t.is(await readFile(out, 'utf8'), toml);
  t.deepEqual((await readdir(folder)).sort(), ['access.conf', 'd', 'fwknopd.conf', 'knockdaemon.toml']);
  const lost = await callMain('import', join(folder, 'access.conf'), '--output', join(folder, 'no', 'x'));
  t.is(lost.exitCode, 2);
  t.regex(lost.stderr, /ENOENT/);
});

test('printed, it comes with a hint; fwknopd.conf leads to its access.conf', async (t) => {
  const folder = await files(t, {
    'a.conf': STANZA,
    'fwknopd.conf': 'ACCESS_FILE a.conf;\n',
    'other.conf': 'PCAP_INTF lo;\n',
  });
  const { exitCode, stdout, stderr } = await callMain('import', join(folder, 'fwknopd.conf'));
  t.is(exitCode, 0, stderr);
  t.true(stdout.includes('kind = "spa"') && stdout.includes('interface = "any"'));
  t.regex(stderr, /hint: what is printed holds keys/);
  t.false(stderr.includes('some key'));
  const named = await callMain('import', join(folder, 'a.conf'), '--fwknopd-conf', join(folder, 'other.conf'));
  t.true(named.stdout.includes('interface = "lo"'));
  const missing = await callMain('import', join(folder, 'a.conf'), '--fwknopd-conf', join(folder, 'none.conf'));
  t.is(missing.exitCode, 2);
  t.regex(missing.stderr, /none.conf: missing/);
});

test('the access.conf that fwknopd.conf names by a variable', async (t) => {
  const folder = await files(t, {
    'd/own.conf': STANZA,
    'fwknopd.conf': 'FWKNOP_CONF_DIR %HERE%/d;\nACCESS_FILE $FWKNOP_CONF_DIR/own.conf;\n',
  });
  const { exitCode, stdout, stderr } = await callMain('import', join(folder, 'fwknopd.conf'));
  t.is(exitCode, 0, stderr);
  t.true(stdout.includes('kind = "spa"'));
});

test('a file that is not there: no hint at an option that import has not', async (t) => {
  for (const name of ['knockd.conf', 'access.conf']) {
    const { exitCode, stderr } = await callMain('import', join('/nonexistent', name));
    t.is(exitCode, 2);
    t.is(stderr, `knockdaemon: error: /nonexistent/${name}: missing: expected a configuration file\n`);
  }
});

test('included files, folders and keys', async (t) => {
  const folder = await files(t, {
    'access.conf': `%include %HERE%/one.conf\n%include_folder %HERE%/d\nSOURCE 10.0.0.1\nOPEN_PORTS tcp/80\n%include_keys %HERE%/keys\n`,
    'one.conf': STANZA.replace('SOURCE ANY', 'SOURCE 10.1.0.1'),
    'd/b.conf': STANZA.replace('SOURCE ANY', 'SOURCE 10.2.0.1'),
    'd/ignored': 'nonsense',
    keys: 'KEY third key\nHMAC_KEY its hmac\n',
  });
  const { stdout, stderr } = await callMain('import', join(folder, 'access.conf'));
  t.deepEqual(
    [...stdout.matchAll(/^sources = \["(.*)"\]$/gm)].map(([, source]) => source),
    ['10.1.0.1', '10.2.0.1', '10.0.0.1'],
    stderr,
  );
  t.true(stdout.includes('key = "third key"'));
});

test('wrong includes: missing, relative, in a circle, keys alone, a stanza that is cut', async (t) => {
  const folder = await files(t, {
    'access.conf':
      '%include other.conf\n%include %HERE%/none.conf\n%include_folder %HERE%/none\nSOURCE ANY\n%include_keys %HERE%/keys\n%include %HERE%/access.conf\nOPEN_PORTS tcp/22\n',
    keys: 'KEY a\nHMAC_KEY b\nOPEN_PORTS tcp/1\nhunter2 sesame\n',
  });
  const { exitCode, stdout, stderr } = await callMain('import', join(folder, 'access.conf'));
  t.is(exitCode, 2);
  t.is(stdout, '');
  t.regex(stderr, /line 1, %include: "other.conf": expected an absolute path/);
  t.regex(stderr, /none.conf: missing/);
  t.regex(stderr, /line 3, %include_folder: ENOENT/);
  t.regex(stderr, /keys: line 3: .*expected one of KEY/);
  t.regex(stderr, /expected at most 3 files within each other/);
  t.regex(stderr, /line 7, OPEN_PORTS: expected a SOURCE before it/);
  t.false(/hunter2|sesame/.test(stderr));
});

test('arguments that do not fit', async (t) => {
  const folder = await files(t, { 'access.conf': STANZA, 'knockd.conf': '[A]\nsequence = 1\ncommand = /x\n' });
  const [access, knockd] = [join(folder, 'access.conf'), join(folder, 'knockd.conf')];
  t.regex((await callMain('import', access, '--format', 'x')).stderr, /--format: "x": expected knockd or fwknop/);
  t.regex((await callMain('import', access, '--open-ports', '22')).stderr, /--open-ports: "22": expected tcp\/N/);
  t.regex((await callMain('import', knockd, '--open-ports', 'tcp/22')).stderr, /--open-ports.*access.conf alone/);
  t.like(await callMain('import', access, '--format', 'knockd'), { exitCode: 2 });
  t.like(await callMain('import', knockd, '--format', 'fwknop'), { exitCode: 2 });
  t.like(await callMain('import', access, '--format', 'fwknop'), { exitCode: 0 });
  t.like(await callMain('import', knockd), { exitCode: 0 });
  t.like(await callMain('import', join(folder, 'none')), { exitCode: 2 });
});
