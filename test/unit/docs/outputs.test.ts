/** The output of commands on the pages is what they print now. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderChecks } from '../../../client/demo/render';
import { renderSample } from '../../../client/sample/render';
import { type SampleManifest, writeSample } from '../../../sample/index';
import { createMemoryStore } from '../../../storage/memory';
import { count } from '../../../text/numbers';
import { verifyDetails } from '../../../workflows/ui/verify-details';
import { codeBlocks } from '../../support/docs';
import { runCommand } from '../../support/run-command';

/** The lines of the block of a page that begins so. */
function output(page: string, beginning: string): string[] {
  const block = codeBlocks(page).find(({ language, code }) => language === '' && code.startsWith(beginning));
  return block?.code.trimEnd().split('\n') ?? [];
}

const sampleOf = (options: Parameters<typeof writeSample>[1]): Promise<SampleManifest> =>
  writeSample(createMemoryStore('sample'), options);

test('README.md: the numbers of the demo are those of its sample', async () => {
  const { total, kinds, tables } = await sampleOf({ seed: 1 });
  const [verified, rows, , ...table] = output('README.md', '3  Verified');
  const digests = kinds['CloudTrail-Digest'].objects;
  expect(verified.match(/[\d,]{2,}/g)).toEqual([count(total.objects - digests), count(digests)]);
  expect(rows).toContain(` ${count(tables.default)} events`);
  const check = (table: string, what: string, expected: number) => ({
    table,
    what,
    expected,
    found: expected,
    ok: true,
  });
  const shown = renderChecks([
    check('aws_cloudtrail', 'events', tables.default),
    check('aws_cloudtrail_insights', 'insights', tables.insights),
    check('aws_cloudtrail_digest', 'digests', tables.digest),
    check('aws_cloudtrail_files', 'ingested', total.objects),
    check('aws_cloudtrail_files', 'skipped', 0),
    check('aws_cloudtrail_files', 'quarantined', 0),
    check('aws_cloudtrail_rejects', 'records', 0),
    check('aws_cloudtrail_integrity', 'valid', total.objects),
  ]);
  expect(table).toEqual(shown.trimEnd().split('\n'));
});

test('docs/sample.md: the sample of these options', async () => {
  const shown = output('docs/sample.md', 'A sample of');
  const printed = renderSample('./bucket', await sampleOf({ days: 2, accounts: 2, seed: 7 })).split('\n');
  expect(shown).toEqual(printed.slice(0, shown.length));
});

test('docs/cli.md: the plan is one that the tests of the command have', () => {
  const file = join(__dirname, '../client/__snapshots__/plan-words.test.ts.snap');
  const printed = readFileSync(file, 'utf8').replace(/^"/gm, '').split('\n');
  const shown = output('docs/cli.md', 'Plan of');
  expect(shown.length).toBeGreaterThan(10);
  expect(shown.filter((line) => !printed.includes(line))).toEqual([]);
});

test('docs/cli.md: check of a project on disk', async () => {
  const project = mkdtempSync(join(tmpdir(), 'trailmill-docs-'));
  try {
    await runCommand(['init'], project);
    const day = join(project, 'bucket/AWSLogs/111122223333/CloudTrail/us-east-1/2024/03/05');
    mkdirSync(day, { recursive: true });
    writeFileSync(join(day, '111122223333_CloudTrail_us-east-1_20240305T1205Z_a.json.gz'), '');
    writeFileSync(
      join(project, 'log_sources/aws_cloudtrail/tables/default.yml'),
      'schema:\n  fields:\n    # Buckets\n    - {name: team.bucket, type: string, from: requestParameters.bucketName}\n',
    );
    const { stdout } = await runCommand(['check'], project);
    const printed = stdout.replaceAll(project, '/srv/my-logs').split('\n');
    expect(output('docs/cli.md', 'Tables').filter((line) => !printed.includes(line))).toEqual([]);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
});

test('docs/ui.md: the details of a verification with failures', () => {
  const range = { from: '2024-02-28', to: '2024-03-01' };
  const counts = {
    logFiles: { valid: 2995, failed: 4, unproven: 114 },
    digests: { valid: 280, failed: 5, unproven: 0 },
    chains: 2,
    readAgain: 0,
    codes: [],
  };
  const failures = { count: 11, first: [] };
  const status = { ...range, startedAt: 0, days: { total: 3, done: 3 }, counts, failures };
  const printed = verifyDetails(status, { ...range, filter: {} }).split('\n');
  const shown = output('docs/ui.md', '**11 failures');
  expect(shown.filter((line) => !printed.includes(line))).toEqual([]);
});
