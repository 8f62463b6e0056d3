/** A half-done backfill of an earlier version (test/recorded) is completed by this one. */
import { storeAuditReport } from '../../../audit/reports';
import { AUDIT_REPORT, DAY_REPORT, withUnread } from '../../../audit/stored-report';
import { allTables } from '../../../cloudtrail/tables';
import { announcedCommits, commit, completeCommits, ledgerOf } from '../../../commit/commit';
import { loadExistingTable } from '../../../iceberg/retry';
import { ingestBatch } from '../../../ingest/batch';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { planDay } from '../../../plan/plan-day';
import type { DayPlan } from '../../../protocol/messages';
import { type RunConfig, runConfigRef } from '../../../run/config';
import { RUN_CONFIG } from '../../../run/config-schema';
import type { RunContext } from '../../../run/context';
import { REMEMBERED_PLAN } from '../../../run/remembered-plan';
import { readWork, type WorkKind } from '../../../run/versioned';
import { BATCH, BATCH_PART, BATCH_RESULT, DUPLICATE_COUNTS, GROUP_COMMIT, SOURCE_LIST } from '../../../run/work-area';
import type { ObjectStore } from '../../../storage/object-store';
import { contentOf, leftovers, processOf } from '../../support/crashes';
import { type HalfDone, halfDoneBackfill } from '../../support/recorded';
import { ingestWholeDay, memoryRun, NEVER } from '../../support/runs';

/** Committed whole; in the tables but not in the ledger, with two more batches in between; announced only. */
const [DONE, HALF, ANNOUNCED] = ['2024-03-05', '2024-03-06', '2024-03-07'];
const RUN = 'backfill/aws_cloudtrail';

/** Everything below a key, as it was recorded. */
async function keysOf(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { objects } of store.list('')) keys.push(...objects.map(({ key }) => key));
  return keys;
}

/** The rows of the same bucket when this version ingests it alone. */
async function freshContent({ run: { bucket } }: HalfDone): Promise<Record<string, string[]>> {
  const fresh = { ...memoryRun({}, allTables('aws_cloudtrail')), bucket };
  for (const day of [DONE, HALF, ANNOUNCED]) await ingestWholeDay(fresh, day);
  return contentOf(fresh);
}

function ingestIndex(run: RunContext, { config }: HalfDone['workflows'], of: DayPlan, index: number, attempt = 1) {
  return ingestBatch(run, inlinePool, { config, plan: of.address, index, run: RUN }, () => {}, NEVER, attempt);
}

/** The rest of a day under a plan: its batches and commits, as the workflow of the day requests them. */
async function finishDay(run: RunContext, workflows: HalfDone['workflows'], of: DayPlan, day: string, from: number) {
  const { groupBatches } = run.config.ingest;
  for (let group = from; group * groupBatches < of.batches; group++) {
    const results: string[] = [];
    for (let index = group * groupBatches; index < Math.min((group + 1) * groupBatches, of.batches); index++)
      results.push((await ingestIndex(run, workflows, of, index, 3)).result);
    const { config } = workflows;
    const groups = Math.ceil(of.batches / groupBatches);
    const input = { config, plan: of.address, since: of.ledgerSequence, group, groups, day, run: RUN, results };
    await commit(run, inlinePool, input, NEVER);
  }
}

function planAgain(run: RunContext, { sources }: HalfDone['workflows'], config: string, day: string): Promise<DayPlan> {
  const { groupBatches } = run.config.ingest;
  const planner = { execution: 'later-', planId: `later-${day}` };
  return planDay(run, inlinePool, { config, day, sources, filter: {}, groupBatches }, planner, NEVER);
}

async function announced(run: RunContext): Promise<string[]> {
  return announcedCommits(await loadExistingTable(run.catalog, ledgerOf(run)));
}

describe('a half-done backfill of an earlier version', () => {
  it('is continued by its workflows', async () => {
    const half = await halfDoneBackfill();
    const { workflows } = half;
    const process = processOf(half.run);
    expect(await announced(process)).toHaveLength(2);
    for (const day of [HALF, ANNOUNCED]) await finishDay(process, workflows, workflows.plans[day], day, 0);
    expect(await announced(process)).toEqual([]);
    expect(await contentOf(process)).toEqual(await freshContent(half));
    // Of the half-done day, one file had not been read.
    const read = process.calls.filter(({ name, key }) => name === 'get' && key.includes('2024/03/06/'));
    expect(read).toHaveLength(1);
    // The next run also removes the earlier version's leftovers of the first day.
    expect(await leftovers(process)).not.toEqual([]);
    await completeCommits(process, inlinePool);
    expect(await leftovers(process)).toEqual([]);
  });

  it.each([
    ['the same configuration', (config: string) => config],
    ['the same, as written by this version', (_: string, own: RunConfig) => runConfigRef(own, 'memory://warehouse')],
  ])('is continued by a new run with %s', async (_name, refOf) => {
    const half = await halfDoneBackfill();
    const { workflows } = half;
    const process = processOf(half.run);
    const config = refOf(workflows.config, process.config);
    expect(await completeCommits(process, inlinePool)).toBe(2);
    // Two commits of two batches with two parts each, and each part is read once.
    const parts = process.calls.filter(({ name, key }) => name === 'get' && key.includes('/part-'));
    expect([parts.length, new Set(parts.map(({ key }) => key)).size]).toEqual([8, 8]);
    for (const day of [DONE, HALF, ANNOUNCED]) {
      const of = await planAgain(process, workflows, config, day);
      if (day === DONE) expect(of.batches).toBe(0);
      else {
        expect(of).toMatchObject({ id: workflows.plans[day].id, resumed: true, nextGroup: 1, files: 3 });
        await finishDay(process, workflows, of, day, of.nextGroup);
      }
    }
    expect(await contentOf(process)).toEqual(await freshContent(half));
    expect(process.calls.filter(({ name, key }) => name === 'get' && key.includes('2024/03/06/'))).toHaveLength(1);
  });

  it('is planned again by a run with another configuration, after its commits are completed', async () => {
    const half = await halfDoneBackfill();
    const run = { ...half.run, config: { ...half.run.config, keyPattern: '.*' } };
    const config = runConfigRef(run.config, 'memory://warehouse');
    expect(await completeCommits(run, inlinePool)).toBe(2);
    for (const day of [HALF, ANNOUNCED]) {
      const of = await planAgain(run, half.workflows, config, day);
      expect(of).toMatchObject({ id: `later-${day}`, resumed: false });
      await finishDay(run, half.workflows, of, day, 0);
    }
    expect(await contentOf(run)).toEqual(await freshContent(half));
  });

  it('has audits that are continued, and read', async () => {
    const { run, workflows } = await halfDoneBackfill();
    const { config, sources, report } = workflows;
    const input = { config, audit: 'unjoined', from: DONE, to: DONE, filter: {}, sources };
    const joined = await storeAuditReport(run, input, NEVER);
    const keyOf = (uri: string): string => uri.slice(run.warehouse.uri.length + 1);
    const [now, before] = await Promise.all(
      [joined, report].map((uri) => readWork(run.warehouse, keyOf(uri), AUDIT_REPORT)),
    );
    expect(now).toEqual(before);
    expect(before).toMatchObject({ clean: true, totals: { listed: 7, ingested: 6, quarantined: 1 } });
    expect(withUnread(before, { inRange: before.unreadElsewhere, elsewhere: before.unreadElsewhere })).toBe(before);
  });
});

const KINDS: readonly [RegExp, WorkKind<object>][] = [
  [/\/sources\//, SOURCE_LIST],
  [/\/config\//, RUN_CONFIG],
  [/\/days\//, REMEMBERED_PLAN],
  [/\/batch-\d+\.json$/, BATCH],
  [/\/part-\d+\.json$/, BATCH_PART],
  [/\/result\.json$/, BATCH_RESULT],
  [/\/commit-\d+\.json$/, GROUP_COMMIT],
  [/\/duplicates\//, DUPLICATE_COUNTS],
  [/\/audits\/.*\/report\.json$/, AUDIT_REPORT],
  [/\/audits\/.*\/[\d-]+\.json$/, DAY_REPORT],
];

/** The newest format of those kinds that have more than one. */
const NEWEST = new Map<WorkKind<object>, number>([
  [BATCH, 4],
  [REMEMBERED_PLAN, 3],
  [RUN_CONFIG, 2],
  [BATCH_PART, 2],
  [GROUP_COMMIT, 2],
]);

describe('every kind of object', () => {
  it('of an earlier version is read, and is the same when it is written and read again', async () => {
    const { warehouse } = (await halfDoneBackfill()).run;
    const seen = new Set<WorkKind<object>>();
    for (const key of await keysOf(warehouse)) {
      if (!key.startsWith('_trailmill/') || !key.endsWith('.json')) continue;
      const [, kind] = KINDS.find(([pattern]) => pattern.test(key)) ?? [];
      if (kind === undefined) throw new Error(`What is ${key}?`);
      seen.add(kind);
      const object = await readWork(warehouse, key, kind);
      const written = JSON.parse(JSON.stringify(kind.toJson(object)));
      // Batches without ETags have another format, and so have the plans that may have such batches.
      expect(written.format).toBe(kind === REMEMBERED_PLAN ? 2 : 1);
      expect(kind.read(written)).toEqual(object);
      // Nothing was lost, except what now has another form.
      const body = JSON.parse((await warehouse.get(key)).body.toString('utf8'));
      const changed: readonly WorkKind<object>[] = [BATCH_PART, DUPLICATE_COUNTS, REMEMBERED_PLAN];
      // The manifests that earlier versions stored with a result are now made by the commit, from the same data files.
      if (kind === BATCH_RESULT) delete body.manifests;
      if (!changed.includes(kind)) expect(written).toEqual({ format: 1, ...body });
    }
    expect(seen.size).toBe(KINDS.length);
  });

  it.each(KINDS.map(([, kind]) => [kind.name, kind] as const))('%s: a newer format is refused', async (name, kind) => {
    const { warehouse } = memoryRun();
    await warehouse.put('_trailmill/x.json', Buffer.from('{"format":9,"files":{"all":"other"}}'));
    const newest = NEWEST.get(kind) ?? 1;
    await expect(readWork(warehouse, '_trailmill/x.json', kind)).rejects.toMatchObject({
      name: 'TableUnusable',
      message: `memory://warehouse/_trailmill/x.json: This ${name} has format 9, but this version of Trailmill only reads formats up to ${newest}.`,
      cure: 'Finish the run with the version that started it, or start it again with this version.',
    });
  });

  it.each(KINDS.map(([, kind]) => [kind.name, kind] as const))(
    '%s: an invalid object is named',
    async (_name, kind) => {
      const { warehouse } = memoryRun();
      for (const text of ['{}', '{"format":1}', '[1]']) {
        await warehouse.put('_trailmill/x.json', Buffer.from(text));
        await expect(readWork(warehouse, '_trailmill/x.json', kind)).rejects.toMatchObject({
          path: 'memory://warehouse/_trailmill/x.json',
          how: 'unreadable',
        });
      }
    },
  );
});

describe('a run configuration', () => {
  const most: RunConfig = {
    source: 's',
    location: 's3://b/p?region=eu-west-1',
    keyPrefix: 'a/b',
    keyPattern: '.*',
    catalog: {
      type: 'rest',
      namespace: 'n',
      rest: {
        uri: 'https://c',
        warehouse: 'w',
        prefix: 'p',
        oauth2: { serverUri: 'https://o', scope: 's', audience: 'a', resource: 'r' },
        sigv4: {
          service: 'glue',
          region: 'eu-west-1',
          profile: 'p',
          roleArn: 'r',
          externalId: 'e',
          roleSessionName: 'n',
        },
        accessDelegation: false,
        location: 's3://b/t',
        s3: { region: 'eu-west-1', endpoint: 'http://e', pathStyle: true, requesterPays: true },
      },
    },
    ingest: memoryRun().config.ingest,
    tables: [
      {
        key: 'default',
        name: 's',
        columns: [
          {
            name: 'x.y',
            type: { list: { struct: [{ name: 'z', type: 'date', doc: 'A day' }] } },
            doc: 'Something',
            from: ['requestParameters', 'y'],
            convert: 'json',
            default: 'none',
          },
        ],
        transform: { path: '/p/t.js', sha256: 'ab', modules: { './u.js': 'cd' } },
      },
    ],
    enrich: { geoip: { city: '/c.mmdb', asn: '/a.mmdb' } },
    deduplicate: { windowDays: 7 },
    integrity: { mode: 'required', bucket: 'original', holdHours: 48, keys: 'folder' },
  };

  it('with all possible properties is the same when it is written and read again', () => {
    expect(RUN_CONFIG.read(JSON.parse(JSON.stringify(RUN_CONFIG.toJson(most))))).toEqual(most);
    expect(RUN_CONFIG.read(most)).toEqual(most);
  });

  it.each([
    ['nothing of verification', undefined, 1],
    ['verification afterwards', { mode: 'verify' } as const, 1],
    ['files that are held back', { mode: 'required', holdHours: 26 } as const, 2],
  ])('with %s has the format of the versions that treat it in the same way', (_, integrity, format) => {
    expect(RUN_CONFIG.toJson({ ...most, integrity })).toMatchObject({ format });
  });

  it('from before there were REST catalogs has the catalog in the warehouse', () => {
    const { catalog: _, ...older } = most;
    expect(RUN_CONFIG.read(older).catalog).toEqual({ type: 'storage', namespace: 'trailmill' });
    expect(() => RUN_CONFIG.read({ ...older, format: 1 })).toThrow('catalog: Invalid input');
  });
});

describe('a newer version in progress', () => {
  /** The recorded warehouse with an object as a newer version would have written it. */
  async function newer(pattern: RegExp): Promise<HalfDone> {
    const half = await halfDoneBackfill();
    const { warehouse } = half.run;
    for (const key of await keysOf(warehouse)) {
      if (!pattern.test(key)) continue;
      const body = JSON.parse((await warehouse.get(key)).body.toString('utf8'));
      await warehouse.put(key, Buffer.from(JSON.stringify({ ...body, format: 9 })));
    }
    return half;
  }

  it.each([/\/commit-\d+\.json$/, /\/result\.json$/, /\/part-\d+\.json$/])(
    'has commits that are refused, and the tables are not changed: %s',
    async (pattern) => {
      const { run } = await newer(pattern);
      const before = await contentOf(run);
      await expect(completeCommits(run, inlinePool)).rejects.toThrow(/has format 9/);
      expect(await contentOf(run)).toEqual(before);
    },
  );

  it('has plans that are not continued', async () => {
    const { run, workflows } = await newer(/\/days\//);
    await completeCommits(run, inlinePool);
    expect(await planAgain(run, workflows, workflows.config, HALF)).toMatchObject({ resumed: false, files: 3 });
  });
});
