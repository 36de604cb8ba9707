// A link → a QR code of characters, to be read from a terminal by a telephone. The only importer of qrcode.

import qrcode from 'qrcode';

/** Black on bright white, whatever the terminal's own colours are: many readers refuse a code that is inverted. */
const COLOURS = '\u001b[30;107m';
const RESET = '\u001b[0m';

/**
 * Draws a QR code in half blocks, with the margin of four modules that ISO/IEC 18004 asks for.
 * @param link at most some 2,000 characters
 * @returns lines, the last one ended too
 */
export async function renderQrCode(link: string): Promise<string> {
  const text = await qrcode.toString(link, { type: 'utf8', margin: 4, errorCorrectionLevel: 'L' });
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => `${COLOURS}${line}${RESET}\n`).join('');
}
