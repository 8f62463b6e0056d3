import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DEFAULT_TABLE_COLUMNS } from '../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../cloudtrail/decoder/file-decoder.js';
import { tableOf } from '../../cloudtrail/table-config.js';
import { schemaOf } from '../../iceberg/schema.js';
import { loadParquetWriter } from '../../parquet/writer.js';
import { writeSample } from '../../sample/index.js';
import { createMemoryStore } from '../../storage/memory.js';
import { FileValues, valuesOfRows } from '../../value-index/file-values.js';
import { isSearched } from '../../value-index/columns.js';

async function main(): Promise<void> {
  const files: Uint8Array[] = [];
  if (process.argv[2]) for (const name of readdirSync(process.argv[2], { recursive: true, encoding: 'utf8' })) { if (name.endsWith('.json.gz') && tableOf(name) === 'default') files.push(readFileSync(join(process.argv[2], name))); }
  else {
    const store = createMemoryStore('bench');
    await writeSample(store, { days: 1, accounts: 2, regions: 2, eventsPerHour: 1500 });
    for await (const { objects } of store.list('AWSLogs/')) for (const { key } of objects) if (tableOf(key) === 'default') files.push((await store.get(key)).body);
  }
  const texts = files.map((one) => gunzipSync(one));
  const writer = await loadParquetWriter();
  for (let round = 0; round < 4; round++) {
    const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
    let started = performance.now();
    for (const text of texts) decoder.decode(text, 'file:///bench/AWSLogs/123456789012/CloudTrail/file.json.gz');
    const sets = decoder.take();
    const decode = performance.now() - started;
    let rows = 0, entries = 0, bytes = 0, most = sets[0], cost = 0;
    for (const set of sets) { rows += set.rows; started = performance.now(); entries += valuesOfRows(set).length; cost += performance.now() - started; if (set.rows > most.rows) most = set; }
    const per: [string, number][] = most.specs.flatMap(({ name }, i) => { if (!isSearched(name)) return []; const values = new FileValues(); values.addColumn(most.columns[i], name); return [[name, values.sorted().length / most.rows] as [string, number]]; });
    if (round === 3) console.log(most.rows, per.sort((a, b) => b[1] - a[1]).slice(0, 14).map(([n, v]) => `${n} ${v.toFixed(3)}`).join('\n'));
    started = performance.now();
    for (const set of sets) bytes += writer(schemaOf(DEFAULT_TABLE_COLUMNS), set).length;
    console.log({ rows, sets: sets.length, perRow: entries / rows, bytesPerRow: bytes / rows, us: (cost / rows) * 1000, decode: (decode / rows) * 1000, write: ((performance.now() - started) / rows) * 1000 });
  }
}
void main();
