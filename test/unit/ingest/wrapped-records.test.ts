/** Other forms of delivery, from the bucket to the tables: rows, rejects, ledger and repeated events. */
import { gzipSync } from 'node:zlib';
import { allTables } from '../../../cloudtrail/tables';
import { DELIVERIES, eventOf } from '../../support/deliveries';
import { DAY, ingestWholeDay, memoryRun, records, rowsOf, trailFile, trailKey } from '../../support/runs';

const texts = (count: number, id?: string): string[] =>
  records(count, undefined, { eventSource: 's3.amazonaws.com', recipientAccountId: '111122223333' }, id).map((record) =>
    JSON.stringify(record),
  );
const put = (run: ReturnType<typeof memoryRun>, name: string, text: string) =>
  run.bucket.put(trailKey(name), gzipSync(text));

async function idsOf(run: ReturnType<typeof memoryRun>): Promise<string[]> {
  return (await rowsOf(run, 'default')).map((row) => (row.event as { id: string }).id).sort();
}

it('EventBridge events, a single one or one per line, and two documents in one object become rows', async () => {
  const run = memoryRun();
  const [a1, a2] = texts(2, 'a');
  const [b1, b2] = texts(2, 'b');
  const [c] = texts(1, 'c');
  await put(run, 'A', `${eventOf(a1)}\n${eventOf(a2)}\n`);
  await put(run, 'B', `{"Records":[${b1}]}\n{"Records":[${b2}]}\n`);
  await put(run, 'C', eventOf(c));
  expect(await ingestWholeDay(run)).toMatchObject({ files: 3, events: 5, rejects: 0, quarantined: 0 });
  expect(await idsOf(run)).toEqual(['a-0', 'a-1', 'b-0', 'b-1', 'c-0']);
  const notes = (await rowsOf(run, 'ledger')).map((row) => [String(row.key).slice(-9, -8), row.status, row.notes]);
  expect(notes.sort()).toEqual([
    ['A', 'ingested', 'wrapped: 2 records in EventBridge events.'],
    ['B', 'ingested', 'several_documents: 2 documents with "Records", one after the other; CloudTrail writes one.'],
    ['C', 'ingested', 'wrapped: 1 record in EventBridge events.'],
  ]);
});

it('an event that comes in a trail file and in other forms is one row', async () => {
  const run = memoryRun();
  await run.bucket.put(trailKey('00'), trailFile(texts(3).map((text) => JSON.parse(text))));
  const names = Object.keys(DELIVERIES);
  for (const [at, name] of names.entries()) await put(run, String(at + 10), DELIVERIES[name](texts(3)));
  expect(await ingestWholeDay(run)).toMatchObject({
    events: 3,
    duplicates: 3 * names.length,
    quarantined: 0,
    rejects: 0,
  });
  expect(await rowsOf(run, 'default')).toHaveLength(3);
});

it('a reject has the position of its text in the file, and all of its text', async () => {
  const run = memoryRun();
  const other = eventOf('{"state":"running"}', 'EC2 Instance State-change Notification');
  const [one, two] = texts(2);
  const text = `${eventOf(one)}\n${other}\n${eventOf('{"eventVersion":"1"}')}\n${eventOf(two)}`;
  await put(run, 'one', text);
  const inner = '{"eventVersion":"1","eventTime":"yesterday"}';
  const string = JSON.stringify(`{"Records":[${inner},${texts(1, 'x')[0]}]}`);
  await put(run, 'two', string);
  expect(await ingestWholeDay(run)).toMatchObject({ events: 3, rejects: 3 });
  const rejects = (await rowsOf(run, 'rejects')).map(({ record_index, byte_offset, reason, raw }) => [
    Number(record_index),
    Number(byte_offset),
    reason,
    raw,
  ]);
  expect(rejects.sort((a, b) => Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1]))).toEqual([
    [0, 0, 'bad_event_time', inner],
    [1, text.indexOf(other), 'no_record', other],
    [2, text.indexOf('{"eventVersion":"1"}'), 'no_event_time', '{"eventVersion":"1"}'],
  ]);
});

describe('a file that is truncated at any byte', () => {
  it.each([
    'EventBridge events, one per line',
    'trail files with nothing between them',
    'saved results of a CloudTrail Lake query',
  ])('of %s: the rest is whole records, or nothing', async (name) => {
    const run = memoryRun({ batchFiles: 100_000 });
    const text = DELIVERIES[name](texts(2));
    for (let end = 1; end < text.length; end++)
      await run.bucket.put(trailKey(`cut${String(end).padStart(5, '0')}`), Buffer.from(text.slice(0, end)));
    await ingestWholeDay(run);
    const whole = new Set(['a', 'b'].map((_, at) => DELIVERIES[name](texts(2).slice(0, at + 1)).trimEnd().length));
    for (const { key, status, records: rows, rejects } of await rowsOf(run, 'ledger')) {
      const end = Number(/cut(\d+)/.exec(String(key))?.[1]);
      if (status !== 'ingested') continue;
      expect([end, Number(rejects)]).toEqual([end, 0]);
      // A header alone is a CSV file without records.
      if (Number(rows) > 0) expect([...whole].some((length) => end === length || end === length + 1)).toBe(true);
    }
  });
});

it('Insights also come as EventBridge events', async () => {
  const run = memoryRun({}, allTables('aws_cloudtrail'));
  const insight = JSON.stringify({
    eventVersion: '1.08',
    eventTime: `${DAY}T12:00:00Z`,
    eventType: 'AwsCloudTrailInsight',
    eventID: 'i',
    insightDetails: { state: 'Start' },
  });
  await run.bucket.put(
    trailKey('one', { kind: 'CloudTrail-Insight' }),
    gzipSync(eventOf(insight, 'AWS Insight via CloudTrail')),
  );
  expect(await ingestWholeDay(run)).toMatchObject({ files: 1, quarantined: 0, rejects: 0 });
  expect(await rowsOf(run, 'insights')).toHaveLength(1);
});
