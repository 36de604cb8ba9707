// Is this text a secret that was put in the wrong place? What shows people what they wrote must ask first. Errs on the
// side of hiding.

/** Secrets have 43 characters of base64url; a little is allowed for one that was not copied whole. */
const LEAST = 36;
const RUN = new RegExp(`[A-Za-z0-9_-]{${LEAST},}`, 'g');

/**
 * Whether a text could be a secret or hold one, also one with slips of the keyboard in it.
 * @param text any text
 */
export function looksLikeSecret(text: string): boolean {
  if (text.search(RUN) >= 0) return true;
  // The path of a file is long, too, and ought to be read.
  if (text.startsWith('/')) return false;
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '').length >= LEAST && /[A-Z]/.test(text) && /[a-z]/.test(text);
}

/**
 * Takes out of a text what is written like a secret; the rest stays.
 * @param text any text, for instance an error message of somebody else
 * @returns the text with … in those places
 */
export function hideSecrets(text: string): string {
  return text.replaceAll(RUN, '…');
}
