// The part of blowfish-node 1.1.4 that cipher.ts uses. Its own typings do not compile under "module": "node20".
declare module 'blowfish-node' {
  class Blowfish {
    static readonly MODE: { readonly ECB: 0 };
    static readonly PADDING: { readonly NULL: 3 };
    constructor(key: Uint8Array, mode: 0, padding: 3);
    /** The key schedule, which is in no documentation of it: 18 words, and four boxes of 256. Unsigned. */
    readonly p: readonly number[];
    readonly s: readonly (readonly number[])[];
  }
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export default Blowfish;
}
