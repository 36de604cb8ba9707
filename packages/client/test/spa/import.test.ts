// `knockclient import`: stanzas of ~/.fwknoprc become saved servers; what cannot be carried over is told by its line.

import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { main } from '#src/cli.js';
import { parseFwknoprc } from '#src/spa/fwknoprc.js';
import { importStanza } from '#src/spa/import-stanza.js';
import { formatSpaServer, parseSpaServer } from '#src/spa/saved-spa-server.js';
import { FakeMachine } from '../fake-machine.ts';
import { makeFolder } from '../sample.ts';

const KEYS = 'KEY testkey1234\nHMAC_KEY hmackey5678\n';

async function importText(t: ExecutionContext, text: string, mode = 0o600, ...args: string[]) {
  const config = await makeFolder(t);
  const file = join(config, 'rc');
  await writeFile(file, text);
  await chmod(file, mode);
  const again = async () => {
    const machine = new FakeMachine({ config });
    const code = await main(['import', file, ...args], machine);
    t.notRegex(machine.out + machine.err, /testkey|hmackey/);
    return { code, out: machine.out, err: machine.err };
  };
  const folder = join(config, 'eightknock/spa');
  const saved = () => readdir(folder).catch(() => []);
  return { ...(await again()), again, folder, saved };
}

test('each stanza becomes a file for nobody else, with what [default] says', async (t) => {
  const text = `[default]\n${KEYS}FW_TIMEOUT 30\n[gw]\nSPA_SERVER gw.example.net\nACCESS tcp/22,udp/53\nFW_TIMEOUT 60\n[Two]\nSPA_SERVER 192.0.2.1\n`;
  const { code, out, err, folder, saved } = await importText(t, text);
  t.is(code, 0);
  t.is(err, '');
  t.deepEqual((await saved()).sort(), ['Two.toml', 'gw.toml']);
  t.is(
    out,
    `imported "gw" in ${folder}/gw.toml: gw.example.net, tcp/22, udp/53\nimported "Two" in ${folder}/Two.toml: 192.0.2.1, -\n`,
  );
  t.is((await stat(join(folder, 'gw.toml'))).mode & 0o777, 0o600);
  t.is(
    await readFile(join(folder, 'gw.toml'), 'utf8'),
    'host = "gw.example.net"\nkey_base64 = "dGVzdGtleTEyMzQ="\nhmac_key_base64 = "aG1hY2tleTU2Nzg="\nports = [ "tcp/22", "udp/53" ]\ntime = 60\n',
  );
});

test('what is left out, and stanzas that cannot be imported, are told by their lines', async (t) => {
  const text = `ACCESS tcp/1\n[default]\nVERBOSE Y\n[a]\nSPA_SERVER h\n${KEYS}ALLOW_IP resolve\nTIME_OFFSET 60sec\nGPG_EXE /x\nNONSENSE 1\nalone\n[b]\nSPA_SERVER h\n`;
  const { code, err, saved } = await importText(t, text);
  t.is(code, 0);
  t.deepEqual(await saved(), ['a.toml']);
  const lines = err
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^knockclient: hint: \S+\/rc: /, ''));
  t.deepEqual(lines, [
    'line 1: fwknop does not read it',
    'line 12: fwknop does not read it',
    'line 3: VERBOSE: left out: --debug and --json say more',
    'line 8: ALLOW_IP: "resolve": left out: give the address with --ip, or --ip source',
    'line 9: TIME_OFFSET: left out: set the clock right, it may be 120 seconds off',
    'line 10: GPG_EXE: left out: GnuPG is not supported',
    'line 11: NONSENSE: left out: fwknop has no such name',
    '[b]: not imported: it has no KEY and no KEY_BASE64',
  ]);
});

const notImported = test.macro({
  title: (_, lines: string) => `not imported: ${lines.replaceAll('\n', ' ').slice(-60)}`,
  async exec(t, lines: string, expected: RegExp) {
    const { code, err, saved } = await importText(t, `[x]\n${lines}\n`);
    t.is(code, 2);
    t.regex(err, expected);
    t.regex(err, /error: .*rc: there is no stanza that can be imported: nothing was saved/);
    t.deepEqual(await saved(), []);
  },
});
const AT = `SPA_SERVER h\nACCESS tcp/22\n${KEYS}`;
test(notImported, KEYS, /\[x\]: not imported: it has no SPA_SERVER/);
test(notImported, 'SPA_SERVER h\nKEY testkey', /it has no HMAC_KEY and no HMAC_KEY_BASE64: packets without HMAC/);
test(notImported, 'SPA_SERVER h\nKEY_BASE64 testkey!\nHMAC_KEY a', /KEY_BASE64: it is not base64/);
test(notImported, `SPA_SERVER h\nKEY ${'testkey'.repeat(5)}\nHMAC_KEY a`, /KEY: it is longer than 32 bytes/);
test(notImported, `${AT}SPA_SERVER a_b/c`, /SPA_SERVER: "a_b\/c" is neither/);
test(notImported, `${AT}ACCESS icmp/8`, /ACCESS: "icmp\/8" is not tcp\/N or udp\/N/);
test(notImported, `${AT}USE_GPG Y`, /USE_GPG: GnuPG is not supported/);
test(notImported, `${AT}SPA_SERVER_PROTO tcp`, /SPA_SERVER_PROTO: "tcp" is not supported, only udp/);
test(notImported, `${AT}ENCRYPTION_MODE ctr`, /ENCRYPTION_MODE: "ctr" is not supported, only cbc/);
test(notImported, `${AT}HMAC_DIGEST_TYPE crc`, /HMAC_DIGEST_TYPE: "crc" is no hash function/);
test(notImported, `${AT}SPA_SERVER_PORT 70000`, /SPA_SERVER_PORT: "70000" is not a number from 1 to 65535/);
test(notImported, `${AT}NAT_RAND_PORT Y`, /NAT_RAND_PORT: give the port/);
test(notImported, `${AT}NAT_PORT 5000`, /NAT_PORT without NAT_ACCESS or NAT_LOCAL/);
test(notImported, `${AT}NAT_LOCAL Y\nNAT_ACCESS 10.0.0.2:80`, /NAT_ACCESS and NAT_LOCAL are both there/);
test(notImported, `${AT}NAT_LOCAL Y\nACCESS tcp/22,tcp/23`, /NAT for more than one port/);
test(notImported, `${AT}NAT_ACCESS 10.0.0.2:x`, /NAT_ACCESS: "10\.0\.0\.2:x" is not HOST:PORT/);
test(notImported, `${AT}SPOOF_USER a|b`, /user must be 1 to 48 printable characters/);

test('names that a server cannot have are replaced, and told', async (t) => {
  const { err, saved } = await importText(t, `[me@home]\n${AT}[me home]\n${AT}[../..]\n${AT}[###]\n${AT}`);
  t.deepEqual((await saved()).sort(), ['me-home-2.toml', 'me-home.toml', 'server-2.toml', 'server.toml']);
  t.regex(err, /\[me@home\]: it is saved as "me-home"/);
});

test('a name that is taken: nothing is saved; --force replaces', async (t) => {
  const first = await importText(t, `[a]\n${AT}[b]\n${AT}`);
  await writeFile(join(first.folder, 'b.toml'), 'old', { mode: 0o600 });
  await rm(join(first.folder, 'a.toml'));
  const second = await first.again();
  t.is(second.code, 2);
  t.regex(second.err, /"b" is saved already: nothing was saved\n.*--force replaces it/);
  t.deepEqual(await first.saved(), ['b.toml']);
  t.is(await readFile(join(first.folder, 'b.toml'), 'utf8'), 'old');
  t.is((await importText(t, `[a]\n${AT}`, 0o600, '--force')).code, 0);
});

test('a file that others can read, that is too long, that is not there', async (t) => {
  t.regex((await importText(t, `[a]\n${AT}`, 0o644)).err, /rc: mode 0644.*\n.*hint: chmod 600/);
  t.regex((await importText(t, '#'.repeat(256 * 1024 + 1))).err, /rc: expected at most 262144 bytes/);
  const machine = new FakeMachine();
  t.is(await main(['import', '/nonexistent/rc'], machine), 2);
});

test('any text is read, and what is saved is read again', (t) => {
  const word = fc.constantFrom(
    '[a]',
    '[default]',
    'KEY x',
    'HMAC_KEY y',
    'SPA_SERVER h',
    'ACCESS tcp/22',
    'NAT_LOCAL Y',
    'NAT_PORT 9',
    'FW_TIMEOUT 5',
    'RAND_PORT Y',
    'DIGEST_TYPE MD5',
    '#',
    'SPOOF_USER u',
  );
  const text = fc
    .array(fc.oneof(word, fc.string({ unit: 'binary' })), { maxLength: 30 })
    .map((lines) => lines.join('\n'));
  let imported = 0;
  fc.assert(
    fc.property(text, fc.boolean(), (more, isWhole) => {
      const rc = isWhole ? `[a]\n${AT}${more}` : more;
      for (const stanza of parseFwknoprc(rc).stanzas.values()) {
        const { server } = importStanza(stanza);
        if (!server) continue;
        imported++;
        t.deepEqual(parseSpaServer(formatSpaServer(server), 'f'), { server, problems: [] });
      }
    }),
    { numRuns: process.env.SLOW ? 100_000 : 1000 },
  );
  t.true(imported > 5, `${imported}`);
});
