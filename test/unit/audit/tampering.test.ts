/** An audit finds every change in a bucket or a table that was made outside of Trailmill, with and without slices. */
import fc from 'fast-check';
import { appendManifests } from '../../../iceberg/append';
import { keyOf } from '../../../iceberg/location';
import type { DifferenceKind } from '../../../protocol/audit-messages';
import {
  audit,
  filled,
  kindsOf,
  manifestOf,
  type Run,
  replaceManifests,
  rewriteLedger,
  swapFiles,
} from '../../support/audit';
import { deleteRows } from '../../support/deletes';
import { expire } from '../../support/expiry';
import { DAY, filesOf, ingestWholeDay, memoryRun, placeOf, records, trailFile, trailKey } from '../../support/runs';

/** Changes, and the kinds of differences that they cause. */
const TAMPERINGS: Record<string, [kinds: DifferenceKind[], tamper: (run: Run) => Promise<unknown>]> = {
  'a new object': [['missing_in_ledger'], (run) => run.bucket.put(trailKey('new'), trailFile(records(1)))],
  'an object deleted': [['missing_in_bucket'], (run) => run.bucket.delete(trailKey('empty'))],
  'an object replaced': [['missing_in_ledger'], (run) => run.bucket.put(trailKey('broken'), trailFile(records(1)))],
  'a data file twice': [['rows_differ'], async (run) => appendAgain(run, 'default', {})],
  'a data file twice, as a commit of the day': [
    ['half_commit', 'rows_differ'],
    async (run) => appendAgain(run, 'insights', { 'trailmill.delivery-day': DAY }),
  ],
  'the rejects twice': [['rejects_differ'], async (run) => appendAgain(run, 'rejects', {})],
  'a ledger file twice': [
    ['rejects_differ', 'rows_differ', 'twice_in_ledger'],
    async (run) => appendAgain(run, 'ledger', {}),
  ],
  'a data file out of its manifest': [
    ['rows_differ'],
    async (run) => swapFiles(run, 'default', (await filesOf(run, 'default')).slice(1)),
  ],
  'a manifest out of the snapshot': [['rows_differ'], (run) => replaceManifests(placeOf(run, 'insights'), () => [])],
  'the rejects out of the snapshot': [['rejects_differ'], (run) => replaceManifests(placeOf(run, 'rejects'), () => [])],
  'the ledger out of the snapshot': [
    ['missing_in_ledger', 'unknown_rows'],
    (run) => replaceManifests(placeOf(run, 'ledger'), () => []),
  ],
  'a row deleted': [
    ['rows_differ'],
    async (run) => {
      const [file] = await filesOf(run, 'default');
      await deleteRows(placeOf(run, 'default'), 'one row', [{ file, positions: [0] }]);
    },
  ],
  'a reject deleted': [
    ['rejects_differ'],
    async (run) => {
      const [file] = await filesOf(run, 'rejects');
      await deleteRows(placeOf(run, 'rejects'), 'one reject', [{ file, positions: [0] }]);
    },
  ],
  'a data file gone': [['file_gone', 'rows_differ'], async (run) => removeFile(run, 'default')],
  'a ledger file gone': [['file_gone', 'missing_in_ledger', 'unknown_rows'], async (run) => removeFile(run, 'ledger')],
  'a ledger row dropped': [
    ['missing_in_ledger', 'unknown_rows'],
    (run) => rewriteLedger(run, (rows) => rows.filter(({ key }) => !key.includes('_one.'))),
  ],
  'a ledger count changed': [
    ['rows_differ'],
    (run) => rewriteLedger(run, ([first, ...rest]) => [{ ...first, records: first.records + 1 }, ...rest]),
  ],
};

async function appendAgain(
  run: Run,
  role: 'default' | 'insights' | 'rejects' | 'ledger',
  summary: object,
): Promise<void> {
  const place = placeOf(run, role);
  const [file] = await filesOf(run, role);
  const manifests = [await manifestOf(place, [file])];
  await appendManifests({ ...place, commitId: 'by hand', manifests, summary: { ...summary } });
}

async function removeFile(run: Run, role: 'default' | 'ledger'): Promise<void> {
  const [file] = await filesOf(run, role);
  await run.warehouse.delete(keyOf(run.warehouse, file.path));
}

describe('no change that was made outside of Trailmill stays unnoticed', () => {
  it.each(Object.entries(TAMPERINGS))('%s', async (_what, [kinds, tamper]) => {
    const run = await filled();
    await tamper(run);
    const report = await audit(run);
    expect([...new Set(report.differences.first.map(({ what }) => what))].sort()).toEqual(kinds);
    for (const { cure, day } of report.differences.first) expect([cure.length > 0, day]).toEqual([true, DAY]);
    // In slices of two objects: the same report, except for the order of its lists.
    const sliced = await audit(run, { sliceRows: 2 });
    const sorted = (list: readonly object[]): string[] => list.map((one) => JSON.stringify(one)).sort();
    expect(sliced.groups).toEqual(report.groups);
    for (const list of ['differences', 'quarantined', 'replaced'] as const)
      expect(sorted(sliced[list].first)).toEqual(sorted(report[list].first));
    // Expiring the snapshots that show who added what does not hide the change. A snapshot that only claims to be a commit
    // might then be one of an early version whose end is no longer known; the files that it added are still found.
    expect(await expire(run)).toBeGreaterThan(0);
    const wanted = report.differences.first.filter(({ what }) => what !== 'half_commit');
    expect(sorted((await audit(run)).differences.first)).toEqual(sorted(wanted));
  });

  it('in a bucket of any form', async () => {
    const file = fc.record({
      rows: fc.nat(3),
      rejects: fc.nat(2),
      region: fc.constantFrom('us-east-1', 'eu-west-1'),
      day: fc.constantFrom('2024-02-20', DAY),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 5 }), fc.nat(), async (files, which) => {
        const run = memoryRun();
        for (const [index, { rows, rejects, region, day }] of files.entries()) {
          const body = trailFile([...records(rows, `${day}T12:00:00Z`), ...Array<number>(rejects).fill(1)]);
          await run.bucket.put(trailKey(`f${index}`, { region }), body);
        }
        await ingestWholeDay(run);
        expect(kindsOf(await audit(run, { sliceRows: 2 }))).toEqual([]);
        const changed = which % files.length;
        await rewriteLedger(run, (rows) =>
          rows.map((row) =>
            row.key.includes(`_f${changed}.`)
              ? { ...row, [which % 2 === 0 ? 'records' : 'rejects']: row[which % 2 === 0 ? 'records' : 'rejects'] + 1 }
              : row,
          ),
        );
        const found = await audit(run, { sliceRows: 2 });
        expect(kindsOf(found)).toEqual([`${which % 2 === 0 ? 'rows' : 'rejects'}_differ f${changed}`]);
      }),
      { numRuns: 15 },
    );
  });
});
