// The files with the two keys of single packets → bytes. Each holds one key and nothing else, as text or in base64; it is for
// nobody else to read. No key is ever on the command line, where every process list shows it.

import { decodeSpaKey, MAX_ENCRYPTION_KEY_BYTES, MAX_HMAC_KEY_BYTES, spaKeyOfText } from '@eightknock/codec/spa';
import type { Problem } from '../exit.ts';
import { expectedInFile } from '../messages/files.ts';
import { conflictProblem, expectedProblem } from '../messages/wrong-use.ts';
import { readPrivateFile } from '../private-file.ts';
import type { RawSpaOptions } from './spa-options.ts';

const MAX_BYTES = 1024;

/** What was read. */
export interface SpaKeys {
  /** 1–32 bytes; absent when no file was given, or there is any problem. */
  readonly encryptionKey?: Uint8Array;
  /** 1–128 bytes; the same. */
  readonly hmacKey?: Uint8Array;
  readonly problems: readonly Problem[];
}

/** Reads the files that the options name. */
export async function readSpaKeys(raw: RawSpaOptions): Promise<SpaKeys> {
  const problems: Problem[] = [];
  const encryptionKey = await readKey('--key-file', raw.keyFile, raw.keyBase64File, MAX_ENCRYPTION_KEY_BYTES, problems);
  const hmacKey = await readKey(
    '--hmac-key-file',
    raw.hmacKeyFile,
    raw.hmacKeyBase64File,
    MAX_HMAC_KEY_BYTES,
    problems,
  );
  return { ...(encryptionKey && { encryptionKey }), ...(hmacKey && { hmacKey }), problems };
}

async function readKey(
  option: string,
  textFile: string | undefined,
  base64File: string | undefined,
  mostBytes: number,
  problems: Problem[],
): Promise<Uint8Array | undefined> {
  const base64Option = option.replace('key-file', 'key-base64-file');
  if (textFile !== undefined && base64File !== undefined) problems.push(conflictProblem(option, base64Option));
  const file = textFile ?? base64File;
  if (file === undefined) return undefined;
  if (file === '') {
    problems.push(expectedProblem(textFile === undefined ? base64Option : option, file, 'the name of a file'));
    return undefined;
  }
  const { text, problems: wrong } = await readPrivateFile(file, MAX_BYTES);
  // Nobody is to be told to change the mode of a file that was named by mistake.
  problems.push(...wrong.map(({ message }) => ({ message })));
  if (text === undefined) return undefined;
  const line = text.replace(/\r?\n$/, '');
  const key = tryRead(() => (textFile === undefined ? decodeSpaKey(line) : spaKeyOfText(line)));
  if (key && key.length <= mostBytes && !/[\r\n]/.test(line)) return key;
  const what = textFile === undefined ? 'in base64' : 'as text';
  problems.push(expectedInFile(file, `one key ${what}, 1 to ${mostBytes} bytes, and nothing else`));
  return undefined;
}

/** The codec's own words could name what stands in the file. */
function tryRead(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
