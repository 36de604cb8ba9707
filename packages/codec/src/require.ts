// The checks of arguments that all of the codec shares. They end in TypeError or RangeError and name the argument;
// they never show its value, which may be a secret.

/** Throws unless `value` is a Uint8Array of `least` to `most` bytes. */
export function requireBytes(name: string, value: unknown, least: number, most = least): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name} must be a Uint8Array`);
  if (value.length < least || value.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    throw new RangeError(`${name} must be ${wanted} bytes long, not ${value.length}`);
  }
}

/** Throws unless `value` is an integer of `least` to `most`. */
export function requireInteger(name: string, value: unknown, least: number, most: number): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be an integer from ${least} to ${most}, not ${value}`);
  }
}

/** Throws unless `value` is a string. */
export function requireText(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string`);
}
