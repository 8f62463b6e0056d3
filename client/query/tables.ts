/** `trailmill tables`: the contents of the tables, from the catalog and the manifests alone. */
import { TABLE_ROLES, tableNameOf } from '../../cloudtrail/tables.js';
import { describeError, UserMistake } from '../../errors/index.js';
import { findingsOf } from '../../iceberg/health.js';
import { openCatalog } from '../../iceberg/open-catalog.js';
import { workAreaOf } from '../../query/stored-bytes.js';
import { type TableFacts, tableFactsOf } from '../../query/table-facts.js';
import { openStore } from '../../storage/open.js';
import { nearest } from '../../text/nearest.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { INTERRUPTED, withInterrupt } from '../terminal/io.js';
import { adviceOf } from './render-health.js';
import { renderTables } from './render-tables.js';

interface TablesOptions extends GlobalOptions {
  warehouse?: string;
  columns?: boolean;
  /** `true`: the default number. */
  snapshots?: number | true;
  health?: boolean;
}

const DEFAULT_SNAPSHOTS = 10;

/** Prints the tables, with their columns or snapshots if requested. */
export async function run(context: CommandContext<TablesOptions>): Promise<number> {
  const { io, output, options, args } = context;
  const settings = settingsFor(context);
  const names = TABLE_ROLES.map((role) => tableNameOf(settings.name, role));
  const [only] = args;
  if (only !== undefined && !names.includes(only)) throw unknownTable(only, names);
  const warehouse = openStore(settings.warehouse);
  const catalog = openCatalog(settings.catalog, warehouse);
  const recent = options.snapshots === true ? DEFAULT_SNAPSHOTS : (options.snapshots ?? 0);
  return withInterrupt(io, async (signal) => {
    try {
      const tables: TableFacts[] = [];
      const missing: string[] = [];
      for (const name of only === undefined ? names : [only]) {
        const table = await catalog.loadTable({ namespace: settings.catalog.namespace, name });
        if (table === undefined) missing.push(name);
        else tables.push(await tableFactsOf(table, recent, signal));
        signal.throwIfAborted();
      }
      if (tables.length === 0) throw nothingYet(missing, catalog.description);
      const workArea = await workAreaOf(warehouse, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        // With a REST catalog, the tables can be elsewhere, and readable without the warehouse.
        output.note(`The work area cannot be listed: ${describeError(error)}`);
        return [];
      });
      const columns = only !== undefined || options.columns === true;
      output.value({
        catalog: catalog.description,
        namespace: settings.catalog.namespace,
        tables: tables.map((table) => jsonOf(table, columns, recent > 0)),
        missing,
        health: tables.map(({ name, health }) => ({ name, ...health, findings: findingsOf(health) })),
        workArea,
      });
      const health = options.health === true;
      output.say(renderTables(tables, { columns, snapshots: recent > 0, health }, workArea, output.width));
      for (const line of adviceOf(tables)) output.note(line);
      if (missing.length > 0) output.note(`Not created yet: ${missing.join(', ')}.`);
      return EXIT.ok;
    } catch (error) {
      if (signal.aborted) return INTERRUPTED;
      throw error;
    }
  });
}

function jsonOf(
  { columns, recent, health: _, ...facts }: TableFacts,
  withColumns: boolean,
  withSnapshots: boolean,
): object {
  return { ...facts, ...(withColumns ? { columns } : {}), ...(withSnapshots ? { recent } : {}) };
}

function unknownTable(name: string, names: readonly string[]): UserMistake {
  const meant = nearest(name, names);
  return new UserMistake(
    `The log source has no table ${name}.`,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}Its tables are ${names.join(', ')}.`,
  );
}

function nothingYet(missing: readonly string[], catalog: string): UserMistake {
  return new UserMistake(
    `There is no table ${missing.length === 1 ? missing[0] : `of ${missing.join(', ')}`} in the ${catalog}: nothing has been ingested yet.`,
    'Start a backfill first; or check --warehouse, the catalog, and the name in log_source.yml.',
  );
}
