/** Real CloudTrail files: a public data set (MIT) of one account and one day. It is not part of this repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const DIRECTORY = process.env.TRAILMILL_REAL_DATA ?? join(__dirname, '../../../shared/data/aws_dataset');

export interface RealFile {
  key: string;
  /** Uncompressed. */
  bytes: Uint8Array;
}

/** Like `describe`; skipped, with a message, if the data set is not available. */
export function describeWithRealData(name: string, body: () => void): void {
  const { skip } = describe;
  if (existsSync(DIRECTORY)) {
    describe(name, body);
    return;
  }
  process.stderr.write(`\n*** SKIPPED: ${name}. No CloudTrail files at ${DIRECTORY}: set TRAILMILL_REAL_DATA.\n`);
  skip(`${name} (no real data)`, body);
}

/** The directory that contains `AWSLogs/`. */
export function realDataDirectory(): string {
  return DIRECTORY;
}

/** All files, in the order of their keys. */
export function realFiles(): RealFile[] {
  return readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json.gz'))
    .sort()
    .map((key) => ({ key, bytes: gunzipSync(readFileSync(join(DIRECTORY, key))) }));
}
