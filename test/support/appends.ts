/** Appends of made-up data files: commits do not need the files themselves. */
import { type AppendRequest, appendManifests } from '../../iceberg/append';
import type { Catalog, LoadedTable, TableIdentifier } from '../../iceberg/catalog';
import { keyOf } from '../../iceberg/location';
import { writeManifest } from '../../iceberg/manifest';
import { scanFiles } from '../../iceberg/scan';
import { ancestors, COMMIT_ID, currentSchema, currentSpec } from '../../iceberg/snapshot';
import type { ManifestFile } from '../../iceberg/types';

/** A manifest of one file of `rows` rows, in the directory of the table. */
export async function manifestOf(table: LoadedTable, name: string, rows = 1): Promise<ManifestFile> {
  const { store, location, metadata } = table;
  const file = {
    path: `${location}/data/${name}.parquet`,
    bytes: 1,
    rows,
    day: 19_548,
    columnSizes: {},
    valueCounts: {},
    nullCounts: {},
    lowerBounds: {},
    upperBounds: {},
  };
  const key = `${keyOf(store, location)}/metadata/${name}.avro`;
  return writeManifest(store, key, { schema: currentSchema(metadata), spec: currentSpec(metadata) }, [file]);
}

/** Appends one file; its name is also the commit id. */
export async function append(
  catalog: Catalog,
  identifier: TableIdentifier,
  name: string,
  more: Partial<AppendRequest> & { rows?: number } = {},
) {
  const { rows, ...request } = more;
  const manifests = request.manifests ?? [await manifestOf(await tableIn(catalog, identifier), name, rows)];
  return appendManifests({ catalog, identifier, commitId: name, ...request, manifests });
}

export async function tableIn(catalog: Catalog, identifier: TableIdentifier): Promise<LoadedTable> {
  const table = await catalog.loadTable(identifier);
  if (table === undefined) throw new Error(`no table ${identifier.name}`);
  return table;
}

export interface Contents {
  /** Names of data files, sorted. */
  files: string[];
  rows: number;
  /** Every commit id of the history, as often as it occurs, sorted. */
  commits: string[];
  /** The total of the newest snapshot. */
  total: string | undefined;
}

/** What a reader finds. */
export async function contentsOf(catalog: Catalog, identifier: TableIdentifier): Promise<Contents> {
  const table = await tableIn(catalog, identifier);
  const history = [...ancestors(table.metadata)];
  const files: string[] = [];
  let rows = 0;
  for await (const file of scanFiles(table)) {
    files.push(file.path.replace(/^.*\/|\.parquet$/g, ''));
    rows += file.rows;
  }
  return {
    files: files.sort(),
    rows,
    commits: history.map(({ summary }) => summary[COMMIT_ID]).sort(),
    total: history[0]?.summary['total-records'],
  };
}
