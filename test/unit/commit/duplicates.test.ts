import fc from 'fast-check';
import { allTables } from '../../../cloudtrail/tables';
import { findDuplicates } from '../../../commit/deduplicate';
import { scanDeletes } from '../../../iceberg/scan';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { nextDay } from '../../../protocol/days';
import { ensureTables } from '../../../run/context';
import { eventListKey } from '../../../run/work-keys';
import {
  commitGroup,
  DAY,
  filesOf,
  ingest,
  ingestWholeDay,
  memoryRun,
  plan,
  records,
  rowsOf,
  trailFile,
  trailKey,
} from '../../support/runs';

type Run = ReturnType<typeof memoryRun>;
/** Of `file_path` (Iceberg spec, "Reserved Field IDs"). */
const FILE_PATH_ID = '2147483546';
const TWO: [string, string] = ['one', 'two'];

async function eventsOf(run: Run, role: 'default' | 'insights' = 'default'): Promise<string[]> {
  return (await rowsOf(run, role)).map((row) => (row.event as { id: string }).id).sort();
}

/** Name → [records, duplicates] of the ledger's rows. */
async function countsOf(run: Run): Promise<Record<string, unknown>> {
  const rows = await rowsOf(run, 'ledger');
  const name = (key: unknown): string => String(key).replace(/^.*_(\w+)\.json\.gz$/, '$1');
  return Object.fromEntries(rows.map((row) => [name(row.key), [row.records, row.duplicates]]));
}

describe('an event that was delivered twice', () => {
  it('is one row when both files are in one batch, and the ledger shows whose records were not kept', async () => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    await run.bucket.put(trailKey('two'), trailFile([...records(2), ...records(2, undefined, {}, 'other')]));
    expect(await ingestWholeDay(run)).toMatchObject({ files: 2, events: 5, duplicates: 2 });
    expect(await countsOf(run)).toEqual({ one: [3, 0], two: [2, 2] });
    expect(new Set(await eventsOf(run)).size).toBe(5);
    expect(await rowsOf(run, 'default')).toHaveLength(5);
  });

  it.each([
    ['in one file', async (run: Run) => run.bucket.put(trailKey('one'), trailFile([...records(2), ...records(2)]))],
    [
      'in two chunks of a batch',
      async (run: Run) => {
        run.config.ingest = { ...run.config.ingest, chunkBytes: 1 };
        for (const name of TWO) await run.bucket.put(trailKey(name), trailFile(records(2)));
      },
    ],
    [
      'in two batches of a commit',
      async (run: Run) => {
        run.config.ingest = { ...run.config.ingest, batchFiles: 1 };
        for (const name of TWO) await run.bucket.put(trailKey(name), trailFile(records(2)));
      },
    ],
  ])('is one row when the two are %s', async (_where, fill) => {
    const run = memoryRun();
    await fill(run);
    expect(await ingestWholeDay(run)).toMatchObject({ events: 2, duplicates: 2 });
    expect(await rowsOf(run, 'default')).toHaveLength(2);
  });

  it('is one row when the second is in another commit, in another run, or on another day', async () => {
    const run = memoryRun({ batchFiles: 1, groupBatches: 1 });
    const next = nextDay(DAY);
    for (const name of TWO) await run.bucket.put(trailKey(name), trailFile(records(2)));
    const dayPlan = await plan(run);
    for (let index = 0; index < 2; index++)
      await commitGroup(run, dayPlan, [(await ingest(run, dayPlan, index)).result], { group: index });
    await run.bucket.put(trailKey('late'), trailFile(records(3)));
    await run.bucket.put(trailKey('tomorrow', { day: next }), trailFile(records(4)));
    await ingestWholeDay(run);
    expect(await ingestWholeDay(run, next)).toMatchObject({ events: 1, duplicates: 3 });
    expect(await countsOf(run)).toEqual({ one: [2, 0], two: [0, 2], late: [1, 2], tomorrow: [1, 3] });
    expect(await rowsOf(run, 'default')).toHaveLength(4);
  });

  it('is kept if the second delivery is outside the window', async () => {
    const run = memoryRun({}, undefined, { windowDays: 1 });
    const days = [DAY, nextDay(DAY), nextDay(nextDay(DAY))];
    for (const day of [days[0], days[2]]) {
      await run.bucket.put(trailKey('one', { day }), trailFile(records(2)));
      await ingestWholeDay(run, day);
    }
    expect(await rowsOf(run, 'default')).toHaveLength(4);
    // The day between them is close to both.
    await run.bucket.put(trailKey('two', { day: days[1] }), trailFile(records(2)));
    expect(await ingestWholeDay(run, days[1])).toMatchObject({ events: 0, duplicates: 2 });
  });

  it('is kept if deduplication is not configured', async () => {
    const run = memoryRun();
    run.config.deduplicate = undefined;
    for (const name of TWO) await run.bucket.put(trailKey(name), trailFile(records(2)));
    expect(await ingestWholeDay(run)).toMatchObject({ events: 4, duplicates: 0 });
    expect(await rowsOf(run, 'default')).toHaveLength(4);
  });

  it('is searched for in each table separately', async () => {
    const run = memoryRun({}, allTables('aws_cloudtrail'));
    await run.bucket.put(trailKey('one'), trailFile(records(2)));
    for (const name of TWO) {
      const key = trailKey(name, { kind: 'CloudTrail-Insight' });
      await run.bucket.put(key, trailFile(records(2, undefined, { eventCategory: 'Insight' })));
    }
    expect(await ingestWholeDay(run)).toMatchObject({ events: 4, duplicates: 2 });
    expect([(await eventsOf(run)).length, (await eventsOf(run, 'insights')).length]).toEqual([2, 2]);
  });

  it('is identified by event id and recipient account: others are different events, and records without an id all differ', async () => {
    const run = memoryRun();
    const uuid = '5b1f0ad4-5d8a-4f0e-9d3c-0123456789ab';
    const record = (more: object) => records(1, undefined, more)[0];
    const list = [
      record({ eventID: uuid, recipientAccountId: '111111111111' }),
      record({ eventID: uuid, recipientAccountId: '222222222222' }),
      record({ eventID: uuid, recipientAccountId: undefined }),
      record({ eventID: uuid.toUpperCase(), recipientAccountId: '111111111111' }),
      record({ eventID: 'x', recipientAccountId: '111111111111', sharedEventID: uuid }),
      record({ eventID: 'y', recipientAccountId: '111111111111', sharedEventID: uuid }),
      record({ eventID: undefined }),
      record({ eventID: undefined }),
    ];
    await run.bucket.put(trailKey('one'), trailFile(list));
    expect(await ingestWholeDay(run)).toMatchObject({ events: 8, duplicates: 0 });
    await run.bucket.put(trailKey('two'), trailFile(list));
    expect(await ingestWholeDay(run)).toMatchObject({ events: 2, duplicates: 6 });
  });
});

describe('events that are distributed over commits in any way', () => {
  const event = fc.record({
    eventID: fc.constantFrom('5b1f0ad4-5d8a-4f0e-9d3c-0123456789ab', '5b1f0ad4-5d8a-4f0e-9d3c-0123456789ac', 'no uuid'),
    recipientAccountId: fc.constantFrom(undefined, '111111111111', '222222222222'),
    eventTime: fc.constantFrom(`${DAY}T12:00:00Z`, `${DAY}T12:00:01Z`, `${DAY}T12:00:01.500Z`, `${DAY}T23:59:59Z`),
  });

  it('are in the table once for each account, id and second', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(event, { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (deliveries, inOneCommit) => {
          const run = memoryRun({ batchFiles: 1 });
          const deliver = async (list: object[], at: number) => {
            const file = list.map((one) => ({ ...records(1)[0], ...one }));
            await run.bucket.put(trailKey(`file${at}`), trailFile(file));
            if (!inOneCommit) await ingestWholeDay(run);
          };
          for (const [at, list] of deliveries.entries()) await deliver(list, at);
          await ingestWholeDay(run);
          const wanted = new Set(
            deliveries.flat().map(({ eventID, recipientAccountId: account, eventTime }) => {
              return `${account} ${eventID} ${eventTime.slice(0, 19)}`;
            }),
          );
          expect(await rowsOf(run, 'default')).toHaveLength(wanted.size);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('are separate rows if only the second differs', async () => {
    const run = memoryRun();
    const [record] = records(1);
    const list = ['12:00:00', '12:00:01'].map((time) => ({ ...record, eventTime: `${DAY}T${time}Z` }));
    for (const [at, one] of list.entries()) {
      await run.bucket.put(trailKey(`file${at}`), trailFile([one]));
      expect(await ingestWholeDay(run)).toMatchObject({ events: 1, duplicates: 0 });
    }
  });
});

describe('a commit', () => {
  /** The lists that are read during a piece of work, and the number of the table's manifests that are read. */
  async function readsOf(run: Run, act: () => Promise<unknown>) {
    const { get, getRange } = run.warehouse;
    const lists = new Set<string>();
    let manifests = 0;
    const note = (key: string): void => {
      if (key.includes('/event-ids/')) lists.add(key);
      if (/\/aws_cloudtrail\/metadata\/(?!snap-)[^/]*\.avro$/.test(key)) manifests++;
    };
    run.warehouse.get = (key, ...rest) => {
      note(key);
      return get(key, ...rest);
    };
    run.warehouse.getRange = (key, ...rest) => {
      note(key);
      return getRange(key, ...rest);
    };
    await act();
    Object.assign(run.warehouse, { get, getRange });
    return { lists, manifests };
  }

  /** Ingests a file of five events, and returns the key of their list. */
  async function deliver(run: Run, name: string, account: string, time: string): Promise<string> {
    const before = new Set((await filesOf(run, 'default')).map(({ path }) => path));
    const list = records(5, `${DAY}T${time}Z`, { recipientAccountId: account }, name);
    await run.bucket.put(trailKey(name), trailFile(list));
    await ingestWholeDay(run);
    const [added] = (await filesOf(run, 'default')).filter(({ path }) => !before.has(path));
    return eventListKey(added.path);
  }

  it('reads only the events of files whose accounts and times overlap its own', async () => {
    const run = memoryRun();
    await deliver(run, 'other', '222222222222', '12:00:00');
    await deliver(run, 'before', '111111111111', '11:59:55');
    await deliver(run, 'after', '111111111111', '12:00:05');
    const overlapping = await deliver(run, 'overlapping', '111111111111', '12:00:04');
    let own = '';
    const { lists } = await readsOf(run, async () => {
      own = await deliver(run, 'own', '111111111111', '12:00:00');
    });
    expect(lists).toEqual(new Set([own, overlapping]));
  });

  it('does not read a manifest again in the same process', async () => {
    const run = memoryRun();
    for (let n = 0; n < 3; n++) await deliver(run, `file${n}`, '111111111111', `12:00:0${n}`);
    await run.bucket.put(trailKey('last'), trailFile(records(1)));
    const dayPlan = await plan(run);
    const { result } = await ingest(run, dayPlan, 0);
    const { manifests } = await readsOf(run, () => commitGroup(run, dayPlan, [result]));
    expect(manifests).toBe(1);
  });
});

describe('the deletes of a commit', () => {
  it('are a file for each data file, with its whole address, written in tasks of bounded size', async () => {
    const run = memoryRun({ batchFiles: 1, groupBatches: 200 });
    await run.bucket.put(trailKey('there'), trailFile(records(150)));
    await ingestWholeDay(run);
    const old = new Set((await filesOf(run, 'default')).map(({ path }) => path));
    for (let n = 0; n < 150; n++)
      await run.bucket.put(
        trailKey(`again${n}`),
        trailFile([records(150)[n], records(1, undefined, {}, `new${n}`)[0], records(150)[n]]),
      );
    const dayPlan = await plan(run);
    const results: string[] = [];
    for (let index = 0; index < dayPlan.batches; index++) results.push((await ingest(run, dayPlan, index)).result);
    const { writeDeletes } = inlinePool;
    const tasks: number[] = [];
    inlinePool.writeDeletes = (task, signal) => {
      tasks.push(task.deleted.length);
      return writeDeletes(task, signal);
    };
    const totals = await commitGroup(run, dayPlan, results).finally(() => Object.assign(inlinePool, { writeDeletes }));
    expect(totals).toMatchObject({ events: 150, duplicates: 300 });
    expect(tasks).toEqual([64, 64, 22]);
    const added = (await filesOf(run, 'default')).map(({ path }) => path).filter((path) => !old.has(path));
    const table = (await ensureTables(run)).default!;
    const named: string[] = [];
    for await (const { file } of scanDeletes(table)) {
      expect(file.rows).toBe(2);
      const [path, upper] = [file.lowerBounds, file.upperBounds].map((bounds) => atob(bounds[FILE_PATH_ID]));
      expect([path, upper]).toEqual([file.referencedDataFile, file.referencedDataFile]);
      named.push(path);
    }
    expect(named.sort()).toEqual(added.sort());
    expect(await rowsOf(run, 'default')).toHaveLength(300);
  });
});

describe('the search for repeated events', () => {
  async function tableOf(run: Run) {
    const table = (await ensureTables(run)).default;
    if (table === undefined) throw new Error('no table');
    return table;
  }

  it('finds the same in one pass and in many', async () => {
    const run = memoryRun({ chunkBytes: 1 });
    await run.bucket.put(trailKey('there'), trailFile(records(20)));
    await ingestWholeDay(run);
    for (const name of TWO) await run.bucket.put(trailKey(name), trailFile(records(30)));
    const dayPlan = await plan(run);
    const before = await tableOf(run);
    await commitGroup(run, dayPlan, [(await ingest(run, dayPlan, 0)).result]);
    const old = new Set((await filesOf(run, 'default')).filter(({ rows }) => rows === 20).map(({ path }) => path));
    const files = (await filesOf(run, 'default')).filter(({ path }) => !old.has(path));
    const search = { table: before, files, deliveryDay: DAY, windowDays: 1 };
    const found = await findDuplicates(run, inlinePool, search);
    expect(found.repeats.map(({ positions }) => positions.length)).toEqual([20, 30]);
    for (const eventsPerPass of [1, 7, 60])
      expect(await findDuplicates(run, inlinePool, { ...search, eventsPerPass })).toEqual(found);
  });

  it('reads the events from data files without an event list, such as those of other writers', async () => {
    const run = memoryRun();
    const list = records(3, undefined, { recipientAccountId: '111111111111' });
    const uuids = list.map((record, i) => ({ ...record, eventID: `5b1f0ad4-5d8a-4f0e-9d3c-0123456789a${i}` }));
    await run.bucket.put(trailKey('one'), trailFile([...list, ...uuids, { ...list[0], eventID: undefined }]));
    await ingestWholeDay(run);
    for (const { path } of await filesOf(run, 'default')) await run.warehouse.delete(eventListKey(path));
    await run.bucket.put(trailKey('two'), trailFile([...uuids, ...list]));
    expect(await ingestWholeDay(run)).toMatchObject({ events: 0, duplicates: 6 });
  });

  it('searches again if another commit was first', async () => {
    const run = memoryRun({ batchFiles: 1 });
    const next = nextDay(DAY);
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    await run.bucket.put(trailKey('two', { day: next }), trailFile(records(4)));
    const first = await plan(run);
    const other = await plan(run, next);
    const { result } = await ingest(run, first, 0);
    const { result: otherResult } = await ingest(run, other, 0);
    // While the first commit writes its snapshot, the whole other one is made.
    const put = run.warehouse.put.bind(run.warehouse);
    let met = false;
    run.warehouse.put = async (key, ...rest) => {
      if (!met && key.includes('/aws_cloudtrail/metadata/v2.')) {
        met = true;
        await commitGroup(run, other, [otherResult], { day: next });
      }
      return put(key, ...rest);
    };
    expect(await commitGroup(run, first, [result])).toMatchObject({ events: 0, duplicates: 3 });
    expect(met).toBe(true);
    expect(await countsOf(run)).toEqual({ one: [0, 3], two: [4, 0] });
    expect(await rowsOf(run, 'default')).toHaveLength(4);
  });
});
