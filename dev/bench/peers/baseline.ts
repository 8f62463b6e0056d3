/** The work that no program can avoid: unzips all files of a bucket on one thread, and with `json` also parses them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { resident } from '../process-memory.js';

/** What this process prints when it is done. */
export interface BaselineResult {
  bytes: number;
  /** Only with `json`. */
  events: number;
  cpuSeconds: number;
  peakMegabytes: number;
}

function main(what: string, bucket: string): void {
  let [bytes, events] = [0, 0];
  for (const name of readdirSync(bucket, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.json.gz')) continue;
    const text = gunzipSync(readFileSync(join(bucket, name)));
    bytes += text.length;
    if (what === 'json') events += (JSON.parse(text.toString('utf8')) as { Records: unknown[] }).Records.length;
  }
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
  const result: BaselineResult = { bytes, events, cpuSeconds, peakMegabytes: resident('VmHWM') };
  console.log(JSON.stringify(result));
}

main(process.argv[2], process.argv[3]);
