/** `trailmill verify --event`: writes what proves one event. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { tableNameOf } from '../../cloudtrail/tables.js';
import { systemCodeOf, UserMistake } from '../../errors/index.js';
import { startDecoderPool } from '../../ingest/threads/decoder-pool.js';
import { DECODER_THREAD } from '../../install/package.js';
import { keyOfUri } from '../../integrity/read-digests.js';
import { openTables } from '../../query/open-tables.js';
import { sqlLiteral } from '../../query/sql-text.js';
import type { RunContext } from '../../run/context.js';
import { printable } from '../../text/printable.js';
import { type EventPlace, evidenceOf } from '../../verify/evidence.js';
import { openRun, readableSource } from '../run/source.js';
import type { CommandContext } from '../session/context.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { INTERRUPTED, withInterrupt } from '../terminal/io.js';
import { type VerifyOptions, withKeys } from './keys.js';

/** Finds the event, and writes its evidence to a new or empty directory. */
export async function writeEvidence(
  context: CommandContext<VerifyOptions>,
  event: string,
  out: string,
): Promise<number> {
  const { io, output } = context;
  const settings = settingsFor(context);
  const source = await withKeys(context, await readableSource(settings));
  const directory = resolve(io.cwd, out);
  await assertEmpty(directory);
  const run = openRun(settings, source);
  const pool = startDecoderPool(1, DECODER_THREAD);
  return withInterrupt(io, async (signal) => {
    try {
      const place = await findEvent(context, run, event, signal);
      const files = await evidenceOf({ ...run, pool, signal }, place);
      await mkdir(directory, { recursive: true });
      for (const { name, bytes } of files) await writeFile(join(directory, name), bytes);
      output.value({ event, key: place.key, directory, files: files.map(({ name }) => name) });
      output.say(`The evidence of event ${printable(event)} is in ${directory}: README.md says how to check it.`);
      return EXIT.ok;
    } catch (error) {
      if (signal.aborted) return INTERRUPTED;
      throw error;
    } finally {
      await pool.close();
    }
  });
}

async function assertEmpty(directory: string): Promise<void> {
  try {
    if ((await readdir(directory)).length === 0) return;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return;
    throw new UserMistake(`${directory} is not a writable directory.`, 'Choose another one for --out.');
  }
  throw new UserMistake(`${directory} is not empty.`, 'Choose a new or an empty directory for --out.');
}

/** Finds an event by its id in the tables of events and Insights. Throws `UserMistake` if there is none, or several. */
async function findEvent(
  { io, output, options }: CommandContext<VerifyOptions>,
  { catalog, config, bucket, warehouse }: RunContext,
  event: string,
  signal: AbortSignal,
): Promise<EventPlace> {
  const { source } = config;
  const { account: accounts = [] } = options;
  const only =
    accounts.length === 0 ? '' : ` AND cloud.account.id IN (${accounts.map((id) => sqlLiteral(id)).join(', ')})`;
  const select = (table: string): string =>
    `SELECT log.file.path AS path, aws.cloudtrail.record_index AS index, cloud.account.id AS account FROM ${table} WHERE event.id = ${sqlLiteral(event)}${only}`;
  const wanted = (['default', 'insights'] as const).map((role) => tableNameOf(source, role));
  const tables = await openTables(catalog, config.catalog.namespace, {
    source,
    sql: wanted.map(select).join(' UNION ALL '),
    warehouse,
    httpfs: { env: io.env, log: (line) => output.note(line) },
    signal,
  });
  try {
    const present = wanted.filter((name) => tables.names.includes(name));
    const rows = present.length === 0 ? [] : await tables.query(present.map(select).join(' UNION ALL '));
    if (rows.length > 1) {
      throw new UserMistake(
        `${rows.length} accounts have an event with the id ${event}: ${rows.map(({ account }) => account).join(', ')}.`,
        'Choose one with --account.',
      );
    }
    const [row] = rows;
    if (row === undefined)
      throw new UserMistake(`No table has an event with the id ${event}.`, 'Check the id (event.id).');
    return { event, key: keyOfUri(String(row.path), bucket.uri, config.keyPrefix), index: Number(row.index) };
  } finally {
    tables.close();
  }
}
