/** Probes the bucket, the warehouse, the catalog and the Temporal server, without starting work. */
import { randomUUID } from 'node:crypto';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { tablesOf } from '../../cloudtrail/tables.js';
import { connect } from '../../cluster/cluster.js';
import { assertManifestsWhole, damagedFiles } from '../../commit/whole-tables.js';
import type { Settings, SourceSettings } from '../../config/settings.js';
import { AlreadyExists, TrailmillError, UserMistake } from '../../errors/index.js';
import { WORK_AREA } from '../../run/work-area.js';
import { explainReadOnly } from '../../run/writable.js';
import { runningDevServer } from '../../server/dev-server-file.js';
import { withoutOptions } from '../../storage/address.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { checkReadable, openStore } from '../../storage/open.js';
import { deploymentVersion } from '../../worker/deployment.js';
import { describeDeployment } from '../deployment/deployment.js';
import { checkSource, openRun } from '../run/source.js';
import { hasWorker } from '../session/pollers.js';
import type { NamespaceConnection } from '../session/session.js';
import { areRegistered } from '../setup/search-attributes.js';

/** Also the JSON of `check --json`. `waiting`: not available yet, which is not an error. */
export interface Probe {
  what: 'location' | 'warehouse' | 'catalog' | 'server' | 'worker' | 'search' | 'version';
  state: 'ok' | 'waiting' | 'failed';
  message: string;
  cure: string | null;
}

/** Runs all probes, even if some fail. */
export async function probe(settings: Settings, source: SourceSettings, now: number): Promise<Probe[]> {
  return [
    await tried('location', () => location(source)),
    await tried('warehouse', () => probeWarehouse(openStore(source.warehouse))),
    await tried('catalog', () => catalog(settings, source)),
    ...(await server(settings, now)),
  ];
}

type ProbeResult = Omit<Probe, 'what'>;

const ok = (message: string): ProbeResult => ({ state: 'ok', message, cure: null });

async function tried(what: Probe['what'], attempt: () => Promise<ProbeResult>): Promise<Probe> {
  try {
    return { what, ...(await attempt()) };
  } catch (error) {
    const cure = error instanceof TrailmillError ? (error.cure ?? null) : null;
    return { what, state: 'failed', message: error instanceof Error ? error.message : String(error), cure };
  }
}

async function location(source: SourceSettings): Promise<ProbeResult> {
  await checkReadable(source.location);
  await checkSource(openStore(source.location), source);
  const prefix = source.keyPrefix === '' ? '' : `${source.keyPrefix}/`;
  const pattern = source.keyPattern === undefined ? '' : `; only keys that match ${source.keyPattern} are read`;
  return ok(`${withoutOptions(source.location)} has ${prefix}AWSLogs/${pattern}`);
}

/** Checks that the warehouse is writable and supports conditional writes, which commits rely on. */
export async function probeWarehouse(store: ObjectStore): Promise<ProbeResult> {
  const { uri } = store;
  const key = `${WORK_AREA}/check/${randomUUID()}`;
  const body = Buffer.from('Written and deleted again by `trailmill check`.\n');
  await explainReadOnly(store, store.put(key, body, { ifNoneMatch: '*' }));
  try {
    await store.put(key, body, { ifNoneMatch: '*' });
  } catch (error) {
    if (error instanceof AlreadyExists) return ok(`${uri} is writable and supports conditional writes`);
    throw error;
  } finally {
    await store.delete(key);
  }
  throw new UserMistake(
    `${uri} does not support conditional writes, so two writers could overwrite each other's commits.`,
    'Use a store that supports conditional writes (If-None-Match).',
  );
}

/** Also checks that the files of the tables exist. */
async function catalog(all: Settings, source: SourceSettings): Promise<ProbeResult> {
  const { catalog: settings, name, tables } = source;
  const run = openRun(all, source);
  const opened = run.catalog;
  const definitions = tablesOf(name, tables);
  const names = [...tables.map((table) => table.name), definitions.rejects.name, definitions.ledger.name];
  const found = await Promise.all(
    names.map((table) => opened.loadTable({ namespace: settings.namespace, name: table })),
  );
  await assertManifestsWhole(run);
  const [damaged] = await damagedFiles(run);
  if (damaged !== undefined) throw damaged;
  const existing = names.filter((_, index) => found[index] !== undefined);
  const missing = names.filter((_, index) => found[index] === undefined);
  const parts = [
    ...(existing.length === 0 ? [] : [`has ${existing.join(', ')}`]),
    ...(missing.length === 0 ? [] : [`the next run creates ${missing.join(', ')}`]),
  ];
  return ok(`${opened.description}: ${parts.join('; ')}`);
}

/** Checks that the work goes to workers of this build. */
async function probeVersion(
  where: NamespaceConnection,
  { deploymentName, buildId }: WorkerDeploymentVersion,
): Promise<ProbeResult> {
  const current = (await describeDeployment(where, deploymentName))?.current ?? null;
  if (current === buildId) return ok(`${buildId} is the current version of ${deploymentName}`);
  return {
    state: 'waiting',
    message: `the work goes to ${current ?? 'workers without a version'}, not to this build, ${buildId}`,
    cure: 'When its workers are running: trailmill deployment set-current-version',
  };
}

async function search(where: NamespaceConnection): Promise<ProbeResult> {
  if (await areRegistered(where)) return ok('workflows can be found by source, day and status');
  const message = `the namespace ${where.namespace} does not have Trailmill's search attributes`;
  return { state: 'waiting', message, cure: 'Register them, once: trailmill setup' };
}

async function server(settings: Settings, now: number): Promise<Probe[]> {
  const { cluster, projectDir } = settings;
  if (cluster.embedded && (await runningDevServer(projectDir)) === undefined) {
    const message = 'the embedded server, which is not running';
    return [{ what: 'server', state: 'waiting', message, cure: 'Start it, with a worker: trailmill dev' }];
  }
  const probes: Probe[] = [];
  const reached = await tried('server', async () => {
    const { connection, address, namespace, taskQueue } = await connect(settings);
    try {
      const working = await hasWorker({ connection, namespace, taskQueue }, now);
      const message = `${working ? 'a worker polls' : 'no worker polls'} the task queue ${taskQueue}`;
      const cure = working ? null : 'Start one: trailmill worker';
      probes.push({ what: 'worker', state: working ? 'ok' : 'waiting', message, cure });
      probes.push(await tried('search', () => search({ connection, namespace })));
      const version = deploymentVersion(settings.worker);
      if (version) probes.push(await tried('version', () => probeVersion({ connection, namespace }, version)));
      return ok(`${cluster.embedded ? 'embedded, ' : ''}${address}, namespace ${namespace}`);
    } finally {
      await connection.close();
    }
  });
  return [reached, ...probes];
}
