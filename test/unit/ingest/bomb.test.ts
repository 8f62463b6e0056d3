/** Files of a megabyte that would be more than a gigabyte when unzipped: they are quarantined, and memory stays near the limit. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BOMB_BYTES, BOMBS, type Exploded, LIMIT } from '../../support/bomb';

const ROOT = join(__dirname, '../../..');

function explode(form: string): Exploded {
  const argv = ['-r', './test/support/register-ts.js', 'test/support/bomb.ts', form];
  return JSON.parse(execFileSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8' })) as Exploded;
}

// Only Linux reports the peak memory of a process.
(existsSync('/proc/self/status') ? it : it.skip).each(Object.keys(BOMBS))('%s', (form) => {
  const { stored, error, others, grown } = explode(form);
  expect(BOMB_BYTES).toBeGreaterThan(1 << 30);
  expect(stored).toBeLessThan(3 << 20);
  expect(error).toMatch(
    /^quarantined too_large: Larger than 16777216 bytes when uncompressed \(setting ingest\.max_file_size\)/,
  );
  expect(others).toEqual(['ingested 2', 'ingested 2']);
  // The limit, what joining its pieces takes, and some variation of the heap: far below the 1,100 MiB.
  expect(grown).toBeLessThan(8 * LIMIT);
});

it('zstd of spaces, on a Node without zstd', () => {
  const { error, grown } = explode('zstd of spaces in JavaScript');
  expect(error).toMatch(/^quarantined too_large/);
  expect(grown).toBeLessThan(8 * LIMIT);
});
