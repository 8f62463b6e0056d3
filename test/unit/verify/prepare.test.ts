/** A verification first determines where the objects were delivered, and gets the keys of all digests. */

import { inlinePool } from '../../../ingest/threads/inline-pool';
import type { Digest } from '../../../integrity/digest';
import { originOf, placesSaidBy } from '../../../integrity/origin';
import { addDays } from '../../../protocol/days';
import type { SourceFilter } from '../../../protocol/messages';
import { identifierOf } from '../../../run/config';
import { recordKeptSince } from '../../../run/retention';
import { prepareVerify } from '../../../verify/prepare';
import { copyOf } from '../../support/crashes';
import { NEVER } from '../../support/runs';
import { BUCKET, ingestedRun, type Run, SAMPLE_DAY } from '../../support/verified-run';

const KEY = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2024/02/28/a.json.gz';
const CONFIGURED = { integrity: { mode: 'verify', bucket: 'origin/team/logs' } } as const;

/** Digests with the same key below the location, as delivered to these addresses. */
function said(...addresses: string[]): Map<string, number> {
  return placesSaidBy(
    addresses.map((address) => {
      const [bucket, ...object] = address.split('/');
      return { key: KEY, bucket, object: object.join('/') } as Digest;
    }),
  );
}

describe('where the objects were delivered', () => {
  it.each([
    ['s3://logs', { bucket: 'logs', prefix: '' }],
    ['s3://logs/team/cloudtrail', { bucket: 'logs', prefix: 'team/cloudtrail/' }],
  ])('is the location %s, whatever the digests contain', (location, origin) => {
    expect(originOf({}, location, said(`other/${KEY}`))).toEqual({ origin, assumed: false });
  });

  it.each(['s3://copy/of', 'file:///srv/copy'])('is the configured bucket, even for a copy at %s', (location) => {
    const origin = { bucket: 'origin', prefix: 'team/logs/' };
    expect(originOf(CONFIGURED, location, said(`other/${KEY}`))).toEqual({ origin, assumed: false });
  });

  it.each([
    ['in a bucket', [`logs/${KEY}`], { bucket: 'logs', prefix: '' }],
    ['below a prefix', [`logs/team/${KEY}`], { bucket: 'logs', prefix: 'team/' }],
    ['mostly', [`b/${KEY}`, `logs/x/${KEY}`, `a/${KEY}`, `logs/x/${KEY}`], { bucket: 'logs', prefix: 'x/' }],
    [
      'half and half, always the same',
      [`logs/${KEY}`, `a/${KEY}`, `a/${KEY}`, `logs/${KEY}`],
      { bucket: 'a', prefix: '' },
    ],
    ['with other keys, which do not count', [`x/${KEY}1`, `x/${KEY}1`, `logs/${KEY}`], { bucket: 'logs', prefix: '' }],
    ['nowhere', [], { bucket: '', prefix: '' }],
  ])('of a copy on disk is assumed from the digests, %s', (_, addresses, origin) => {
    expect(originOf({}, 'file:///srv/copy', said(...addresses))).toEqual({ origin, assumed: true });
  });
});

describe('the keys', () => {
  let run: Run;

  beforeAll(async () => {
    // Another key signs from noon of the day on.
    run = await ingestedRun({ regions: 2, trailChanges: true });
  });

  const prepare = (of: Run, from = SAMPLE_DAY, to = from, filter: SourceFilter = {}) => {
    const config = { ...of.config, integrity: { mode: 'verify', keys: 'folder' } as const };
    return prepareVerify({ ...of, config, pool: inlinePool, signal: NEVER }, { from, to, filter });
  };

  async function withoutKeys(): Promise<Run> {
    const copy = await copyOf(run);
    for await (const { objects } of copy.warehouse.list('_trailmill/keys/'))
      for (const { key } of objects) await copy.warehouse.delete(key);
    return copy;
  }

  it('are those that digests refer to, each once; for a copy, the result has where it was delivered', async () => {
    const { origin, assumed, keys } = await prepare(run);
    expect({ origin, assumed }).toEqual({ origin: { bucket: BUCKET, prefix: '' }, assumed: true });
    expect(keys).toEqual({ known: 2, unknown: [] });
  });

  it('that are not available are named with their region and the reason', async () => {
    const { keys } = await prepare(await withoutKeys());
    expect(keys.known).toBe(0);
    // Two keys in two regions.
    expect(keys.unknown).toHaveLength(4);
    for (const { fingerprint, region, why } of keys.unknown) {
      expect(fingerprint).toMatch(/^[0-9a-f]{32}$/);
      expect(['us-east-1', 'eu-west-1']).toContain(region);
      expect(why).toBe('None of the keys in integrity.keys has this fingerprint.');
    }
  });

  it('are only those of the requested accounts and regions', async () => {
    const { keys } = await prepare(await withoutKeys(), SAMPLE_DAY, SAMPLE_DAY, { regions: ['eu-west-1'] });
    expect(new Set(keys.unknown.map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
  });

  it('include those of the adjacent days, whose digests are links of the chains', async () => {
    const all = await prepare(run);
    for (const day of [addDays(SAMPLE_DAY, 1), addDays(SAMPLE_DAY, -1)])
      expect((await prepare(run, day)).keys).toEqual(all.keys);
    expect((await prepare(run, addDays(SAMPLE_DAY, 3))).keys).toEqual({ known: 0, unknown: [] });
  });

  it('are not requested if retention has removed digests: such days are refused', async () => {
    const copy = await copyOf(run);
    await recordKeptSince(copy.catalog, identifierOf(copy.config, 'ledger'), 'digest', SAMPLE_DAY);
    for (const day of [addDays(SAMPLE_DAY, -1), SAMPLE_DAY])
      await expect(prepare(copy, day)).rejects.toMatchObject({
        name: 'UserMistake',
        message: expect.stringContaining(`so ${day} can no longer be verified.`),
        cure: expect.stringContaining(`Verify from ${addDays(SAMPLE_DAY, 1)} on.`),
      });
    expect((await prepare(copy, addDays(SAMPLE_DAY, 1))).keys.known).toBe(2);
  });
});
