/** A worker and a client on the test server, with a separate task queue for each test file. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { TableConfig } from '../../cloudtrail/table-config';
import { allTables, defaultTables, ICEBERG_NAMESPACE } from '../../cloudtrail/tables';
import { WORKER } from '../../config/defaults';
import type { IngestSettings, WorkerSettings } from '../../config/settings';
import { storageCatalog } from '../../iceberg/catalog-settings';
import type { AuditInput, AuditResult } from '../../protocol/audit-messages';
import { auditId, verifyId } from '../../protocol/ids';
import type { BackfillInput, BackfillResult, Visibility } from '../../protocol/messages';
import { priorityOf } from '../../protocol/priority';
import type { VerifyInput, VerifyRequest, VerifyResult } from '../../protocol/verify-messages';
import { writeRunConfig } from '../../run/config';
import { createFileStore } from '../../storage/file';
import type { ObjectStore } from '../../storage/object-store';
import { openStore } from '../../storage/open';
import { type RunningWorker, startWorker } from '../../worker/run-worker';
import { installTelemetry } from '../../worker/telemetry';
import { INGEST, RETRY } from './runs';

type Wanted = [
  input: Partial<BackfillInput> & { from: string; to: string },
  ingest?: Partial<IngestSettings>,
  location?: string,
  tables?: readonly TableConfig[],
];

export interface Harness {
  client: Client;
  directory: string;
  bucket: ObjectStore;
  warehouse: ObjectStore;
  /** Unique to this harness, so that workflow ids of test files never collide. */
  source: string;
  startWorker(settings?: Partial<WorkerSettings>, workflowBundle?: string): Promise<RunningWorker>;
  /** Stores that the worker opens; a test may set a faulty one for a URI. */
  stores: Map<string, ObjectStore>;
  taskQueue: string;
  /** The input of a backfill workflow, for tests that start it in another way. */
  input(...wanted: Wanted): Promise<BackfillInput>;
  backfill(...wanted: Wanted): Promise<WorkflowHandle<(input: BackfillInput) => Promise<BackfillResult>>>;
  /** With the same bucket and warehouse; the tables may be those of any backfill. */
  audit(range: { from: string; to: string }): Promise<WorkflowHandle<(input: AuditInput) => Promise<AuditResult>>>;
  /** With the same bucket and warehouse, and all tables. */
  verify(request: VerifyRequest): Promise<WorkflowHandle<(input: VerifyInput) => Promise<VerifyResult>>>;
  close(): Promise<void>;
}

installTelemetry('ERROR');

/** The global setup has registered the search attributes. */
export const VISIBILITY: Visibility = { version: '0.0.0-test', searchable: true };

export async function startHarness(address: string): Promise<Harness> {
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-test-'));
  // Not the process's id: jest runs several test files in one process, and they share the server.
  const id = randomBytes(6).toString('hex');
  const source = `aws_cloudtrail_${id}`;
  const taskQueue = `test-${id}`;
  const bucket = createFileStore(join(directory, 'bucket'));
  const warehouse = createFileStore(join(directory, 'warehouse'));
  const stores = new Map<string, ObjectStore>([
    [bucket.uri, bucket],
    [warehouse.uri, warehouse],
  ]);
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const workers: RunningWorker[] = [];
  const inputOf: Harness['input'] = async (
    input,
    ingest = {},
    location = bucket.uri,
    tables = defaultTables(source),
  ) => {
    const settings = { ...INGEST, ...ingest };
    const deduplicate = { windowDays: 30 };
    const content = { tables, deduplicate, catalog: storageCatalog(ICEBERG_NAMESPACE) };
    const config = await writeRunConfig(warehouse, { source, location, keyPrefix: '', ingest: settings, ...content });
    const { daysInFlight, batchesInFlight, groupBatches } = settings;
    return {
      source,
      config,
      filter: {},
      daysInFlight,
      batchesInFlight,
      groupBatches,
      retry: RETRY,
      visibility: VISIBILITY,
      ...input,
    };
  };
  return {
    client,
    directory,
    bucket,
    warehouse,
    source,
    stores,
    async startWorker(settings, workflowBundle) {
      const worker = await startWorker({
        connection,
        namespace: 'default',
        taskQueue,
        accepted: { warehouses: [warehouse.uri], files: [directory] },
        settings: {
          ...WORKER,
          maxConcurrentActivities: 8,
          // Each takes a quarter of a second to load, and these tests have only a few small files.
          threads: 1,
          shutdownGraceSeconds: 5,
          storageTimeoutSeconds: 60,
          ...settings,
        },
        workflowBundle,
        open: (uri) => {
          const store = stores.get(uri) ?? openStore(uri);
          // A store that a test has changed has no directory here: decoder threads would read its files without the store.
          const isChanged = store !== bucket && store !== warehouse && stores.has(uri);
          return isChanged ? Object.assign(Object.create(store), { directory: undefined }) : store;
        },
      });
      workers.push(worker);
      return worker;
    },
    taskQueue,
    input: inputOf,
    async backfill(...wanted) {
      const input = await inputOf(...wanted);
      const workflowId = `backfill/${source}/${input.from}..${input.to}`;
      return client.workflow.start('backfill', {
        workflowId,
        taskQueue,
        args: [input],
        priority: priorityOf('backfill', workflowId),
      });
    },
    async audit(range) {
      const tables = defaultTables(source);
      const places = { source, location: bucket.uri, keyPrefix: '' };
      const config = await writeRunConfig(warehouse, {
        ...places,
        catalog: storageCatalog(ICEBERG_NAMESPACE),
        ingest: INGEST,
        tables,
      });
      return client.workflow.start('audit', {
        workflowId: auditId(source, range.from, range.to),
        taskQueue,
        args: [{ source, config, ...range, filter: {}, retry: RETRY, visibility: VISIBILITY }],
      });
    },
    async verify(request) {
      const config = await writeRunConfig(warehouse, {
        source,
        location: bucket.uri,
        keyPrefix: '',
        catalog: storageCatalog(ICEBERG_NAMESPACE),
        ingest: INGEST,
        tables: allTables(source),
        // Otherwise, the keys would be requested from CloudTrail.
        integrity: { mode: 'verify', keys: 'folder' },
      });
      return client.workflow.start('verify', {
        workflowId: verifyId(source, request),
        taskQueue,
        args: [{ ...request, source, config, retry: RETRY, visibility: VISIBILITY }],
      });
    },
    async close() {
      for (const worker of workers) await worker.stop();
      await connection.close();
      await client.connection.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
