/** Which table an object belongs to, by its kind: as Matano routes by key, but for the real spelling of Insight too. */

export type TableKey = 'default' | 'insights' | 'digest';

/** `*Digest*` → digest, `*Insight*` → insights, all else → default. */
export function tableOf(kind: string): TableKey {
  if (kind.includes('Digest')) return 'digest';
  if (kind.includes('Insight')) return 'insights';
  return 'default';
}

/** Is there a table for objects of this kind? Those without one are entered in the ledger as skipped. */
export function isWanted(kind: string, tables: readonly { key: TableKey }[]): boolean {
  const wanted = tableOf(kind);
  return tables.some(({ key }) => key === wanted);
}
