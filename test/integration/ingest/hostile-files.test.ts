/**
 * Files of a few KB that are made to take the memory or the time of a worker: each is read in a process of its own, with the
 * default settings. It is quarantined by name, or ingested, its neighbours are ingested, and the process stays below 1 GiB.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { HOSTILE, type Survived } from '../../support/hostile';

const ROOT = join(__dirname, '../../..');
const GIB = 1024;
const directory = mkdtempSync(join(tmpdir(), 'hostile-'));

afterAll(() => rmSync(directory, { recursive: true }));

/** Only Linux tells what a process needed at its largest. */
const measured = existsSync('/proc/self/status') ? it : it.skip;

measured.each(Object.keys(HOSTILE))(
  '%s',
  (name) => {
    const { make, says } = HOSTILE[name];
    const file = join(directory, 'file');
    writeFileSync(file, gzipSync(make(), { level: 1 }));
    const argv = ['-r', './test/support/register-ts.js', 'test/support/hostile.ts', file];
    const { ledger, peak } = JSON.parse(
      execFileSync(process.execPath, argv, { cwd: ROOT, encoding: 'utf8' }),
    ) as Survived;
    expect(ledger[1].slice(0, says.length)).toBe(says);
    expect([ledger[0], ledger[2]]).toEqual(['ingested 2', 'ingested 2']);
    expect(peak).toBeLessThan(GIB);
  },
  180_000,
);
