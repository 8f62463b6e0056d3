/**
 * The location of a run's bucket and tables: in directories, on an S3 server, or on an S3 server with the tables in a REST catalog.
 * Each storm has its own project, with its configuration in files like that of a user.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DEFAULT_SOURCE, LOG_SOURCE_FILE, LOG_SOURCES_DIRECTORY } from '../../config/defaults.js';
import { loadSettings } from '../../config/load.js';
import { writeProject } from '../../config/project-files.js';
import type { Settings } from '../../config/settings.js';
import type { Random } from '../../sample/random.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { openStore } from '../../storage/open.js';
import { createBuckets } from '../servers/s3-server.js';
import { FullDisk } from './full-disk.js';
import { BadNetwork, REST_FAULTS, S3_FAULTS } from './network.js';
import { LAKE, type SharedServers } from './servers.js';
import { writeTransform } from './transform.js';

/** The possible locations of runs. */
export const PLACES = ['file', 's3', 'rest'] as const;
/** A name of {@link PLACES}. */
export type PlaceName = (typeof PLACES)[number];

/** The settings of a project with a log source. */
export type ProjectSettings = Settings & { source: NonNullable<Settings['source']> };

/** One warehouse of a run, with the project that fills it. */
export interface RunProject {
  directory: string;
  settings: ProjectSettings;
}

/** The location of a run's bucket and warehouses. */
export interface RunPlace {
  name: PlaceName;
  /** Addresses of the warehouses that a worker may write to. */
  warehouses(count: number): [string, ...string[]];
  /** Creates a project; number 0 is undisturbed and uses no REST catalog. */
  project(number: number, transform: boolean): RunProject;
  /** The file system with the tables, which can be filled up, or the reason why there is none. */
  disk: FullDisk | { why: string };
  /** The store at an address of the configuration, without the unreliable network. */
  open(address: string): ObjectStore;
  /** The stores with the work area and the tables of a project. */
  storesOf(project: RunProject): ObjectStore[];
  /** Makes the network unreliable until `calm`. */
  disturb(random: Random, note: (name: string) => void): void;
  calm(): void;
  /** @param keep whether to keep the tables in the run's directory */
  close(keep: boolean): Promise<void>;
}

/** Prepares the location of a run. `directory`: an existing directory for the run. */
export async function openPlace(name: PlaceName, directory: string, shared: SharedServers): Promise<RunPlace> {
  return name === 'file' ? onDisk(directory) : onServers(name, directory, shared);
}

const warehouseName = (number: number): string => (number === 0 ? 'undisturbed' : `warehouse-${number}`);

async function onDisk(directory: string): Promise<RunPlace> {
  const tables = join(directory, 'tables');
  mkdirSync(tables);
  const disk = await FullDisk.mount(tables);
  const warehouseOf = (number: number): string => join(tables, warehouseName(number));
  return {
    name: 'file',
    disk,
    warehouses: (count) => numbered(count, (number) => `file://${warehouseOf(number)}`),
    project: (number, transform) =>
      makeProject(directory, number, {
        location: join(directory, 'bucket'),
        warehouse: warehouseOf(number),
        transform,
      }),
    open: openStore,
    storesOf: ({ settings }) => [openStore(settings.source.warehouse)],
    disturb: () => {},
    calm: () => {},
    async close(keep) {
      if (!(disk instanceof FullDisk)) return;
      if (keep) await cp(tables, join(directory, 'tables-kept'), { recursive: true });
      await disk.unmount();
    },
  };
}

async function onServers(name: 's3' | 'rest', directory: string, shared: SharedServers): Promise<RunPlace> {
  const s3 = await shared.s3();
  // Bucket names must be unique among the runs that share the server.
  const bucket = directory
    .replace(/[^a-z0-9]+/gi, '-')
    .toLowerCase()
    .slice(-40)
    .replace(/^-+/, '');
  await createBuckets(s3, bucket, `${bucket}-tables`);
  const networks = { s3: await BadNetwork.inFrontOf(s3.endpoint), rest: undefined as BadNetwork | undefined };
  if (name === 'rest') networks.rest = await BadNetwork.inFrontOf((await shared.restCatalog()).uri);
  const address = (path: string): string => `s3://${path}?endpoint=${networks.s3.endpoint}`;
  const open = (uri: string): ObjectStore => openStore(uri.replace(networks.s3.endpoint, s3.endpoint));
  const warehouseOf = (number: number): string => address(`${bucket}-tables/${warehouseName(number)}`);
  return {
    name,
    disk: { why: 'the tables are not on a disk of this machine' },
    warehouses: (count) => numbered(count, warehouseOf),
    project: (number, transform) =>
      makeProject(directory, number, {
        location: address(bucket),
        warehouse: warehouseOf(number),
        transform,
        // The reference is in the storage catalog: both catalogs must have the same tables.
        ...(networks.rest === undefined || number === 0
          ? {}
          : { rest: { uri: networks.rest.endpoint, namespace: `${bucket.replaceAll('-', '_')}_${number}` } }),
      }),
    open,
    storesOf: ({ settings: { source } }) => [
      open(source.warehouse),
      ...(source.catalog.type === 'rest'
        ? [open(`s3://${LAKE}/tables/${source.catalog.namespace}?endpoint=${s3.endpoint}`)]
        : []),
    ],
    disturb(random, note) {
      networks.s3.disturb(S3_FAULTS, random.fork('S3 network'), note);
      networks.rest?.disturb(REST_FAULTS, random.fork('REST network'), note);
    },
    calm() {
      networks.s3.calm();
      networks.rest?.calm();
    },
    async close() {
      await networks.rest?.close();
      await networks.s3.close();
    },
  };
}

function numbered(count: number, of: (number: number) => string): [string, ...string[]] {
  return [of(0), ...Array.from({ length: count }, (_, at) => of(at + 1))];
}

interface ProjectOptions {
  location: string;
  warehouse: string;
  transform: boolean;
  rest?: { uri: string; namespace: string };
}

/** Writes what `trailmill init` writes, with the log source of the run; settings of the machine are ignored. */
function makeProject(
  parent: string,
  number: number,
  { location, warehouse, transform, rest }: ProjectOptions,
): RunProject {
  const directory = join(parent, `project-${number}`);
  mkdirSync(directory);
  writeProject(directory);
  const lines = [`name: ${DEFAULT_SOURCE.name}`, `ingest: {location: "${location}"}`, `warehouse: "${warehouse}"`];
  if (rest !== undefined) lines.push(`catalog: {type: rest, uri: "${rest.uri}", namespace: ${rest.namespace}}`);
  if (transform) lines.push('schema: {ecs_field_names: [labels]}', `transform: ${writeTransform(directory)}`);
  const file = join(directory, LOG_SOURCES_DIRECTORY, DEFAULT_SOURCE.name, LOG_SOURCE_FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
  const { source, ...settings } = loadSettings({ cwd: directory, env: {}, flags: { project: directory } });
  if (source === undefined) throw new Error('the new project has no source');
  return { directory, settings: { ...settings, source } };
}
