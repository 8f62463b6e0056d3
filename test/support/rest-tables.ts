/** Answers of a REST catalog about a table, for servers in tests. */
import { formatJson } from '../../iceberg/json';
import { newTableMetadata, serializeMetadata, type TableMetadata } from '../../iceberg/metadata';
import { schemaOf } from '../../iceberg/schema';

export const TABLE = { namespace: 'logs', name: 'events' };
const SCHEMA = schemaOf([{ name: 'ts', type: 'timestamptz', required: true, doc: 'time' }]);
export const CREATE = { schema: SCHEMA, partitionByDayOf: 'ts' };

export function metadataAt(location: string, more: Partial<TableMetadata> = {}): TableMetadata {
  const create = { ...CREATE, location, uuid: 'b98734f9-e9eb-42f3-a9d9-ef5577e248cd', now: 1_700_000_000_000 };
  return { ...newTableMetadata(create), ...more };
}

/** The body of a load, as text: ids of 63 bits keep their digits. */
export function loadBody(metadata: TableMetadata, more: Record<string, unknown> = {}): string {
  const rest = formatJson({ 'metadata-location': `${metadata.location}/metadata/1.json`, ...more });
  return `${rest.slice(0, -1)},"metadata":${serializeMetadata(metadata)}}`;
}
