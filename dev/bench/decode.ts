/**
 * The cost of decoding: trail files → column buffers → Parquet on one core, compared with `gunzip`, which every program
 * needs, and `JSON.parse`, which a simple program would use, on the same bytes in the same run.
 *
 * `npm run bench [-- DIRECTORY] [--json]`: with a directory of `*.json.gz` trail files, by default with a sample.
 */
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

/** Small inputs are repeated up to this size, so that a round takes long enough to be measured. */
const TARGET_BYTES = 64_000_000;
const ROUNDS = 7;

interface Input {
  source: string;
  /** Gzipped files. */
  files: Uint8Array[];
  bytes: number;
  events: number;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2).filter((word) => word !== '--json');
  const input = args.length > 0 ? fromDirectory(args[0]) : await fromSample();
  const schema = schemaOf(DEFAULT_TABLE_COLUMNS);
  const texts = input.files.map((file) => gunzipSync(file));

  // The stages of a round; `decode` and the following ones use the result of the previous stage.
  let rows = decodeAll(texts);
  const toParquet = await loadParquetWriter();
  const stages: Record<string, () => void> = {
    gunzip: () => {
      for (const file of input.files) gunzipSync(file);
    },
    'JSON.parse': () => {
      for (const text of texts) JSON.parse(text.toString('utf8'));
    },
    decode: () => {
      rows = decodeAll(texts);
    },
    'to Parquet': () => {
      for (const set of rows) toParquet(schema, set);
    },
  };
  // The stages alternate, so that other load on the machine affects all of them; the first round is a warm-up.
  const times = new Map<string, number[]>(Object.keys(stages).map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, run] of Object.entries(stages)) {
      const started = performance.now();
      run();
      if (round > 0) times.get(name)?.push(performance.now() - started);
    }
  }
  report(input, new Map([...times].map(([name, values]) => [name, median(values)])));
}

function decodeAll(texts: readonly Uint8Array[]) {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  for (const text of texts) decoder.decode(text, 'file:///bench/AWSLogs/123456789012/CloudTrail/file.json.gz');
  return decoder.take();
}

function fromDirectory(directory: string): Input {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json.gz') && tableOf(name) === 'default')
    .map((name) => new Uint8Array(readFileSync(join(directory, name))));
  if (files.length === 0) throw new Error(`${directory} has no .json.gz files`);
  return repeated(directory, files);
}

async function fromSample(): Promise<Input> {
  const store = createMemoryStore('bench');
  const { total } = await writeSample(store, { days: 1, accounts: 1, regions: 1, eventsPerHour: 1500 });
  const files: Uint8Array[] = [];
  for await (const { objects } of store.list('AWSLogs/')) {
    for (const { key } of objects) if (tableOf(key) === 'default') files.push((await store.get(key)).body);
  }
  return repeated(`a sample of ${total.records} records`, files);
}

function repeated(source: string, once: readonly Uint8Array[]): Input {
  const files: Uint8Array[] = [];
  let bytes = 0;
  let events = 0;
  while (bytes < TARGET_BYTES) {
    for (const file of once) {
      const text = gunzipSync(file);
      files.push(file);
      bytes += text.length;
      events += JSON.parse(text.toString('utf8')).Records.length;
    }
  }
  return { source, files, bytes, events };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function report({ source, files, bytes, events }: Input, medians: ReadonlyMap<string, number>): void {
  const all = ['gunzip', 'decode', 'to Parquet'].reduce((sum, name) => sum + (medians.get(name) ?? 0), 0);
  const peer = (medians.get('gunzip') ?? 0) + (medians.get('JSON.parse') ?? 0);
  const lines = [
    ...[...medians].map(([name, ms]) => ({ name, ms })),
    { name: 'gunzip + JSON.parse', ms: peer },
    { name: 'gunzip → Parquet, in total', ms: all },
  ].map(({ name, ms }) => ({
    name,
    ms,
    eventsPerSecond: (events / ms) * 1000,
    megabytesPerSecond: bytes / 1e6 / (ms / 1000),
    ratio: ms / peer,
  }));
  if (process.argv.includes('--json')) {
    console.log(
      JSON.stringify({ source, files: files.length, bytes, events, rounds: ROUNDS, node: process.version, lines }),
    );
    return;
  }
  console.log(`${source}: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB of JSON, ${events} events`);
  console.log(
    `One core, Node ${process.version}, median of ${ROUNDS} rounds. Ratio: time against gunzip + JSON.parse.\n`,
  );
  console.log(row('', 'ms', 'events/s', 'MB/s', 'ratio'));
  for (const line of lines) {
    const { name, ms, eventsPerSecond, megabytesPerSecond, ratio } = line;
    console.log(row(name, ms.toFixed(0), eventsPerSecond.toFixed(0), megabytesPerSecond.toFixed(0), ratio.toFixed(2)));
  }
}

function row(name: string, ...numbers: string[]): string {
  return name.padEnd(30) + numbers.map((text) => text.padStart(10)).join('');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
