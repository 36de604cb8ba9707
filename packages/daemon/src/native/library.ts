// C libraries in this process. The only importer of koffi: a wrong signature here is a crash, so every caller says which
// manual page its signatures are from.

import koffi from 'koffi';

/** A loaded library; see koffi's `func` for the signatures. */
export type Library = ReturnType<typeof koffi.load>;

/**
 * Loads a library.
 * @param name such as `libnftables.so.1`; null: what is in this process already, the C library among it
 * @throws Error in the words of dlopen(3)
 */
export function loadLibrary(name: string | null): Library {
  return koffi.load(name);
}

/** Why the last call of a C function in this thread failed: errno(3). */
export function lastErrno(): number {
  return koffi.errno();
}
