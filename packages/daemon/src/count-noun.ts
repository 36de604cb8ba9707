// A number and what it counts, in words.

/** `1 client`, `2 clients`. @param noun its plural ends in s */
export function countNoun(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
