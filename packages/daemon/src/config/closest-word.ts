// The word that somebody probably meant. Pure.

/** Longer words are not compared: the cost grows with the square, and nobody means them. */
const MAX_CHARACTERS = 40;

/**
 * Finds the candidate that is nearest to a word by edit distance (Levenshtein; capitals, `-` and `_` count alike).
 * @returns undefined when none is near: more than a third of the word would have to change
 */
export function closestWord(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > MAX_CHARACTERS) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(plain(word), plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll('-', '_');
}

/** The least number of characters to insert, remove or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
