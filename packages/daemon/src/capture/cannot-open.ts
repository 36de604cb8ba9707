// Why a source could not be opened.

import type { OpenFailure } from './status.ts';

/** What is thrown then. */
export class CannotOpen extends Error {
  readonly failure: OpenFailure;

  constructor(failure: OpenFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}
