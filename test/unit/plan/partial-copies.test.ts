/** Unfinished copies: recognized by their names, left for a later run, and reported. */
import fc from 'fast-check';
import { isPartialCopy } from '../../../cloudtrail/partial-copies';
import { audit, kindsOf, rewriteLedger } from '../../support/audit';
import { ingestWholeDay, memoryRun, plan, records, rowsOf, trailFile, trailKey } from '../../support/runs';

const NAME = '111122223333_CloudTrail_us-east-1_20240305T1210Z_AbCdEfGh12345678.json.gz';

describe('a partial copy', () => {
  it.each([
    `${NAME}.6eF94Bbd`,
    `${NAME}.00ffAA99`,
    `${NAME}.part`,
    `${NAME}.partial`,
    `${NAME}.1a2b3c4d.partial`,
    `${NAME}.filepart`,
    `${NAME}.part.minio`,
    `${NAME}~`,
    `${NAME}.tmp`,
    `${NAME}.TMP`,
    `${NAME}.tmp.4711`,
    `${NAME}.temp`,
    `${NAME}.crdownload`,
    `${NAME}.download`,
    `${NAME}_.gstmp`,
    `${NAME}._COPYING_`,
    `${NAME}.s3tmp.aB3dE6gH`,
    `.${NAME}.swp`,
    `.${NAME}.Xy12Zz`,
    `.${NAME}.abcdef`,
    `${NAME}.Xy12Zz`,
    `.azDownload-5f1c7d2e-0d4e-4d8e-9f6b-0b1c2d3e4f5a-${NAME}`,
    `.syncthing.${NAME}.tmp`,
    `~syncthing~${NAME}`,
    `.rsync-partial/${NAME}`,
    `.~tmp~/${NAME}`,
    `_temporary/0/${NAME}`,
    'x.json.zst.part',
    'x.json.0123abcd',
  ])('is %s', (name) => {
    expect(isPartialCopy(`AWSLogs/111122223333/CloudTrail/us-east-1/2024/03/05/${name}`)).toBe(true);
  });

  it.each([
    NAME,
    'x.json',
    'x.json.zst',
    'x.tmp.json',
    'part.json.gz',
    'x.partial.json.gz',
    'deadbeef',
    'x.deadbeef',
    // A date, a number added by wget, another copy: these are complete.
    `${NAME}.20240305`,
    `${NAME}.1`,
    `${NAME}.bak`,
    `${NAME}.backup2`,
    `${NAME}.gpg`,
    `copy of ${NAME}`,
    'records.ndjson',
    'template',
    'x.template',
    'events',
  ])('is not %s', (name) => {
    expect(isPartialCopy(`AWSLogs/111122223333/CloudTrail/us-east-1/2024/03/05/${name}`)).toBe(false);
  });

  it('is never a name that ends like CloudTrail’s files', () => {
    const ending = fc.constantFrom('.json', '.json.gz', '.json.zst');
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}$/), ending, (name, end) => {
        expect(isPartialCopy(`2024/03/05/${name}${end}`)).toBe(false);
      }),
    );
  });

  it('is the name that the AWS CLI makes from any name, whatever its random digits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-fA-F]{8}$/), (random) => {
        fc.pre(!/^(19|20)\d{6}$/.test(random));
        expect(isPartialCopy(`2024/03/05/${NAME}.${random}`)).toBe(true);
      }),
    );
  });
});

describe('a run over a day with partial copies', () => {
  const partial = `${trailKey('two')}.6eF94Bbd`;
  async function copying() {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    await run.bucket.put(partial, trailFile(records(2, undefined, {}, 'two')).subarray(0, 20));
    return run;
  }

  it('leaves them: not ingested, not quarantined, not in the ledger, but counted', async () => {
    const run = await copying();
    expect(await plan(run)).toMatchObject({ files: 1, ignored: [{ why: 'partial_copy', files: 1, example: partial }] });
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, quarantined: 0, events: 3 });
    expect((await rowsOf(run, 'ledger')).map(({ key }) => key)).toEqual([trailKey('one')]);
    expect(await audit(run)).toMatchObject({
      differences: { count: 0 },
      quarantined: { count: 0 },
      ignored: [{ why: 'partial_copy', files: 1, example: partial }],
    });
  });

  it('reads the file under its final name, even next to leftovers of the copy', async () => {
    const run = await copying();
    await ingestWholeDay(run);
    await run.bucket.put(trailKey('two'), trailFile(records(2, undefined, {}, 'two')));
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 2 });
    await run.bucket.delete(partial);
    const report = await audit(run);
    expect(kindsOf(report)).toEqual([]);
    expect(report.ignored).toBeUndefined();
  });

  it('does not report a partial copy that an older version has entered in the ledger as gone', async () => {
    const run = await copying();
    await ingestWholeDay(run);
    const { etag } = await run.bucket.head(partial);
    const path = `${run.bucket.uri}/${partial}`;
    await rewriteLedger(run, (rows) => [
      ...rows,
      { ...rows[0], key: partial, path, etag, status: 'skipped', records: 0 },
    ]);
    const report = await audit(run);
    expect(kindsOf(report)).toEqual([]);
    expect(report.groups).toMatchObject([{ listed: 2, ingested: 1, skipped: 1 }]);
  });
});

describe('a quarantined object that is gone', () => {
  it('is a note of an audit, not a difference', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    await run.bucket.put(trailKey('broken'), Buffer.from('no gzip'));
    await ingestWholeDay(run);
    await run.bucket.delete(trailKey('broken'));
    const report = await audit(run);
    expect(kindsOf(report)).toEqual([]);
    expect(report.groups).toMatchObject([{ listed: 1, ingested: 1, quarantined: 1, gone: 1 }]);
    expect(report.quarantined.first).toMatchObject([
      { key: trailKey('broken'), reason: expect.stringMatching(/^quarantined: .*\(no longer in the bucket\)$/) },
    ]);
  });

  it('is a difference if an older version of it was ingested', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    await ingestWholeDay(run);
    await run.bucket.put(trailKey('one'), Buffer.from('no gzip'));
    await ingestWholeDay(run);
    await run.bucket.put(trailKey('other', { day: '2024-03-06' }), trailFile([]));
    await run.bucket.delete(trailKey('one'));
    expect(kindsOf(await audit(run))).toEqual(['missing_in_bucket one']);
  });
});
