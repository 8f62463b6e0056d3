/** Iceberg's types in Parquet (Iceberg spec, Appendix A "Parquet"). */
import type { PrimitiveType } from '../iceberg/types.js';

/** Numbers of the enumerations in parquet.thrift. */
const PHYSICAL = { boolean: 0, int32: 1, int64: 2, float: 4, double: 5, byteArray: 6 } as const;
export const REPETITION = { required: 0, optional: 1, repeated: 2 } as const;
export const CONVERTED = { utf8: 0, list: 3, date: 6, timestampMicros: 10 } as const;
export const ENCODING = { plain: 0, rle: 3, rleDictionary: 8 } as const;
export const CODEC = { uncompressed: 0, zstd: 6 } as const;
export const PAGE = { data: 0, dictionary: 2 } as const;
/** Members of the union LogicalType. */
export const LOGICAL = { string: 1, list: 3, date: 6, timestamp: 8 } as const;

interface ParquetType {
  physical: number;
  /** For readers that do not know logical types. */
  converted?: number;
  logical?: number;
}

const TYPES: Partial<Record<PrimitiveType, ParquetType>> = {
  boolean: { physical: PHYSICAL.boolean },
  int: { physical: PHYSICAL.int32 },
  long: { physical: PHYSICAL.int64 },
  float: { physical: PHYSICAL.float },
  double: { physical: PHYSICAL.double },
  date: { physical: PHYSICAL.int32, converted: CONVERTED.date, logical: LOGICAL.date },
  timestamptz: { physical: PHYSICAL.int64, converted: CONVERTED.timestampMicros, logical: LOGICAL.timestamp },
  string: { physical: PHYSICAL.byteArray, converted: CONVERTED.utf8, logical: LOGICAL.string },
};

/** The Parquet type; throws for the types that have no column buffer. */
export function parquetType(type: PrimitiveType): ParquetType {
  const found = TYPES[type];
  if (found === undefined) throw new Error(`no Parquet column for Iceberg type ${type}`);
  return found;
}
