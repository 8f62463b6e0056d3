/**
 * Why an object that the ledger has is not read again. Reading the ledger is in another module, because it needs a Parquet
 * reader.
 */

/** Why an object is not read again: the index of the reason. */
export const LEFT = ['up_to_date', 'not_kept'] as const;
