/** What the runs of a schedule are told, by the project's files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scheduleDefinitions } from '../../../client/schedule/definition';
import { loadSettings } from '../../../config/load';
import type { ScheduledIngestInput } from '../../../workflows/scheduled-ingest';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-schedule-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Whether the runs verify, with a mode of `integrity`, and with a table of digests or without. */
function verifies(mode: string, digests: boolean): (boolean | undefined)[] {
  const folder = join(directory, 'log_sources', 'logs');
  mkdirSync(join(folder, 'tables'), { recursive: true });
  const places = 'ingest:\n  location: ./bucket\nwarehouse: ./warehouse\n';
  const integrity = `integrity:\n  mode: ${mode}\n  bucket: my-bucket\n`;
  writeFileSync(join(folder, 'log_source.yml'), `name: logs\nmanaged:\n  type: AWS_CLOUDTRAIL\n${places}${integrity}`);
  writeFileSync(join(folder, 'tables', 'default.yml'), 'name: default\n');
  if (digests) writeFileSync(join(folder, 'tables', 'digest.yml'), 'name: digest\n');
  const settings = loadSettings({ cwd: directory, flags: {}, env: {} });
  const target = { taskQueue: 'q', visibility: { version: '0', searchable: false } };
  const definitions = settings.source === undefined ? [] : scheduleDefinitions(settings, settings.source, target);
  return definitions.map(({ options: { action } }) => (action.args as [ScheduledIngestInput])[0].verify);
}

test('a run verifies its days if the project asks for it, and has a table of digests to verify with', () => {
  expect(verifies('record', true)).toEqual([undefined, undefined]);
  expect(verifies('verify', true)).toEqual([true, true]);
});

test('a run that ingests only what is proven needs no table of digests, and verifies if there is one', () => {
  expect(verifies('required', false)).toEqual([undefined, undefined]);
  expect(verifies('required', true)).toEqual([true, true]);
});
