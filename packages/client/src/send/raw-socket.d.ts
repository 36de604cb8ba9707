// raw-socket 1.8.1 has no typings: RawSocketModule of raw.ts says what is used of it.
declare module 'raw-socket' {
  // biome-ignore lint/suspicious/noExplicitAny: a declared module cannot refer to a file of ours
  const rawSocket: any;
  // biome-ignore lint/style/noDefaultExport: this is how a CommonJS package is seen from here
  export default rawSocket;
}
