// Text → mdoc(7), the language of manual pages that groff and mandoc both read: escaped, broken into lines. Pure.

/** Lines are not to be longer: mandoc(1) -Tlint says 80 bytes. */
const MAX_COLUMNS = 78;

/**
 * Escapes what a formatter would take for its own, for any place of a line. What stands within grave accents, as in Markdown,
 * and the names of other pages, `nft(8)`, become bold; the dashes of options stay what can be typed.
 */
export function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll(/(?<![\w-])-[\w-]+/g, (option) => option.replaceAll('-', '\\-'))
    .replaceAll(/`([^`]*)`/g, (_, literal: string) => `\\fB${literal.replaceAll(/(?<!\\)-/g, '\\-')}\\fP`)
    .replaceAll(/\b([a-z][a-z0-9_.-]*)\((\d)\)/g, '\\fB$1\\fP($2)')
    .replaceAll(/[^\x20-\x7e]/gu, (character) => `\\[u${codeOf(character)}]`);
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

/** Lines of running text: each sentence begins a new one, as mdoc(7) asks for; none is taken for a request. */
export function formatText(text: string): string[] {
  const sentences = text.split(/(?<=[.?!])\s+(?=[A-Z0-9`"])/);
  return sentences.flatMap((sentence) => wrap(escapeText(sentence))).map((line) => line.replace(/^[.']/, '\\&$&'));
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.trim().split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > MAX_COLUMNS) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Lines that are shown as they are. */
export function formatLiteral(lines: readonly string[]): string[] {
  const escaped = lines.map((line) =>
    line.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq').replace(/^\./, '\\&.'),
  );
  return ['.Bd -literal -offset indent', ...escaped, '.Ed'];
}

/** A word after a macro: in quotes where it has blanks, and never taken for a macro or for punctuation. */
export function macroWord(text: string): string {
  const escaped = escapeText(text)
    .replaceAll('"', '\\(dq')
    .replaceAll(/(?<!\\)-/g, '\\-');
  const word = /^(?:[A-Z][a-z]{1,2}|[A-Z%].|[.,:;()[\]?!|]+|)$/.test(escaped) ? `\\&${escaped}` : escaped;
  return /\s/.test(word) ? `"${word}"` : word;
}
