// The environment of those who are measured. What a shell sets for itself changes how fast programs start: with NODE_EXTRA_CA_CERTS
// each Node reads all root certificates first, which takes longer than half of its start.

/** What a program needs to find its files, and to write as it would for anybody. */
const KEPT: readonly string[] = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TERM', 'TMPDIR', 'TZ'];

/** Takes everything else out of an environment, for all that is started with it from then on. */
export function keepOwnEnvironment(environment: Record<string, string | undefined>): void {
  for (const name of Object.keys(environment)) {
    if (!KEPT.includes(name)) delete environment[name];
  }
}
