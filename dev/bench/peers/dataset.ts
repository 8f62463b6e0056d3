/** The files that all contenders read. They are created once per machine and parameters, and kept in the cache directory. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parseObjectKey } from '../../../cloudtrail/object-key.js';
import { UserMistake } from '../../../errors/index.js';
import { defaultCacheDir, installOnce } from '../../../install/install-once.js';
import { writeSample } from '../../../sample/index.js';
import { createMemoryStore } from '../../../storage/memory.js';
import { freshId, keyOfCopy, placeOf, Template } from './multiply.js';

/** The parameters of the files. Other values give another directory in the cache. */
export interface DatasetOptions {
  /** Directory of real files with CloudTrail's keys. Default: a sample. */
  source?: string;
  files: number;
  filesPerDay: number;
}

/** The files, and what is known about them. */
export interface Dataset {
  /** Directory of a bucket; only trail files are in it. */
  bucket: string;
  source: string;
  files: number;
  events: number;
  /** Bytes as stored, and unzipped. */
  storedBytes: number;
  bytes: number;
  /** First and last delivery day. */
  from: string;
  to: string;
}

interface SourceFile {
  key: string;
  body: Uint8Array;
}

/** Changed whenever the way in which files are made changes, so that older files are not used. */
const FORMAT = 1;
/** One day of two accounts in two regions: 1,156 files with 52 events on average, as many as the files of a busy account have. */
const SAMPLE = { days: 1, accounts: 2, regions: 2, eventsPerHour: 2_500 };
const FACTS = 'dataset.json';

/** Returns the files, which are created if they are not in the cache. Throws `UserMistake` if the source has no trail files. */
export async function openDataset(options: DatasetOptions, log: (line: string) => void): Promise<Dataset> {
  const { source, files, filesPerDay } = options;
  const names = source === undefined ? [] : trailFiles(source);
  if (source !== undefined && names.length === 0)
    throw new UserMistake(
      `${source} has no trail files with CloudTrail's keys.`,
      'Name a directory that has AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/*.json.gz in it.',
    );
  const of = names.map((name) => [name, statSync(join(source as string, name)).size]);
  const parameters = JSON.stringify({ FORMAT, files, filesPerDay, source: source === undefined ? SAMPLE : of });
  const hash = createHash('sha256').update(parameters).digest('hex').slice(0, 12);
  const target = join(defaultCacheDir(process.env), 'bench', `peers-${hash}`);
  mkdirSync(dirname(target), { recursive: true });
  await installOnce({
    title: 'the files of the benchmark',
    target,
    prefix: `${target}.`,
    isReady: async () => existsSync(join(target, FACTS)),
    methods: [
      {
        name: 'multiplying',
        install: async (path) => {
          log(`Creating ${files} files in ${target}, once`);
          const sources = source === undefined ? await sampleFiles() : readFiles(source, names);
          const facts = writeCopies(join(path, 'bucket'), sources, options, log);
          const title = source === undefined ? 'a sample' : `${names.length} files of ${source}`;
          writeFileSync(join(path, FACTS), JSON.stringify({ ...facts, source: title }));
        },
      },
    ],
    failure: ([{ cause }]) => cause,
    log,
  });
  return { ...(JSON.parse(readFileSync(join(target, FACTS), 'utf8')) as Dataset), bucket: join(target, 'bucket') };
}

function trailFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => parseObjectKey(name)?.kindFolder === 'CloudTrail' && keyOfCopy(name, 0, 0) !== undefined)
    .sort();
}

function readFiles(directory: string, names: readonly string[]): SourceFile[] {
  return names.map((key) => ({ key, body: readFileSync(join(directory, key)) }));
}

async function sampleFiles(): Promise<SourceFile[]> {
  const store = createMemoryStore('bench');
  await writeSample(store, SAMPLE);
  const files: SourceFile[] = [];
  for await (const { objects } of store.list('AWSLogs/'))
    for (const { key } of objects)
      if (parseObjectKey(key)?.kindFolder === 'CloudTrail') files.push({ key, body: (await store.get(key)).body });
  return files;
}

function writeCopies(
  bucket: string,
  sources: readonly SourceFile[],
  { files, filesPerDay }: DatasetOptions,
  log: (line: string) => void,
): Omit<Dataset, 'bucket' | 'source'> {
  const templates = sources.map(({ body }): { template: Template; events: number } => {
    const text = gunzipSync(body).toString('utf8');
    return { template: new Template(text), events: (JSON.parse(text) as { Records: unknown[] }).Records.length };
  });
  const sum = { files, events: 0, storedBytes: 0, bytes: 0, from: '9999', to: '' };
  let ids = 0;
  for (let number = 0; number < files; number++) {
    const { source, shiftMs } = placeOf(number, { sources: sources.length, filesPerDay });
    const key = keyOfCopy(sources[source].key, shiftMs, number) as string;
    const text = Buffer.from(templates[source].template.copy(shiftMs, () => freshId(ids++)));
    const body = gzipSync(text);
    const path = join(bucket, key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, body, { flag: 'wx' });
    const { day } = parseObjectKey(key) as { day: string };
    sum.events += templates[source].events;
    sum.storedBytes += body.length;
    sum.bytes += text.length;
    if (day < sum.from) sum.from = day;
    if (day > sum.to) sum.to = day;
    if ((number + 1) % 5_000 === 0) log(`${number + 1} files`);
  }
  return sum;
}
