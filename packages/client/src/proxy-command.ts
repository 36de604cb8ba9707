// Words → the text of ssh's ProxyCommand, which ssh expands (% tokens) and hands to the user's shell. Pure.

/** What no shell takes for anything but itself; a "=" only where it is not the first. */
const PLAIN = /^[A-Za-z0-9_./:@,+-][A-Za-z0-9_./:=@,+-]*$/;

/** One word as a shell reads it back unchanged: in single quotes where it must be. */
export function quoteWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The value of ProxyCommand: `words`, then host and port as ssh knows them (ssh_config(5), "TOKENS").
 * @param words program and arguments; a "%" in them stays one
 */
export function formatProxyCommand(words: readonly string[]): string {
  return `${words.map((word) => quoteWord(word).replaceAll('%', '%%')).join(' ')} %h %p`;
}
