/** What an event is known by stays the same, whatever columns its id is in. */

import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { eventIdsOf } from '../../../cloudtrail/event-ids.js';
import { schemaOf } from '../../../iceberg/schema.js';
import { readEventIds } from '../../../ingest/tasks/read-event-ids.js';
import { parquetOf } from '../../support/parquet.js';

const UUID = '9b2f4f5a-1c1e-4a3b-8e6f-0123456789ab';

function rowsOf(...records: object[]) {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  decoder.decode(Buffer.from(JSON.stringify({ Records: records })), 'f');
  return decoder.take()[0];
}

const event = { eventTime: '2024-03-05T12:00:00Z', eventID: UUID };
const aggregated = { eventId: UUID, accountId: '111122223333', timeWindow: { windowStart: '2024-03-05T12:00:00Z' } };

test('an aggregated event has the id that it had when event.id was filled with its eventId', () => {
  // Tables have such rows: an aggregated event that is delivered again must be found there.
  const before = eventIdsOf(rowsOf(event));
  expect(before?.some((word) => word !== 0)).toBe(true);
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

test('ids that are read from a data file are those that were written', async () => {
  const rows = rowsOf(event, aggregated, { ...event, eventID: null }, { ...event, recipientAccountId: '1' });
  const ids = eventIdsOf(rows);
  expect(await readEventIds(await parquetOf(schemaOf(DEFAULT_TABLE_COLUMNS), rows))).toEqual(ids);
  expect(Array.from(ids?.subarray(8, 12) ?? [])).toEqual([0, 0, 0, 0]);
});
