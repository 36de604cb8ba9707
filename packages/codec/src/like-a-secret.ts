// Is this text a secret that was put in the wrong place? What shows people what they wrote must ask first. Errs on the
// side of hiding.

/** Secrets have 43 characters of base64url; a little is allowed for one that was not copied whole. */
const LEAST = 36;
const RUN = new RegExp(`[A-Za-z0-9_-]{${LEAST},}`, 'g');
/** What a name has between its hyphens is a number of 128 bits at most; a key in hexadecimal or base32 is one word, and longer. */
const MAX_WORD = 32;
/** A secret of which one character became a dot still has so many in one piece; names in capitals and small letters have dots sooner. */
const LEAST_IN_NAME = 20;

/**
 * Whether a text could be a secret or hold one, also one with slips of the keyboard in it. Small letters, digits and hyphens
 * alone are a name: of ten thousand million secrets one has no capital and no underscore.
 * @param text any text
 */
export function looksLikeSecret(text: string): boolean {
  if ((text.match(RUN) ?? []).some((run) => !isName(run))) return true;
  // The path of a file is long, too, and ought to be read.
  if (text.startsWith('/')) return false;
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '').length >= LEAST && /[A-Z]/.test(text) && /[a-z]/.test(text);
}

/**
 * The same for a text that is known to be the name of a host or of something that was saved, in which dots are no slips.
 * @param name any text
 */
export function nameLooksLikeSecret(name: string): boolean {
  if (!/[A-Z_]/.test(name)) return false;
  const runs = name.match(/[A-Za-z0-9_-]+/g) ?? [];
  return looksLikeSecret(name) && runs.some((run) => run.length >= LEAST_IN_NAME && !isName(run));
}

function isName(run: string): boolean {
  return /^[a-z0-9-]*$/.test(run) && run.split('-').every((word) => word.length <= MAX_WORD);
}

/**
 * Takes out of a text what is written like a secret; the rest stays.
 * @param text any text, for instance an error message of somebody else
 * @returns the text with … in those places
 */
export function hideSecrets(text: string): string {
  return text.replaceAll(RUN, (run) => (isName(run) ? run : '…'));
}
