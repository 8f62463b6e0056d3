/** The events of a run's commits, with real tables in memory. */

import { Runtime } from '@temporalio/worker';
import { CommitStateUnknown } from '../../../errors/index';
import { appendManifests } from '../../../iceberg/append';
import type { Catalog } from '../../../iceberg/catalog';
import { serializeMetadata } from '../../../iceberg/metadata';
import { freePort } from '../../../net/free-port';
import { identifierOf } from '../../../run/config';
import { type RunEvent, reportingCatalog } from '../../../run/events';
import { meterReport } from '../../../worker/metrics';
import { installTelemetry } from '../../../worker/telemetry';
import {
  commitGroup,
  DAY,
  ingest,
  ingestWholeDay,
  memoryRun,
  plan,
  records,
  trailFile,
  trailKey,
} from '../../support/runs';

const LEDGER = 'trailmill.aws_cloudtrail_files';

async function day() {
  const events: RunEvent[] = [];
  const report = (event: RunEvent): void => void events.push(event);
  const bare = memoryRun();
  await bare.bucket.put(trailKey('a'), trailFile([...records(3), { no: 'time' }]));
  await bare.bucket.put(trailKey('b'), trailFile(records(3)));
  const over = (catalog: Catalog) => ({ ...bare, report, catalog: reportingCatalog(catalog, report) });
  const told = (what: RunEvent['what']): RunEvent[] => events.filter((event) => event.what === what);
  return { bare, over, told, run: over(bare.catalog) };
}

it('a commit reports a snapshot for each table that got rows, and its result once', async () => {
  const { run, told } = await day();
  const totals = await ingestWholeDay(run);
  expect(totals).toMatchObject({ files: 2, events: 3, duplicates: 3, rejects: 1 });
  const tables = told('snapshot').map((event) => event.what === 'snapshot' && [event.table, event.rows]);
  expect(tables.sort()).toEqual([
    ['trailmill.aws_cloudtrail', 6],
    [LEDGER, 2],
    ['trailmill.aws_cloudtrail_rejects', 1],
  ]);
  const newestEvent = Date.parse(`${DAY}T12:00:02Z`) * 1000;
  expect(told('commit')).toEqual([{ what: 'commit', source: 'aws_cloudtrail', totals, newestEvent }]);
  expect([...told('conflict'), ...told('no answer')]).toEqual([]);
});

it('a commit reports the health of its tables, from their metadata alone', async () => {
  const { run, told } = await day();
  await ingestWholeDay(run);
  const last = new Map(
    told('health').flatMap((event) => (event.what === 'health' ? [[event.table, event.health] as const] : [])),
  );
  const { metadata, metadataBytes } = (await run.catalog.loadTable(identifierOf(run.config, 'ledger')))!;
  // The announcement, and the end of the commit.
  expect(last.get(LEDGER)).toEqual({ smallFiles: 1, deleteFiles: 0, snapshots: 2, metadataFileBytes: metadataBytes });
  expect(metadataBytes).toBe(Buffer.byteLength(serializeMetadata(metadata)));
  expect(last.get('trailmill.aws_cloudtrail')).toMatchObject({ smallFiles: 1, deleteFiles: 1, snapshots: 1 });
});

it('a commit that another worker has already made is not reported again', async () => {
  const { run, told } = await day();
  const planned = await plan(run);
  const { result } = await ingest(run, planned, 0);
  await commitGroup(run, planned, [result]);
  await commitGroup(run, planned, [result]);
  expect(told('commit')).toHaveLength(1);
  expect(told('snapshot')).toHaveLength(3);
});

it('a commit that conflicts with another writer reports the conflict, with the table', async () => {
  const { bare, run, told } = await day();
  await ingestWholeDay(run);
  const identifier = identifierOf(bare.config, 'ledger');
  const empty = { identifier, manifests: [], allowEmpty: true };
  let met = false;
  await appendManifests({
    ...empty,
    catalog: run.catalog,
    commitId: 'late',
    prepare: async () => {
      if (!met) await appendManifests({ ...empty, catalog: bare.catalog, commitId: 'first' });
      met = true;
      return {};
    },
  });
  expect(told('conflict')).toEqual([{ what: 'conflict', table: LEDGER }]);
});

it('a commit whose answer is lost reports that, and counts once', async () => {
  const { bare, over, told } = await day();
  const { commit } = bare.catalog;
  let lost = false;
  const run = over({
    ...bare.catalog,
    commit: async (table, requirements, updates) => {
      const committed = await commit(table, requirements, updates);
      const last = table.identifier.name.endsWith('_files') && table.metadata.snapshots.length === 1;
      if (last && !lost) {
        lost = true;
        throw new CommitStateUnknown('No answer.');
      }
      return committed;
    },
  });
  await ingestWholeDay(run);
  expect(told('no answer')).toEqual([{ what: 'no answer', table: LEDGER }]);
  expect(told('commit')).toHaveLength(1);
});

it('conflicts and lost answers are counted by table, next to the metrics of the SDK', async () => {
  const address = `127.0.0.1:${await freePort(0)}`;
  installTelemetry('ERROR', { metrics: address });
  const runtime = Runtime.instance();
  try {
    const report = meterReport(runtime.metricMeter);
    report({ what: 'conflict', table: LEDGER });
    report({ what: 'conflict', table: LEDGER });
    report({ what: 'no answer', table: LEDGER });
    report({ what: 'snapshot', table: LEDGER, snapshot: 1n, files: 1, rows: 2 });
    report({
      what: 'health',
      table: LEDGER,
      health: { smallFiles: 1, deleteFiles: 2, snapshots: 3, metadataFileBytes: 4 },
    });
    report({ what: 'health', table: LEDGER, health: { smallFiles: 5, deleteFiles: 0, snapshots: 4 } });
    const lines = (await (await fetch(`http://${address}/metrics`)).text()).split('\n');
    expect(lines.filter((line) => line.startsWith('trailmill_'))).toEqual([
      `trailmill_commit_conflicts_total{table="${LEDGER}"} 2`,
      `trailmill_commits_total{table="${LEDGER}"} 1`,
      `trailmill_commits_unanswered_total{table="${LEDGER}"} 1`,
      `trailmill_table_delete_files{table="${LEDGER}"} 0`,
      `trailmill_table_metadata_bytes{table="${LEDGER}"} 4`,
      `trailmill_table_small_files{table="${LEDGER}"} 5`,
      `trailmill_table_snapshots{table="${LEDGER}"} 4`,
    ]);
  } finally {
    await runtime.shutdown();
  }
});
