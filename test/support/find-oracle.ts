/**
 * What a full scan finds, for comparison: DuckDB reads all rows, and the rules of docs/find.md are implemented a second time,
 * with `JSON.parse` and `split`.
 */
import { isIP } from 'node:net';
import { tableNameOf } from '../../cloudtrail/tables';
import { searchedColumns } from '../../find/columns';
import { currentSchema } from '../../iceberg/snapshot';
import { openTables } from '../../query/open-tables';
import { planTable } from '../../query/plan';
import type { RunContext } from '../../run/context';

export interface ScannedRow {
  /** ISO 8601. */
  time: string;
  id: string | null;
  account: string | null;
  /** The searched texts; lists and structs as JSON. */
  texts: (string | null)[];
}

/** All live rows of the searched tables, or only those of one data file. */
export async function scanRows(run: Pick<RunContext, 'catalog' | 'config'>, path?: string): Promise<ScannedRow[]> {
  const { catalog, config } = run;
  const rows: ScannedRow[] = [];
  for (const role of ['default', 'insights'] as const) {
    const name = tableNameOf(config.source, role);
    const table = await catalog.loadTable({ namespace: config.catalog.namespace, name });
    if (table === undefined) continue;
    const plan = await planTable(table, undefined, undefined, {
      keep: (file) => path === undefined || file.path === path,
    });
    const plans = new Map([[name, { table, plan }]]);
    const tables = await openTables(catalog, config.catalog.namespace, { source: config.source, plans });
    const texts = [...searchedColumns(currentSchema(table.metadata)).keys()].map(
      (column) =>
        `${column
          .split('.')
          .map((part) => `"${part}"`)
          .join('.')}`,
    );
    // to_json makes JSON strings of texts, and JSON of lists.
    const sql = `SELECT strftime(ts, '%Y-%m-%dT%H:%M:%S') || 'Z' AS time, event.id AS id, cloud.account.id AS account,
      [${texts.map((text) => `to_json(${text})::VARCHAR`).join(', ')}] AS texts FROM "${name}"`;
    try {
      for (const row of await tables.query(sql)) {
        const json = (row.texts as (string | null)[]).map((text) => (text === null ? null : JSON.parse(text)));
        const plain = json.map((value) =>
          value === null || typeof value === 'string' ? value : JSON.stringify(value),
        );
        rows.push({ ...(row as unknown as ScannedRow), texts: plain as (string | null)[] });
      }
    } finally {
      tables.close();
    }
  }
  return rows;
}

const known = new WeakMap<object, Set<string>>();

/** The values of a row's texts. */
export function valuesOfRow(texts: readonly (string | null)[]): Set<string> {
  let values = known.get(texts);
  if (values === undefined) {
    values = new Set(texts.flatMap((text) => (text === null ? [] : valuesOf(text))));
    known.set(texts, values);
  }
  return values;
}

/** The values of a text. */
function valuesOf(text: string, depth = 0): string[] {
  if (text === '') return [];
  if (/^(\{.*\}|\[.*\])$/s.test(text)) {
    try {
      return depth === 4 ? [] : stringsOf(JSON.parse(text)).flatMap((one) => valuesOf(one, depth + 1));
    } catch {
      return [];
    }
  }
  if (Buffer.byteLength(text) > 1024) return [];
  if (/^\d\d..-\d.-..[T ]..:/s.test(text) && text.length >= 17 && text.length <= 32) return [];
  if (/^... ?.?\d, \d/.test(text) && / \d\d?:\d\d:\d\d [AP]M$/.test(text)) return [];
  const values = [text];
  const arn = /^arn:[^:]*:([^:]*):[^:]*:([^:]*):(.*)$/s.exec(text);
  if (arn !== null && arn[3] !== '') {
    const [, service, account, resource] = arn;
    values.push(account);
    const first = resource.search(service === 's3' ? /\// : /[:/]/);
    if (service !== 's3') values.push(...resource.split(/[:/]/));
    else values.push(first < 0 ? resource : resource.slice(0, first));
    if (first >= 0) values.push(resource.slice(first + 1));
  }
  const principal = /^(A[A-Z0-9]{15,}):(.+)$/s.exec(text);
  if (principal !== null) values.push(principal[1], principal[2]);
  return values.filter((value) => value !== '').map(sameValue);
}

/** UUIDs in lower case, addresses in one form. */
function sameValue(text: string): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : sameAddress(text);
}

/** The WHATWG form of an IPv6 address is that of RFC 5952. */
function sameAddress(text: string): string {
  return isIP(text) === 6 && !text.includes('%') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(stringsOf);
  return Object.entries(value).flatMap(([name, one]) =>
    name === 'x-amz-id-2' && typeof one === 'string' ? [] : stringsOf(one),
  );
}
