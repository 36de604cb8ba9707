// Why eight knocks are not a request. A closed union: whoever handles it can be checked for completeness.

/** A near miss is told only to help an honest client: it is noise with a small chance, and never opens anything. */
export type SequenceRejection =
  /** A knock is not an integer from base_port to base_port + 255. */
  | { readonly ok: false; readonly reason: 'knock-out-of-range' }
  /** No client's key fits, in any of the three windows: wrong key, wrong server id, clock off, or plain noise. */
  | { readonly ok: false; readonly reason: 'no-key-fits' }
  /** Not all keys could be tried, as they are still being derived; see `DecoderLimits`. Those that were tried do not fit. */
  | { readonly ok: false; readonly reason: 'keys-missing' }
  /** A key fits but for the address, which this client may not choose. `claimedAddress` is absent for IPv6. */
  | {
      readonly ok: false;
      readonly reason: 'address-mismatch';
      readonly client: string;
      readonly port: number;
      readonly claimedAddress?: string;
    }
  /** A key fits, but this client may not say "the address I come from". */
  | {
      readonly ok: false;
      readonly reason: 'source-not-trusted';
      readonly client: string;
      readonly port: number;
    };

/** Why one decrypted block is not a request. */
export type BlockRejection = {
  readonly ok: false;
  /** The check nibble is wrong, or the port is 0. */
  readonly reason: 'check-failed' | 'port-zero';
};

/** All reasons why a sequence is refused by the codec. */
export type SequenceRejectionReason = SequenceRejection['reason'];
