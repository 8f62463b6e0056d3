/** The Avro schema of a version 2 manifest (spec, "Manifests"), with the spec's names and field ids. */
import type { AvroSchema } from './avro.js';
import type { PartitionField } from './metadata.js';

type Field = { name: string; 'field-id': number; type: AvroSchema; default?: null };

const required = (id: number, name: string, type: AvroSchema): Field => ({ name, 'field-id': id, type });
const optional = (id: number, name: string, type: AvroSchema): Field => ({
  name,
  'field-id': id,
  type: ['null', type],
  default: null,
});
/** Avro maps only have string keys, so a map by column id is an array of pairs (spec, Appendix A, "Maps"). */
const mapOf = (id: number, name: string, keyId: number, valueId: number, value: AvroSchema): Field =>
  optional(id, name, {
    type: 'array',
    logicalType: 'map',
    items: {
      type: 'record',
      name: `k${keyId}_v${valueId}`,
      fields: [required(keyId, 'key', 'int'), required(valueId, 'value', value)],
    },
  });

const dataFileFields = (partition: AvroSchema): Field[] => [
  required(134, 'content', 'int'),
  required(100, 'file_path', 'string'),
  required(101, 'file_format', 'string'),
  required(102, 'partition', partition),
  required(103, 'record_count', 'long'),
  required(104, 'file_size_in_bytes', 'long'),
  mapOf(108, 'column_sizes', 117, 118, 'long'),
  mapOf(109, 'value_counts', 119, 120, 'long'),
  mapOf(110, 'null_value_counts', 121, 122, 'long'),
  mapOf(137, 'nan_value_counts', 138, 139, 'long'),
  mapOf(125, 'lower_bounds', 126, 127, 'bytes'),
  mapOf(128, 'upper_bounds', 129, 130, 'bytes'),
  optional(131, 'key_metadata', 'bytes'),
  optional(132, 'split_offsets', { type: 'array', items: 'long', 'element-id': 133 }),
  optional(135, 'equality_ids', { type: 'array', items: 'int', 'element-id': 136 }),
  optional(140, 'sort_order_id', 'int'),
  optional(143, 'referenced_data_file', 'string'),
];

/** Names of the fields of `data_file` (spec, "Data File Fields"). */
export const DATA_FILE_FIELDS: readonly string[] = dataFileFields('null').map(({ name }) => name);

/** The schema for a single partition field with the transform `day`, whose result is a date (spec, "Partition Transforms"). */
export function manifestSchema(day: PartitionField): AvroSchema {
  const partition = {
    type: 'record',
    name: 'r102',
    fields: [optional(day['field-id'], day.name, { type: 'int', logicalType: 'date' })],
  };
  const dataFile = { type: 'record', name: 'r2', fields: dataFileFields(partition) };
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      required(0, 'status', 'int'),
      optional(1, 'snapshot_id', 'long'),
      optional(3, 'sequence_number', 'long'),
      optional(4, 'file_sequence_number', 'long'),
      required(2, 'data_file', dataFile),
    ],
  };
}
