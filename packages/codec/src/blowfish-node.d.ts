// The part of blowfish-node 1.1.4 that cipher.ts uses. Its own typings do not compile under "module": "node20".
declare module 'blowfish-node' {
  class Blowfish {
    static readonly MODE: { readonly ECB: 0 };
    static readonly PADDING: { readonly NULL: 3 };
    static readonly TYPE: { readonly UINT8_ARRAY: 1 };
    constructor(key: Uint8Array, mode: 0, padding: 3);
    encode(data: Uint8Array): Uint8Array;
    decode(data: Uint8Array, type: 1): Uint8Array;
  }
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export default Blowfish;
}
