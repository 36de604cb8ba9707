// The part of qrcode 1.5.4 that qr-code.ts uses; the package brings no types.
declare module 'qrcode' {
  interface QrTextOptions {
    readonly type: 'utf8';
    readonly margin: number;
    readonly errorCorrectionLevel: 'L';
  }
  const qrcode: { toString(text: string, options: QrTextOptions): Promise<string> };
  // biome-ignore lint/style/noDefaultExport: this is how the package exports it
  export default qrcode;
}
