/** Probes the bucket, the warehouse and the catalog, and has the Temporal server probed, without starting work. */
import { randomUUID } from 'node:crypto';
import { tablesOf } from '../../cloudtrail/tables.js';
import { assertManifestsWhole, damagedFiles } from '../../commit/whole-tables.js';
import type { Settings, SourceSettings } from '../../config/settings.js';
import { AlreadyExists, UserMistake } from '../../errors/index.js';
import { WORK_AREA } from '../../run/work-keys.js';
import { explainReadOnly } from '../../run/writable.js';
import { runningDevServer } from '../../server/dev-server-file.js';
import { withoutOptions } from '../../storage/address.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { checkReadable, openStore } from '../../storage/open.js';
import { checkSource, openRun } from '../run/source.js';
import { withoutDigests } from '../selection/digests.js';
import { neverAborted } from '../terminal/io.js';
import { ok, type Probe, type ProbeResult, tried } from './probe.js';

/** Runs all probes, even if some fail. */
export async function probe(settings: Settings, source: SourceSettings, now: number): Promise<Probe[]> {
  return [
    await tried('location', () => location(source)),
    ...(source.integrity.mode === 'required' ? [await tried('digests', () => digests(settings, source))] : []),
    await tried('warehouse', () => probeWarehouse(openStore(source.warehouse))),
    await tried('catalog', () => catalog(settings, source)),
    ...(await server(settings, now)),
  ];
}

async function location(source: SourceSettings): Promise<ProbeResult> {
  await checkReadable(source.location);
  await checkSource(openStore(source.location), source);
  const prefix = source.keyPrefix === '' ? '' : `${source.keyPrefix}/`;
  const pattern = source.keyPattern === undefined ? '' : `; only keys that match ${source.keyPattern} are read`;
  return ok(`${withoutOptions(source.location)} has ${prefix}AWSLogs/${pattern}`);
}

/** Checks that log files can be proven, if they have to be. */
async function digests(settings: Settings, source: SourceSettings): Promise<ProbeResult> {
  const warning = await withoutDigests(openRun(settings, source), {}, neverAborted());
  if (warning !== undefined) return { state: 'waiting', ...warning };
  return ok('every account and region with log files has digests');
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

async function server(settings: Settings, now: number): Promise<Probe[]> {
  const { cluster, projectDir } = settings;
  if (cluster.embedded && (await runningDevServer(projectDir)) === undefined) {
    const message = 'the embedded server, which is not running';
    return [{ what: 'server', state: 'waiting', message, cure: 'Start it, with a worker: trailmill dev' }];
  }
  // Loaded only here: a client of a server takes long to load.
  const { probeServer } = await import('./server-probes.js');
  return probeServer(settings, now);
}
