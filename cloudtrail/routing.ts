/** Which table an object belongs to, by its kind: as Matano routes by key, but for the real spelling of Insight too. */

export type TableKey = 'default' | 'insights' | 'digest';

/** `*Digest*` → digest, `*Insight*` → insights, all else → default. */
export function tableOf(kind: string): TableKey {
  if (kind.includes('Digest')) return 'digest';
  if (kind.includes('Insight')) return 'insights';
  return 'default';
}

/** Tables that this version fills. Objects of the others are entered in the ledger as skipped. */
export const WANTED_TABLES: readonly TableKey[] = ['default'];
