/** Maps storage calls to the steps of a run, to count faults and to place crashes. */

/** Steps of planning, ingesting, committing and upkeep in which a worker dies at a planned call. */
export const FATAL_STEPS = [
  'source list',
  'plan batch',
  'part',
  'result',
  'data file',
  'manifest',
  'commit record',
  'manifest list',
  'table metadata',
  'version hint',
  'ledger data file',
  'ledger manifest',
  'ledger manifest list',
  'ledger metadata',
  'ledger version hint',
  'removal of plans',
  'compacted file',
  'index segment',
  'removal of files',
] as const;

const WORK: readonly [RegExp, string][] = [
  [/^_trailmill\/config\//, 'run configuration'],
  [/^_trailmill\/sources\//, 'source list'],
  [/\/batch-\d+\.json$/, 'plan batch'],
  [/\/done\/[^/]+\/part-/, 'part'],
  [/\/done\/[^/]+\/result\.json$/, 'result'],
  [/\/commit-\d+[^/]*\.json$/, 'commit record'],
  [/^_trailmill\/index\//, 'index segment'],
  [/^_trailmill\//, 'work area'],
];

const TABLE: readonly [RegExp, string][] = [
  [/\/data\/.*\/compact-[^/]*$/, 'compacted file'],
  [/\/data\//, 'data file'],
  [/\/metadata\/snap-[^/]*\.avro$/, 'manifest list'],
  [/\/metadata\/[^/]*\.avro$/, 'manifest'],
  [/\/metadata\/[^/]*\.metadata\.json$/, 'table metadata'],
  [/\/metadata\/version-hint\.text$/, 'version hint'],
];

/** The step that a storage call belongs to, by its key. */
export function stepOf(store: 'bucket' | 'warehouse', call: string, key: string): string {
  if (store === 'bucket') return call === 'list' ? 'listing' : 'source object';
  if (call === 'delete' && /^_trailmill\/(plans|days)\//.test(key)) return 'removal of plans';
  const work = WORK.find(([pattern]) => pattern.test(key));
  if (work !== undefined) return work[1];
  if (call === 'list') return 'table listing';
  if (call === 'delete' && !/\.json$/.test(key)) return 'removal of files';
  const step = TABLE.find(([pattern]) => pattern.test(key))?.[1] ?? 'other';
  if (!/^[^/]+\/[^/]+_files\//.test(key)) return step;
  return step === 'table metadata' ? 'ledger metadata' : `ledger ${step}`;
}
