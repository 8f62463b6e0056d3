/** A delivery day of as many trail files as one asks for, written straight to disk. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { FIRST_DAY } from '../../sample/index.js';
import { sampleRecords } from './records.js';

/** The delivery day of the bench. */
export const DAY = FIRST_DAY;
/** Events in each of its files. */
export const EVENTS_A_FILE = 50;

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';

/** Returns the stored bytes. No two files have an event in common. */
export async function writeDay(bucket: string, files: number): Promise<number> {
  const record = await sampleRecords();
  const folder = join(bucket, 'AWSLogs', ACCOUNT, 'CloudTrail', REGION, ...DAY.split('-'));
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  for (let file = 0; file < files; file++) {
    const texts = Array.from({ length: EVENTS_A_FILE }, (_, at) => record(file * EVENTS_A_FILE + at));
    const body = gzipSync(`{"Records":[${texts.join(',')}]}`, { level: 1 });
    const minute = String(file % 60).padStart(2, '0');
    const name = `${ACCOUNT}_CloudTrail_${REGION}_${DAY.replaceAll('-', '')}T12${minute}Z_${String(file).padStart(16, '0')}`;
    writeFileSync(join(folder, `${name}.json.gz`), body);
    bytes += body.length;
  }
  return bytes;
}
