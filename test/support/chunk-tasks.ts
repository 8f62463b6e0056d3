/** Chunks of small files for transforms, and their results. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import { columnsOf } from '../../cloudtrail/table-columns';
import type { TableConfig } from '../../cloudtrail/table-config';
import { defaultTables, tablesOf } from '../../cloudtrail/tables';
import { schemaOf } from '../../iceberg/schema';
import type { ChunkResult, ChunkTask } from '../../ingest/types';
import { ACCOUNT, records, trailFile, trailKey } from './runs';

export class ChunkTasks {
  /** Number of modules with transforms that were written: `t1.js` and so on. */
  modules = 0;

  /** @param directory where the modules are written */
  constructor(private readonly directory: string) {}

  /** A chunk with a file of three records for each of `names`, and the source of a transform. */
  task(
    transform: string | undefined,
    batch = 'b',
    path?: string,
    names: readonly string[] = ['one', 'two'],
  ): ChunkTask {
    const [config] = defaultTables('aws_cloudtrail');
    const module = path ?? join(this.directory, `t${++this.modules}.js`);
    if (transform !== undefined) writeFileSync(module, transform);
    const sha256 = createHash('sha256')
      .update(transform ?? '')
      .digest('hex');
    const table: TableConfig = transform === undefined ? config : { ...config, transform: { path: module, sha256 } };
    const files = names.map((name) => {
      const key = trailKey(name);
      const body = trailFile(records(3, undefined, { userAgent: 'x' }, name));
      const place = { account: ACCOUNT, region: 'us-east-1', kind: 'CloudTrail' };
      return { key, etag: 'e', size: body.length, ...place, uri: `memory://bucket/${key}`, deliveredAt: 0, body };
    });
    return {
      batch,
      run: 'r',
      files,
      tables: [{ config: table, schema: schemaOf(columnsOf(table)) }],
      rejectsSchema: schemaOf(tablesOf('aws_cloudtrail', [config]).rejects.columns),
      maxFileBytes: 1 << 20,
      deduplicate: false,
      bufferBytes: 1 << 20,
    };
  }
}

export function rowsOf({ written }: ChunkResult, role: string): Record<string, unknown>[] {
  return written
    .filter((file) => file.role === role)
    .flatMap(({ bytes }) => tableFromIPC(readParquet(bytes).intoIPCStream()).toArray())
    .map((row) => row.toJSON());
}

/** For each file: rows, rejects, and dropped records. */
export const counts = ({ ledger }: ChunkResult): number[][] =>
  ledger.map((file) => [file.records, file.rejects, file.dropped]);
