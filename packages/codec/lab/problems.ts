// What is wrong in a form: each mistake with its field, all of them at once.

/** One mistake. */
export interface Problem<Field extends string> {
  readonly field: Field;
  /** What stands beside the field: "must be …". It never shows a secret. */
  readonly message: string;
}

/** A form that cannot be used, and why. */
export interface Unusable<Field extends string> {
  readonly ok: false;
  /** In the order of the form; at most one for each field. */
  readonly problems: readonly Problem<Field>[];
}

/** Gathers the mistakes of one form. */
export class Problems<Field extends string> {
  readonly #all: Problem<Field>[] = [];

  /** @returns undefined, in the place of what could not be read */
  add(field: Field, message: string): undefined {
    this.#all.push({ field, message });
    return undefined;
  }

  /** In the order in which they were found. */
  get all(): readonly Problem<Field>[] {
    return this.#all;
  }
}
