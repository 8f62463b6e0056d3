/**
 * What a user would write instead: SQL that reads the records with their types and writes one Parquet file with zstd, as one
 * query, for DuckDB and for chDB (ClickHouse). Both get the same columns from one table.
 */

type PlainType = 'text' | 'time' | 'boolean' | 'json';
interface StructType {
  readonly [member: string]: RecordType;
}
type RecordType = PlainType | StructType;

/** Top-level members of a record; each is a column. With the file that a record is from, there are 28 columns. */
const RECORD: StructType = {
  eventVersion: 'text',
  eventTime: 'time',
  eventSource: 'text',
  eventName: 'text',
  eventType: 'text',
  eventCategory: 'text',
  eventID: 'text',
  requestID: 'text',
  sharedEventID: 'text',
  apiVersion: 'text',
  awsRegion: 'text',
  recipientAccountId: 'text',
  sourceIPAddress: 'text',
  userAgent: 'text',
  vpcEndpointId: 'text',
  errorCode: 'text',
  errorMessage: 'text',
  readOnly: 'boolean',
  managementEvent: 'boolean',
  sessionCredentialFromConsole: 'text',
  userIdentity: {
    ...{ type: 'text', principalId: 'text', arn: 'text', accountId: 'text', accessKeyId: 'text', userName: 'text' },
    invokedBy: 'text',
    sessionContext: {
      attributes: { creationDate: 'text', mfaAuthenticated: 'text' },
      sessionIssuer: { type: 'text', principalId: 'text', arn: 'text', accountId: 'text', userName: 'text' },
    },
  },
  tlsDetails: { tlsVersion: 'text', cipherSuite: 'text', clientProvidedHostHeader: 'text' },
  requestParameters: 'json',
  responseElements: 'json',
  additionalEventData: 'json',
  serviceEventDetails: 'json',
  resources: 'json',
};

/** Where a peer reads and writes, and with how many threads. */
export interface PeerTask {
  bucket: string;
  /** Path of the Parquet file. */
  output: string;
  threads: number;
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const filesOf = (bucket: string): string => `${bucket}/**/*.json.gz`;

/** Statements for DuckDB. The last one does the work. */
export function duckdbStatements({ bucket, output, threads }: PeerTask): string[] {
  const names: Record<PlainType, string> = { text: 'VARCHAR', time: 'TIMESTAMP', boolean: 'BOOLEAN', json: 'JSON' };
  const type = (of: RecordType): string =>
    typeof of === 'string'
      ? names[of]
      : `STRUCT(${Object.entries(of)
          .map(([member, its]) => `"${member}" ${type(its)}`)
          .join(', ')})`;
  const columns = Object.keys(RECORD).map((name) => `record."${name}"`);
  return [
    `SET threads = ${threads}`,
    `COPY (
       SELECT ${columns.join(', ')}, log_file
       FROM (
         SELECT unnest("Records") AS record, filename AS log_file
         FROM read_json(${text(filesOf(bucket))}, filename = true, columns = {'Records': ${text(`${type(RECORD)}[]`)}})
       )
     ) TO ${text(output)} (FORMAT parquet, COMPRESSION zstd)`,
  ];
}

/** Statements for chDB. The last one does the work. */
export function chdbStatements({ bucket, output, threads }: PeerTask): string[] {
  const names: Record<PlainType, string> = {
    text: 'Nullable(String)',
    time: "DateTime('UTC')",
    boolean: 'Nullable(Bool)',
    json: 'Nullable(String)',
  };
  const type = (of: RecordType): string =>
    typeof of === 'string'
      ? names[of]
      : `Tuple(${Object.entries(of)
          .map(([member, its]) => `\`${member}\` ${type(its)}`)
          .join(', ')})`;
  const columns = Object.keys(RECORD).map((name) => `tupleElement(record, ${text(name)}) AS \`${name}\``);
  const settings = [
    `max_threads = ${threads}`,
    `max_insert_threads = ${threads}`,
    `output_format_parquet_compression_method = 'zstd'`,
    // Times as CloudTrail writes them, and nested JSON as the text that it is.
    `date_time_input_format = 'best_effort'`,
    'input_format_json_read_objects_as_strings = 1',
    'input_format_json_read_arrays_as_strings = 1',
    // Files are small: dividing each of them among threads only costs time.
    'input_format_parallel_parsing = 0',
  ];
  return [
    `INSERT INTO FUNCTION file(${text(output)}, 'Parquet')
     SELECT ${columns.join(', ')}, log_file
     FROM (
       SELECT arrayJoin(Records) AS record, _path AS log_file
       FROM file(${text(filesOf(bucket))}, 'JSONEachRow', ${text(`Records Array(${type(RECORD)})`)})
     )
     SETTINGS ${settings.join(', ')}`,
  ];
}
