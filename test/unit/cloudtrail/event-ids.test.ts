/** What an event is known by stays the same, whatever columns its id is in. */

import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { type EventIds, eventIdsOf } from '../../../cloudtrail/event-ids.js';
import { eventListOf } from '../../../cloudtrail/event-list.js';
import { schemaOf } from '../../../iceberg/schema.js';
import { readEventList } from '../../../ingest/tasks/read-event-list.js';
import { parquetOf } from '../../support/parquet.js';

const UUID = '9b2f4f5a-1c1e-4a3b-8e6f-0123456789ab';

function rowsOf(...records: object[]) {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  decoder.decode(Buffer.from(JSON.stringify({ Records: records })), 'f');
  return decoder.take()[0];
}

const event = { eventTime: '2024-03-05T12:00:00Z', eventID: UUID };
const aggregated = { eventId: UUID, accountId: '111122223333', timeWindow: { windowStart: '2024-03-05T12:00:00Z' } };

test('an aggregated event has the same id as when event.id was filled with its eventId', () => {
  // Tables have such rows: an aggregated event that is delivered again must be found there.
  const before = eventIdsOf(rowsOf(event));
  expect(before?.ids.some((word) => word !== 0)).toBe(true);
  expect(eventIdsOf(rowsOf(aggregated))).toEqual(before);
  const text = { ...aggregated, eventId: 'no-uuid' };
  expect(eventIdsOf(rowsOf(text))).toEqual(eventIdsOf(rowsOf({ ...event, eventID: 'no-uuid' })));
});

test('the eventID comes first, and its account counts', () => {
  const recipientAccountId = '111122223333';
  const both = { ...aggregated, ...event, eventId: 'x', recipientAccountId };
  expect(eventIdsOf(rowsOf(both))).toEqual(eventIdsOf(rowsOf({ ...event, recipientAccountId })));
  expect(eventIdsOf(rowsOf(both))).not.toEqual(eventIdsOf(rowsOf(event)));
});

test('the second of the event time counts, not its fraction', () => {
  const at = (eventTime: string): Uint32Array | undefined => eventIdsOf(rowsOf({ ...event, eventTime }))?.ids;
  expect(at('2024-03-05T12:00:00.750Z')).toEqual(at(event.eventTime));
  expect(at('2024-03-05T12:00:01Z')).not.toEqual(at(event.eventTime));
  for (const [eventTime, second] of [
    ['1969-12-31T23:59:59.5Z', 86_399],
    ['2024-03-05T00:00:00.999999Z', 0],
    ['9999-12-31T12:00:00.999999Z', 43_200],
    ['0001-01-01T00:00:59.000001Z', 59],
  ] as const)
    expect([eventTime, ...(eventIdsOf(rowsOf({ ...event, eventTime }))?.seconds ?? [])]).toEqual([eventTime, second]);
});

test('events of different seconds have different ids, even with consecutive UUIDs', () => {
  const records = Array.from({ length: 20_000 }, (_, i) => ({
    eventID: `${(i % 200).toString(16).padStart(8, '0')}-1c1e-4a3b-8e6f-0123456789ab`,
    eventTime: new Date(Date.UTC(2024, 2, 5) + Math.floor(i / 200) * 1000).toISOString(),
  }));
  const { ids } = eventIdsOf(rowsOf(...records)) as EventIds;
  const distinct = new Set(records.map((_, i) => ids.subarray(i * 4, i * 4 + 4).join()));
  expect(distinct.size).toBe(records.length);
});

test('the list made from a data file equals the one that was written', async () => {
  const times = ['1969-12-31T23:59:59.5Z', '9999-12-31T12:00:00.999999Z', '0001-01-01T00:00:59.000001Z'];
  const others = [aggregated, { ...event, eventID: null }, { ...event, recipientAccountId: '1' }];
  for (const records of [[event, ...others], ...times.map((eventTime) => [{ ...event, eventTime }])]) {
    const rows = rowsOf(...records);
    const ids = eventIdsOf(rows) as EventIds;
    const list = await readEventList(await parquetOf(schemaOf(DEFAULT_TABLE_COLUMNS), rows));
    expect(Buffer.from(list)).toEqual(Buffer.from(eventListOf(ids)));
  }
});
