/** Regions and partitions: one table, the same as the SDK's, used for keys, options, ARNs, endpoints and hosts alike. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { joinDays } from '../../../audit/report';
import {
  isAwsHost,
  isListedRegion,
  isRegionName,
  PARTITIONS,
  partitionOf,
  REGIONS,
  regionInHost,
} from '../../../aws/regions';
import { renderAudit } from '../../../client/audit/render';
import { parseRegion, regionNotes } from '../../../client/options/arguments';
import { renderPlan } from '../../../client/plan/render';
import { planReport } from '../../../client/plan/report';
import { survey } from '../../../client/plan/survey';
import { discover } from '../../../plan/discover';
import { findSourcesAndUnread } from '../../../plan/find-unread';
import { resolveSettings } from '../../../storage/s3/settings';
import { audit } from '../../support/audit';
import { DAY, ingestWholeDay, memoryRun, NEVER, records, rowsOf, trailFile, trailKey } from '../../support/runs';

interface SdkPartition {
  id: string;
  outputs: { dnsSuffix: string; dualStackDnsSuffix: string; implicitGlobalRegion: string };
  regionRegex: string;
  regions: Record<string, unknown>;
}

/** The table that the SDK resolves endpoints with: it is in the package, but not exported. */
function partitionsOfSdk(): SdkPartition[] {
  const core = require.resolve('@aws-sdk/core/package.json');
  const file = core.replace(/package\.json$/, 'dist-es/submodules/client/util-endpoints/lib/aws/partitions.js');
  const json = readFileSync(file, 'utf8').replace(/^export const partitionsInfo = |;\s*$/g, '');
  return (JSON.parse(json) as { partitions: SdkPartition[] }).partitions;
}

describe('the table', () => {
  it('has the partitions, suffixes and regions of the SDK, no fewer and no others', () => {
    const ours = PARTITIONS.map(({ id, dnsSuffix, dualStackDnsSuffix, firstRegion, regions }) => ({
      id,
      outputs: { dnsSuffix, dualStackDnsSuffix, implicitGlobalRegion: firstRegion },
      regions: [...regions].sort(),
    }));
    const theirs = partitionsOfSdk().map(({ id, outputs, regions }) => ({
      id,
      outputs: {
        dnsSuffix: outputs.dnsSuffix,
        dualStackDnsSuffix: outputs.dualStackDnsSuffix,
        implicitGlobalRegion: outputs.implicitGlobalRegion,
      },
      // `aws-global` and the like are names for endpoints, not regions.
      regions: Object.keys(regions)
        .filter((name) => !name.endsWith('-global'))
        .sort(),
    }));
    const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
    expect(ours.sort(byId)).toEqual(theirs.sort(byId));
  });

  it('puts unlisted regions into the same partition as the SDK does', () => {
    const places = ['us', 'eu', 'ap', 'mx', 'cn', 'us-gov', 'us-iso', 'us-isob', 'eu-isoe', 'us-isof', 'eusc-de', 'xx'];
    const sdk = partitionsOfSdk();
    void fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.stringMatching(/^[a-z]{3,9}$/),
        fc.integer({ min: 1, max: 20 }),
        (a, b, n) => {
          const region = `${a}-${b}-${n}`;
          const theirs = sdk.find(({ regionRegex }) => new RegExp(regionRegex).test(region))?.id ?? 'aws';
          expect(partitionOf(region).id).toBe(theirs);
        },
      ),
    );
  });

  it('recognizes each region by its form', () => {
    for (const region of REGIONS)
      expect([region, isRegionName(region), isListedRegion(region)]).toEqual([region, true, true]);
  });
});

describe('the name of a region', () => {
  it.each([
    'us-east-1',
    'us-gov-west-1',
    'cn-northwest-1',
    'us-iso-east-1',
    'us-isob-east-1',
    'eu-isoe-west-1',
    'us-isof-south-1',
    'eusc-de-east-1',
    'mx-central-1',
    'ap-southeast-7',
    'xx-new-1',
    'abcde-fg-north-12',
    'eu-cloud2-west-1',
  ])('can be %s', (name) => expect(isRegionName(name)).toBe(true));

  it.each([
    '2024',
    '03',
    'backup',
    'backup-1',
    'year=2024',
    'region=us-east-1',
    'US-EAST-1',
    'us-east-1a',
    'us_east_1',
    'us-east-2024',
    'us-east',
    '-us-east-1',
    'us--east-1',
    '',
    'us-east-1/',
  ])('is not %j', (name) => expect(isRegionName(name)).toBe(false));
});

describe('--region', () => {
  it.each(REGIONS)('accepts %s without a message', (region) => {
    expect(parseRegion(region)).toBe(region);
    expect(regionNotes([region])).toEqual([]);
  });

  it('accepts an unlisted region, with a note', () => {
    expect(parseRegion('xx-new-1')).toBe('xx-new-1');
    expect(regionNotes(['eu-west-1', 'eu-wset-1'])).toEqual([
      "--region eu-wset-1 is not in this version's list of AWS regions; it is used as given. If you meant eu-west-1, write --region eu-west-1.",
    ]);
  });

  it.each([
    ['eu_west_1', 'eu-west-1'],
    ['EU-WEST-1', 'eu-west-1'],
    ['euwest1', 'eu-west-1'],
    ['eusc-de-east', 'eusc-de-east-1'],
  ])('refuses %s and names %s', (word, meant) => {
    expect(() => parseRegion(word)).toThrow(
      expect.objectContaining({ cure: expect.stringContaining(`Did you mean --region ${meant}?`) }),
    );
  });
});

describe('hosts', () => {
  it.each(PARTITIONS.flatMap((p) => p.regions.map((region) => [region, p] as const)))(
    'of %s are known',
    (region, p) => {
      for (const host of [
        `glue.${region}.${p.dnsSuffix}`,
        `s3tables-fips.${region}.${p.dnsSuffix}`,
        `s3tables.${region}.${p.dualStackDnsSuffix}`,
        `vpce-0a1.glue.${region}.vpce.${p.dnsSuffix}`,
      ]) {
        expect([host, regionInHost(host), isAwsHost(host)]).toEqual([host, region, true]);
      }
    },
  );

  it.each([
    'catalog.example.com',
    'eu-west-1.example.com',
    'amazonaws.com.example.org',
    'notamazonaws.com',
    '127.0.0.1',
  ])('%s is not one of AWS', (host) => expect([regionInHost(host), isAwsHost(host)]).toEqual([undefined, false]));

  it.each([
    ['arn:aws:iam::123456789012:role/r', 'us-east-1'],
    ['arn:aws-us-gov:iam::123456789012:role/r', 'us-gov-west-1'],
    ['arn:aws-cn:iam::123456789012:role/r', 'cn-northwest-1'],
    ['arn:aws-eusc:iam::123456789012:role/r', 'eusc-de-east-1'],
    ['arn:aws-iso-b:iam::123456789012:role/r', 'us-isob-east-1'],
  ])('the search for a bucket begins in the partition of %s', async (roleArn, region) => {
    expect((await resolveSettings({ roleArn }, {})).region).toBe(region);
  });
});

describe('a bucket with regions of other partitions, and one that is in no list', () => {
  const REGIONS_THERE = ['us-east-1', 'eusc-de-east-1', 'us-isob-east-1', 'cn-north-1', 'xx-new-1'];
  const filled = async () => {
    const run = memoryRun();
    for (const region of REGIONS_THERE)
      await run.bucket.put(
        trailKey('one', { region }),
        trailFile(records(2, undefined, { awsRegion: region }, region)),
      );
    return run;
  };
  const NOTE = "The region xx-new-1 is not in this version's list of AWS regions. It is read like any other region.";

  it('is ingested completely, with the regions unchanged', async () => {
    const run = await filled();
    expect(await ingestWholeDay(run)).toMatchObject({ files: 5, events: 10, quarantined: 0 });
    const regions = (await rowsOf(run, 'default')).map((row) => (row.cloud as { region: string }).region);
    expect([...new Set(regions)].sort()).toEqual([...REGIONS_THERE].sort());
  });

  it('leaves a note of the one that is not listed in plan, backfill and audit', async () => {
    const run = await filled();
    const range = { from: DAY, to: DAY };
    const found = await findSourcesAndUnread(run, {}, range, NEVER);
    expect(found.unknown).toEqual([]);
    const sums = await survey(run, { range, found, signal: NEVER });
    const about = {
      source: 's',
      location: 's3://logs',
      warehouse: 's3://lake',
      ...range,
      filter: {},
      region: undefined,
    };
    const report = planReport({ ...about, ingest: run.config.ingest, ledger: 'none', ledgerError: null }, found, sums);
    expect(report.unlistedRegions).toEqual(['xx-new-1']);
    expect(renderPlan(report).split('\n')).toContain(NOTE);

    const discovered = await discover(run, { config: '', filter: {} }, NEVER);
    expect(discovered).toMatchObject({ surprises: { folders: 0 }, unlistedRegions: ['xx-new-1'] });

    await ingestWholeDay(run);
    const day = await audit(run);
    const text = renderAudit(joinDays({ source: 's', location: 'l', warehouse: 'w', ...range, filter: {} }, [day]));
    expect(text.split('\n')).toContain(NOTE);
    expect(text).toContain('audit: clean');
  });
});
