/** A delivery day with a given number of trail files, written directly to disk. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { FIRST_DAY } from '../../sample/index.js';
import { sampleRecords } from './records.js';

/** The delivery day of the benchmark. */
export const DAY = FIRST_DAY;
/** Number of events in each file by default. */
export const EVENTS_PER_FILE = 50;

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';

/** Writes the files of a day into a bucket directory. All events are different. Returns the stored bytes. */
export async function writeDay(bucket: string, files: number, eventsPerFile = EVENTS_PER_FILE): Promise<number> {
  const record = await sampleRecords();
  const folder = join(bucket, 'AWSLogs', ACCOUNT, 'CloudTrail', REGION, ...DAY.split('-'));
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  for (let file = 0; file < files; file++) {
    const texts = Array.from({ length: eventsPerFile }, (_, at) => record(file * eventsPerFile + at));
    const body = gzipSync(`{"Records":[${texts.join(',')}]}`, { level: 1 });
    const minute = String(file % 60).padStart(2, '0');
    const name = `${ACCOUNT}_CloudTrail_${REGION}_${DAY.replaceAll('-', '')}T12${minute}Z_${String(file).padStart(16, '0')}`;
    writeFileSync(join(folder, `${name}.json.gz`), body);
    bytes += body.length;
  }
  return bytes;
}
