// What reaches those who are measured of the shell in which the bench is started.

import test from 'ava';
import { mustRun } from '../../lab/run.ts';
import { keepOwnEnvironment } from './own-environment.ts';

test('what changes the start of a program is left out, what it needs is kept', (t) => {
  const kept = { PATH: '/usr/bin', HOME: '/root', LANG: 'C.UTF-8', TERM: 'xterm', TMPDIR: '/var/tmp' };
  const left = {
    NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
    NODE_OPTIONS: '--max-old-space-size=100',
    NODE_COMPILE_CACHE: '/tmp',
    UV_THREADPOOL_SIZE: '1',
    npm_config_cache: '/tmp',
    SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
    OPENSSL_CONF: '/etc/ssl/openssl.cnf',
    LD_PRELOAD: 'libfaketime.so.1',
    MALLOC_ARENA_MAX: '1',
  };
  const environment: Record<string, string | undefined> = { ...kept, ...left };
  keepOwnEnvironment(environment);
  t.deepEqual(environment, kept);
});

test.serial('programs that are started then have none of it, but for what they are given', async (t) => {
  const before = { ...process.env };
  t.teardown(() => Object.assign(process.env, before));
  process.env.NODE_EXTRA_CA_CERTS = '/nowhere';
  keepOwnEnvironment(process.env);
  const env = { NODE_OPTIONS: '--no-warnings' };
  const seen: unknown = JSON.parse(await mustRun(process.execPath, ['-p', 'JSON.stringify(process.env)'], { env }));
  t.like(seen, { NODE_OPTIONS: '--no-warnings', NODE_EXTRA_CA_CERTS: undefined });
});
