/** An unlimited number of sample records as JSON text, each with a unique event id. */
import { gunzipSync } from 'node:zlib';
import { writeSample } from '../../sample/index.js';
import { createMemoryStore } from '../../storage/memory.js';

/** Returns a function from an index to a record: the delivered records of one day and account, repeated with other ids. */
export async function sampleRecords(): Promise<(index: number) => string> {
  const store = createMemoryStore('bench');
  await writeSample(store, { days: 1, accounts: 1, regions: 1, eventsPerHour: 200 });
  const texts: string[] = [];
  for await (const { objects } of store.list('AWSLogs/')) {
    for (const { key } of objects) {
      if (!key.includes('/CloudTrail/')) continue;
      const { Records } = JSON.parse(gunzipSync((await store.get(key)).body).toString('utf8')) as { Records: object[] };
      for (const record of Records) texts.push(JSON.stringify(record));
    }
  }
  return (index) =>
    texts[index % texts.length].replace(
      /("eventID":")[^-"]*/,
      (_, head: string) => head + index.toString(16).padStart(8, '0'),
    );
}
