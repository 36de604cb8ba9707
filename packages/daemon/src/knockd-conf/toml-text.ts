// Values → TOML 1.0 in one line.

/** A text in double quotes. */
export function tomlText(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007F');
}

/** An array of texts. */
export function tomlTexts(texts: readonly string[]): string {
  return `[${texts.map(tomlText).join(', ')}]`;
}
