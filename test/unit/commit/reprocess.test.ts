/** Files that are read again: the tables equal those of an ingestion with the new configuration. */
import { completeCommits } from '../../../commit/commit';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { commitCutAt, contentOf, copyOf } from '../../support/crashes';
import {
  DAYS,
  differencesOf,
  freshContent,
  ingestAll,
  manyFiles,
  type Run,
  withConfig,
  withTransform,
} from '../../support/reprocess';
import {
  commitGroup,
  DAY,
  ingest,
  ingestWholeDay,
  memoryRun,
  plan,
  records,
  reprocessDay,
  rowsOf,
  trailFile,
  trailKey,
} from '../../support/runs';
import { upkeep, upkeepContext } from '../../support/upkeep';

/** Reads everything again under the run's configuration, day by day. */
async function reprocessAll(run: Run, days: readonly string[] = DAYS): Promise<void> {
  for (const day of days) await reprocessDay(run, {}, day);
}

async function expectAsFresh(run: Run): Promise<void> {
  expect(await contentOf(run)).toEqual(await freshContent(run));
  expect(await differencesOf(run)).toEqual([]);
  // There is nothing left to do.
  for (const day of DAYS) expect(await plan(run, day, {}, { reprocess: {} })).toMatchObject({ files: 0 });
}

const CHANGES: readonly [what: string, older: (run: Run) => Run, newer: (run: Run) => Run][] = [
  ['a transform', (run) => run, (run) => withTransform(run, 'row.set(\'labels\', \'{"team":"blue"}\'); return row;')],
  [
    'another column',
    (run) => run,
    (run) =>
      withConfig(run, {
        tables: run.config.tables.map((table) => {
          const name = { name: 'event_name', type: 'string', doc: 'a test', from: ['eventName'] } as const;
          return table.key === 'default' ? { ...table, columns: [name] } : table;
        }),
      }),
  ],
  [
    'a kind of record that is dropped now',
    (run) => run,
    (run) => withTransform(run, "return row.get('event.action') === 'PutObject' ? null : row;"),
  ],
  [
    'a kind of record that was dropped before',
    (run) => withTransform(run, "return row.get('event.action') === 'GetObject' ? null : row;"),
    (run) => run,
  ],
  ['a transform that failed for every record', (run) => withTransform(run, "throw new Error('typo');"), (run) => run],
  [
    'a transform that fails now',
    (run) => run,
    (run) => withTransform(run, "if (row.get('event.action') === 'PutObject') throw new Error('no'); return row;"),
  ],
  [
    'a transform that drops the events of the file that had them first',
    (run) => run,
    (run) => withTransform(run, "return /_a\\./.test(row.get('log.file.path')) ? null : row;"),
  ],
  [
    'a transform that drops the events of the files that had them later',
    (run) => run,
    (run) => withTransform(run, "return /_[bc]\\./.test(row.get('log.file.path')) ? null : row;"),
  ],
  ['no deduplication any more', (run) => run, (run) => withConfig(run, { deduplicate: undefined })],
  [
    'deduplication',
    (run) => withConfig(run, { deduplicate: undefined }),
    (run) => withConfig(run, { deduplicate: { windowDays: 30 } }),
  ],
];

describe.each(CHANGES)('%s', (_what, older, newer) => {
  it('gives the same tables as a fresh ingestion', async () => {
    const run = await manyFiles();
    await ingestAll(older(run));
    await reprocessAll(newer(run));
    await expectAsFresh(newer(run));
  });

  it('does so in any order of the days, after the tables were compacted, and with a late file in between', async () => {
    const run = await manyFiles();
    await ingestAll(older(run));
    await upkeep(upkeepContext(older(run)));
    await reprocessAll(newer(run), [DAY]);
    await run.bucket.put(trailKey('late'), trailFile(records(2, `${DAYS[0]}T10:00:00Z`, {}, 'shared')));
    await ingestWholeDay(newer(run));
    await upkeep(upkeepContext(newer(run)));
    await reprocessAll(newer(run), [DAYS[0], DAY]);
    await expectAsFresh(newer(run));
    await upkeep(upkeepContext(newer(run)));
    await expectAsFresh(newer(run));
  });
});

/** [name, attempt, status, records, rejects, duplicates] of the ledger's rows of a day. */
async function ledgerOf(run: Run, day = DAY): Promise<unknown[][]> {
  const rows = (await rowsOf(run, 'ledger')).filter(({ key }) => String(key).includes(day.replaceAll('-', '/')));
  return rows
    .map(({ key, attempt, status, records: kept, rejects, duplicates }) => {
      const name = String(key).replace(/^.*_(\w+)\.json\.gz$/, '$1');
      return [name, attempt, status, kept, rejects, duplicates];
    })
    .sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

const LABELS = 'row.set(\'labels\', \'{"team":"blue"}\'); return row;';

/** The number of rows with the label, and without it. */
async function labelled(run: Run): Promise<[labelled: number, others: number]> {
  const rows = await rowsOf(run, 'default');
  const some = rows.filter(({ labels }) => labels != null).length;
  return [some, rows.length - some];
}

describe('which files are read again', () => {
  it('only those of another configuration or version, and the others are named', async () => {
    const run = await manyFiles();
    await ingestAll(run);
    const same = await plan(run, DAY, {}, { reprocess: {} });
    // Files with repeats might have the only copy of an event under another configuration.
    expect(same.files + (same.ignored?.find(({ why }) => why === 'up_to_date')?.files ?? 0)).toBe(8 - 1);
    const changed = withTransform(run, LABELS);
    expect(await plan(changed, DAY, {}, { reprocess: {} })).toMatchObject({ files: 8 });
    await reprocessDay(changed);
    expect(await plan(changed, DAY, {}, { reprocess: {} })).toMatchObject({
      files: 0,
      ignored: [{ why: 'up_to_date', files: 7 }],
    });
    expect((await plan({ ...changed, version: '9.9.9' }, DAY, {}, { reprocess: {} })).files).toBe(8);
  });

  it('only files with rejects', async () => {
    const run = await manyFiles();
    await ingestAll(run);
    const changed = withTransform(run, LABELS);
    expect(await plan(changed, DAY, {}, { reprocess: { status: 'rejected' } })).toMatchObject({ files: 2 });
    await reprocessDay(changed, { status: 'rejected' });
    expect(await plan(changed, DAY, {}, { reprocess: { status: 'rejected' } })).toMatchObject({ files: 0 });
    expect(await differencesOf(run)).toEqual([]);
  });

  it('only quarantined ones, whichever version has read them', async () => {
    const run = await manyFiles();
    await ingestAll(run);
    await run.bucket.put(trailKey('new'), trailFile(records(1, undefined, {}, 'new')));
    expect(await plan(run, DAY, {}, { reprocess: { status: 'quarantined' } })).toMatchObject({ files: 1 });
    await reprocessDay(run, { status: 'quarantined' });
    expect((await ledgerOf(run)).filter(([name]) => name === 'e')).toEqual([['e', 2, 'quarantined', 0, 0, 0]]);
  });

  it('only the named ones, even if they are new', async () => {
    const run = await manyFiles();
    await ingestAll(run);
    const changed = withTransform(run, LABELS);
    await run.bucket.put(trailKey('new'), trailFile(records(1, undefined, {}, 'new')));
    await reprocessDay(changed, { keys: [trailKey('d'), trailKey('new')] });
    expect(await labelled(run)).toEqual([2, expect.any(Number)]);
    expect((await ledgerOf(run)).filter(([name]) => ['d', 'new'].includes(String(name)))).toEqual([
      ['d', 2, 'ingested', 1, 1, 0],
      ['new', 1, 'ingested', 1, 0, 0],
    ]);
    // The file that was not selected is still to be ingested by ordinary runs if it is new.
    expect(await differencesOf(run)).toEqual([]);
  });

  it('only those that an older version has read', async () => {
    const run = await manyFiles();
    await ingestAll({ ...run, version: '1.9.0' });
    const olderThan = (version: string) =>
      plan({ ...run, version: '2.0.0' }, DAY, {}, { reprocess: { olderThan: version } });
    expect(await olderThan('1.10.0')).toMatchObject({ files: 8 });
    expect(await olderThan('1.9.0')).toMatchObject({ files: 0 });
  });

  it('no object that is gone, none whose key was replaced, and none of a table that is not configured', async () => {
    const run = await manyFiles();
    await ingestAll(run);
    const before = (await rowsOf(run, 'default')).length;
    await run.bucket.put(trailKey('b'), trailFile(records(1, undefined, {}, 'other')));
    await ingestWholeDay(run);
    await run.bucket.delete(trailKey('h'));
    const changed = withTransform(withConfig(run, { tables: run.config.tables.slice(0, 1) }), LABELS);
    const of = await plan(changed, DAY, {}, { reprocess: {} });
    expect(of.ignored?.filter(({ why }) => why === 'replaced')).toEqual([
      { why: 'replaced', files: 1, example: trailKey('b') },
    ]);
    await reprocessDay(changed);
    expect(await rowsOf(run, 'default')).toHaveLength(before + 1);
    expect(await rowsOf(run, 'insights')).toHaveLength(4);
    expect((await differencesOf(run)).map((one) => (one as { what: string }).what)).toEqual(['missing_in_bucket']);
  });

  it('a plan of one kind does not continue one of the other', async () => {
    const run = await manyFiles();
    await run.bucket.put(trailKey('i'), trailFile(records(1, undefined, {}, 'i')));
    const ordinary = await plan(run);
    expect(await plan(run, DAY, {}, { reprocess: {}, fresh: false })).toMatchObject({ resumed: false });
    expect((await plan(run, DAY, {}, { fresh: false })).id).not.toBe(ordinary.id);
    const again = await plan(run, DAY, {}, { reprocess: {} });
    expect(await plan(run, DAY, {}, { reprocess: {}, fresh: false })).toMatchObject({ id: again.id, resumed: true });
    expect(await plan(run, DAY, {}, { reprocess: { status: 'rejected' }, fresh: false })).toMatchObject({ files: 0 });
  });
});

describe('files that cannot be read again', () => {
  it('keep their rows, and are named; the next run retries them', async () => {
    const run = await manyFiles();
    await ingestAll(run);
    const before = await ledgerOf(run);
    const changed = withTransform(run, LABELS);
    const of = await plan(changed, DAY, {}, { reprocess: { keys: [trailKey('d')] } });
    const away = await copyOf(changed);
    await away.bucket.delete(trailKey('d'));
    const gone = { ...changed, bucket: away.bucket };
    const { result } = await ingest(gone, of, 0);
    expect(await commitGroup(gone, of, [result], { replaces: true })).toMatchObject({
      files: 0,
      quarantined: 0,
      quarantinedFor: [],
      kept: [{ code: 'object_not_found', files: 1, example: trailKey('d') }],
      keptBytes: of.bytes,
    });
    expect(await ledgerOf(run)).toEqual(before);
    expect(await differencesOf(run)).toEqual([]);
    expect(await plan(changed, DAY, {}, { reprocess: { keys: [trailKey('d')] } })).toMatchObject({ files: 1 });
  });
});

describe('retention', () => {
  it('days that it has removed do not come back', async () => {
    const run = await manyFiles();
    await run.bucket.put(
      trailKey('both'),
      trailFile([...records(1, '2024-03-01T01:00:00Z', {}, 'both'), ...records(1, `${DAY}T01:00:00Z`, {}, 'both')]),
    );
    await ingestAll(run);
    const before = (await rowsOf(run, 'default')).length;
    await upkeep(upkeepContext(run, { retentionDays: { default: 7 } }, Date.parse('2024-03-10T12:00:00Z')));
    expect(await rowsOf(run, 'default')).toHaveLength(before - 3);
    const changed = withTransform(run, LABELS);
    expect((await plan(changed, DAY, {}, { reprocess: {} })).ignored).toEqual([
      { why: 'not_kept', files: 1, example: trailKey('d') },
    ]);
    await reprocessAll(changed);
    expect(await labelled(run)).toEqual([before - 3, 0]);
    expect(await differencesOf(run)).toEqual([]);
  });
});

describe('counts of other files', () => {
  it('change with the rows that newer ones replace', async () => {
    const run = await manyFiles();
    await ingestAll(run);
    const ledger = await ledgerOf(run, DAYS[0]);
    expect(ledger.filter(([name]) => ['a', 'b', 'c'].includes(String(name)))).toEqual([
      ['a', 1, 'ingested', 5, 1, 0],
      ['b', 1, 'ingested', 2, 0, 2],
      ['c', 1, 'ingested', 0, 0, 2],
    ]);
    await reprocessDay(withTransform(run, LABELS), { keys: [trailKey('c', { day: DAYS[0] })] }, DAYS[0]);
    expect((await ledgerOf(run, DAYS[0])).filter(([name]) => ['a', 'b', 'c'].includes(String(name)))).toEqual([
      ['a', 1, 'ingested', 5, 1, 0],
      ['b', 1, 'ingested', 0, 0, 4],
      ['c', 2, 'ingested', 2, 0, 0],
    ]);
    expect(await differencesOf(run)).toEqual([]);
    // Also of another day.
    await reprocessDay(withTransform(run, LABELS), { keys: [trailKey('a')] });
    expect((await ledgerOf(run, DAYS[0])).filter(([name]) => name === 'a')).toEqual([['a', 1, 'ingested', 3, 1, 2]]);
    expect(await differencesOf(run)).toEqual([]);
  });

  it('no event is lost when the file that had its row is read again last, and no longer has it', async () => {
    const run = memoryRun();
    const shared = trailFile(records(2, `${DAYS[0]}T10:00:00Z`, {}, 'shared'));
    for (const day of DAYS) await run.bucket.put(trailKey(day === DAY ? 'later' : 'first', { day }), shared);
    await ingestAll(run);
    const changed = withTransform(run, "return /_first\\./.test(row.get('log.file.path')) ? null : row;");
    for (const day of [...DAYS].reverse()) {
      await reprocessDay(changed, {}, day);
      expect(await rowsOf(run, 'default')).toHaveLength(2);
      expect(await differencesOf(run)).toEqual([]);
    }
    expect(await contentOf(run)).toEqual(await freshContent(changed));
  });

  it('are those of a file whose own commit was open: it is completed first', async () => {
    const run = memoryRun();
    const shared = records(1, `${DAYS[0]}T10:00:00Z`, {}, 'shared');
    await run.bucket.put(trailKey('a'), trailFile(shared));
    await ingestWholeDay(withTransform(run, 'return null;'));
    await run.bucket.put(trailKey('late', { day: DAYS[0] }), trailFile(shared));
    const late = await plan(run, DAYS[0]);
    const { result } = await ingest(run, late, 0);
    await commitCutAt('/aws_cloudtrail_files/data/', run, late, [result], 0, DAYS[0]);
    expect(await rowsOf(run, 'default')).toHaveLength(1);
    await reprocessDay(run);
    expect(await completeCommits(run, inlinePool)).toBe(0);
    expect(await ledgerOf(run, DAYS[0])).toEqual([['late', 1, 'ingested', 0, 0, 1]]);
    expect(await ledgerOf(run)).toEqual([['a', 2, 'ingested', 1, 0, 0]]);
    expect(await differencesOf(run)).toEqual([]);
  });

  it('an event whose only row was deleted is ingested with the next file that has it', async () => {
    const run = await manyFiles();
    await ingestAll(run);
    await reprocessAll(withTransform(run, 'return null;'));
    expect(await rowsOf(run, 'default')).toEqual([]);
    await run.bucket.put(trailKey('late'), trailFile(records(2, `${DAYS[0]}T10:00:00Z`, {}, 'shared')));
    await ingestWholeDay(run);
    expect(await rowsOf(run, 'default')).toHaveLength(2);
    expect(await differencesOf(run)).toEqual([]);
  });
});
