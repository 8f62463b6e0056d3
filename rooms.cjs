/**
 * The rooms of the code: what each knows, what it may touch outside of the process, and which rooms it may import. A room is a
 * folder at the top. `npm run lint` holds the imports against this table (.dependency-cruiser.cjs), and the map in
 * CONTRIBUTING.md is made of it (`npm run docs`). A room may import only rooms that stand above it.
 */

/** @type {{ name: string, knows: string, touches: string, imports: string[] }[]} */
module.exports = [
  {
    name: 'text',
    knows:
      'text for people: numbers, escapes of control characters, quoting for a shell, the nearest name; the same in the UI, the terminal and errors',
    touches: 'nothing: pure',
    imports: [],
  },
  {
    name: 'errors',
    knows:
      'every error that is thrown on purpose, the table of what happens after each, and the codes of files that are set aside',
    touches: 'nothing: pure',
    imports: [],
  },
  { name: 'aws', knows: 'regions and prices of AWS', touches: 'nothing: pure', imports: ['text'] },
  {
    name: 'protocol',
    knows:
      'what travels through Temporal: inputs and results of workflows and activities, ids, queries, signals, updates, search attributes, priorities, days',
    touches: "nothing: pure, and fit for Temporal's workflow sandbox",
    imports: ['text'],
  },
  {
    name: 'storage',
    knows: 'the object-store port with its adapters (file, memory and, in `s3/`, S3), and addresses',
    touches: 'disk, network',
    imports: ['text', 'errors', 'aws'],
  },
  {
    name: 'iceberg',
    knows:
      'schemas and their evolution, metrics, manifests, snapshots, the append; in `maintenance/`, replacing files, expiry, rewriting manifests and removing what nobody needs; the catalog port, the storage catalog and, in `rest/`, the REST catalog',
    touches: 'object stores that it is handed, a REST catalog',
    imports: ['errors', 'aws', 'storage'],
  },
  {
    name: 'columnar',
    knows: "column buffers in Arrow's layout, and columns of Parquet files → Arrow",
    touches: 'nothing: pure',
    imports: ['iceberg'],
  },
  {
    name: 'parquet',
    knows: 'column buffers → Parquet files: levels, dictionaries, pages, statistics, footers',
    touches: 'nothing: pure',
    imports: ['iceberg', 'columnar'],
  },
  {
    name: 'cloudtrail',
    knows:
      'object keys and routing; `columns/`: the column tables; `decoder/`: bytes → rows, in every form of delivery; `derived/`: computed columns; `event-groups/`: categories',
    touches: 'nothing: pure',
    imports: ['text', 'errors', 'aws', 'iceberg', 'columnar'],
  },
  {
    name: 'integrity',
    knows: 'CloudTrail digests: their signatures, keys and chains, and how digests and log files are judged by them',
    touches: 'nothing: pure',
    imports: ['text', 'errors', 'columnar', 'cloudtrail'],
  },
  {
    name: 'config',
    knows: 'temporal.yaml, log_source.yml, tables/*.yml, environment, profiles → one frozen value',
    touches: 'disk',
    imports: ['text', 'errors', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'integrity'],
  },
  {
    name: 'ledger',
    knows:
      'what is known of each object of the bucket: its entry, reading and writing it, and fingerprints of what is done',
    touches: 'nothing: pure',
    imports: ['iceberg', 'columnar', 'cloudtrail'],
  },
  {
    name: 'run',
    knows:
      "a run's frozen configuration, what a worker accepts, the work area in the warehouse, and the events of a run",
    touches: 'stores and catalogs that it is handed',
    imports: ['errors', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'integrity', 'config', 'ledger'],
  },
  {
    name: 'value-index',
    knows:
      'which values a row has and what kinds they are of; the index that says which data files can have a value: making, merging and asking it',
    touches: 'a warehouse that it is handed',
    imports: ['text', 'errors', 'storage', 'iceberg', 'columnar', 'run'],
  },
  {
    name: 'public-keys',
    knows: 'the public keys that digests need: from the warehouse, else from CloudTrail',
    touches: 'a warehouse that it is handed, CloudTrail',
    imports: ['errors', 'aws', 'storage', 'integrity', 'run'],
  },
  {
    name: 'ingest',
    knows:
      'a batch of files → Parquet files and ledger entries: fetch, `uncompress/`, decode, write; `threads/`: the decoder threads; `transforms/`: transforms of users in processes of their own',
    touches: 'stores that it is handed; its threads and processes; files that a configuration names',
    imports: [
      'text',
      'errors',
      'protocol',
      'storage',
      'iceberg',
      'columnar',
      'parquet',
      'cloudtrail',
      'ledger',
      'integrity',
      'run',
      'value-index',
    ],
  },
  {
    name: 'commit',
    knows:
      'a group of batches → one snapshot a table: announce, deduplicate, apply, and recover what a dead worker left',
    touches: 'stores and catalogs that it is handed',
    imports: ['errors', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'ledger', 'run', 'ingest'],
  },
  {
    name: 'compact',
    knows:
      'compaction: which files of a day to rewrite, and their rows sorted into few files, in a thread of its own and with runs on disk',
    touches: 'stores that it is handed; its thread; a directory for temporary files',
    imports: ['errors', 'protocol', 'storage', 'iceberg', 'columnar', 'parquet', 'cloudtrail', 'run', 'ingest'],
  },
  {
    name: 'plan',
    knows:
      'which places a bucket has, which objects of a day are not done, what digests say of them, and their batches in a fair order',
    touches: 'stores that it is handed',
    imports: [
      'text',
      'errors',
      'aws',
      'protocol',
      'storage',
      'iceberg',
      'cloudtrail',
      'integrity',
      'config',
      'ledger',
      'run',
      'public-keys',
      'ingest',
      'commit',
    ],
  },
  {
    name: 'audit',
    knows: 'reconciling: bucket = ledger = tables, a day at a time',
    touches: 'stores and catalogs that it is handed',
    imports: ['errors', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'ledger', 'run', 'ingest', 'commit', 'plan'],
  },
  {
    name: 'verify',
    knows:
      'verification, a day at a time: reads the tables, has `integrity/` judge, and adds the verdicts to the integrity table',
    touches: 'stores and catalogs that it is handed',
    imports: [
      ...[
        'text',
        'errors',
        'aws',
        'protocol',
        'storage',
        'iceberg',
        'columnar',
        'cloudtrail',
        'config',
        'ledger',
        'integrity',
      ],
      ...['run', 'public-keys', 'ingest', 'commit', 'audit'],
    ],
  },
  {
    name: 'upkeep',
    knows:
      'keeping the tables small: retention, which days to compact, expired snapshots, what may be deleted because nothing needs it, and the index',
    touches: 'stores and catalogs that it is handed',
    imports: [
      'errors',
      'protocol',
      'storage',
      'iceberg',
      'cloudtrail',
      'run',
      'value-index',
      'ingest',
      'commit',
      'compact',
    ],
  },
  {
    name: 'activities',
    knows: 'the activities: each opens the run, calls one room, beats and maps errors',
    touches: 'what the rooms above touch',
    imports: ['text', 'errors', 'protocol', 'run', 'ingest', 'commit', 'compact', 'plan', 'audit', 'verify', 'upkeep'],
  },
  {
    name: 'workflows',
    knows:
      '`backfill`, `ingest-day`, `scheduled-ingest`, `audit`, `verify`, `upkeep`; `ui/`: the markdown of the Temporal UI',
    touches: "nothing but Temporal's workflow API",
    imports: ['text', 'protocol'],
  },
  {
    name: 'install',
    knows: 'finding, downloading or building programs, once a machine; what this package itself consists of',
    touches: 'processes, disk, network',
    imports: ['errors'],
  },
  { name: 'net', knows: 'HTTP servers with limits, free ports, passing requests on', touches: 'network', imports: [] },
  {
    name: 'query',
    knows:
      'SQL over the tables: manifests → views of DuckDB; `flat/`: views with short names; `saved/`: questions with names and parameters',
    touches: 'an object store, DuckDB, the saved queries of a project',
    imports: ['text', 'errors', 'aws', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'run', 'install', 'net'],
  },
  {
    name: 'find',
    knows: 'searching for values: the index and the manifests → the few data files that DuckDB reads → events',
    touches: 'stores and catalogs that it is handed, DuckDB',
    imports: ['text', 'errors', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'value-index', 'query'],
  },
  {
    name: 'server',
    knows: 'the embedded Temporal server: finding, starting and stopping it, and the gate before its UI',
    touches: 'processes, network',
    imports: ['errors', 'install', 'net'],
  },
  {
    name: 'cluster',
    knows: 'connections to a Temporal cluster, TLS, traces',
    touches: 'network',
    imports: ['text', 'errors', 'storage', 'config', 'install', 'server'],
  },
  {
    name: 'worker',
    knows: 'the worker process, its log, metrics and health',
    touches: 'processes, network',
    imports: [
      ...['text', 'errors', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'config', 'run', 'ingest', 'compact'],
      ...['activities', 'install', 'net', 'cluster'],
    ],
  },
  {
    name: 'iam',
    knows: 'the IAM policies that a project needs',
    touches: 'nothing: pure',
    imports: ['aws', 'storage', 'iceberg'],
  },
  {
    name: 'sample',
    knows: 'a CloudTrail bucket that looks real',
    touches: 'an object store that it is handed',
    imports: ['errors', 'storage', 'cloudtrail'],
  },
  {
    name: 'client',
    knows: 'the command line: a folder a noun, with its commands and what they print',
    touches: 'the terminal, and what the rooms above touch',
    imports: [
      ...[
        'text',
        'errors',
        'aws',
        'protocol',
        'storage',
        'iceberg',
        'cloudtrail',
        'integrity',
        'config',
        'run',
        'ingest',
      ],
      ...[
        'plan',
        'audit',
        'verify',
        'commit',
        'workflows',
        'install',
        'query',
        'find',
        'value-index',
        'net',
        'server',
        'cluster',
        'worker',
        'iam',
        'sample',
      ],
    ],
  },
  {
    name: 'dev',
    knows: 'what no user runs: `bench/`, `chaos/`, `servers/` (real S3 and REST servers for tests), `scripts/`',
    touches: 'processes, disk, network',
    imports: ['*'],
  },
];
