/**
 * The rooms of the code: what each contains, what it may access outside of the process, and which rooms it may import. A room
 * is a top-level folder. `npm run lint` checks the imports against this table (.dependency-cruiser.cjs), and `npm run docs`
 * generates the map in CONTRIBUTING.md from it. A room may import only rooms above it.
 */

/** @type {{ name: string, knows: string, touches: string, imports: string[] }[]} */
module.exports = [
  {
    name: 'text',
    knows:
      'text formatting shared by the UI, the terminal and errors: numbers, escaping of control characters, shell quoting, the closest name',
    touches: 'nothing: pure',
    imports: [],
  },
  {
    name: 'errors',
    knows:
      'the class of every expected error, the table that defines how each is handled, and the codes of quarantined, skipped and unusual files',
    touches: 'nothing: pure',
    imports: [],
  },
  { name: 'aws', knows: 'AWS regions and prices', touches: 'nothing: pure', imports: ['text'] },
  {
    name: 'protocol',
    knows:
      'what travels through Temporal: inputs and results of workflows and activities, ids, queries, signals, updates, search attributes, priorities, days',
    touches: "nothing: pure, and usable in Temporal's workflow sandbox",
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
      'schemas and their evolution, metrics, manifests, snapshots, the append; in `maintenance/`, replacing files, expiry, rewriting manifests and removing unused files; the catalog port, the storage catalog and, in `rest/`, the REST catalog',
    touches: 'object stores passed to it, a REST catalog',
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
    knows: 'CloudTrail digests: their signatures, keys and chains, and the verification of digests and log files',
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
      'the state of each object in the bucket: its ledger entry, reading and writing entries, and fingerprints of finished objects',
    touches: 'nothing: pure',
    imports: ['iceberg', 'columnar', 'cloudtrail'],
  },
  {
    name: 'run',
    knows:
      "a run's frozen configuration, what a worker accepts, the work area in the warehouse, and the events of a run",
    touches: 'stores and catalogs passed to it',
    imports: ['errors', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'integrity', 'config', 'ledger'],
  },
  {
    name: 'value-index',
    knows:
      'the values in a row and their kinds; the index of the data files that can contain a value: building, merging and querying it',
    touches: 'a warehouse passed to it',
    imports: ['text', 'errors', 'storage', 'iceberg', 'columnar', 'run'],
  },
  {
    name: 'public-keys',
    knows: 'the public keys for digests: from the warehouse, otherwise from CloudTrail',
    touches: 'a warehouse passed to it, CloudTrail',
    imports: ['errors', 'aws', 'storage', 'integrity', 'run'],
  },
  {
    name: 'ingest',
    knows:
      'a batch of files → Parquet files and ledger entries: fetch, `uncompress/`, decode, write; `threads/`: the decoder threads; `transforms/`: user transforms, in separate processes',
    touches: 'stores passed to it; its threads and processes; files named in a configuration',
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
      'a group of batches → one snapshot per table: announce, deduplicate, apply, and recover the commits of dead workers',
    touches: 'stores and catalogs passed to it',
    imports: ['errors', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'ledger', 'run', 'ingest'],
  },
  {
    name: 'compact',
    knows:
      'compaction: choosing which files of a day to rewrite, and sorting their rows into few files, in a separate thread with sorted runs on disk',
    touches: 'stores passed to it; its thread; a directory for temporary files',
    imports: ['errors', 'protocol', 'storage', 'iceberg', 'columnar', 'parquet', 'cloudtrail', 'run', 'ingest'],
  },
  {
    name: 'plan',
    knows:
      'the accounts, kinds and regions in a bucket, the unfinished objects of a day, their digests, and their batches in a fair order',
    touches: 'stores passed to it',
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
    knows: 'reconciliation of bucket, ledger and tables, one day at a time',
    touches: 'stores and catalogs passed to it',
    imports: ['errors', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'ledger', 'run', 'ingest', 'commit', 'plan'],
  },
  {
    name: 'verify',
    knows:
      'verification, one day at a time: reads the tables, calls `integrity/`, and adds the results to the integrity table',
    touches: 'stores and catalogs passed to it',
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
      'keeping the tables small: retention, choosing days to compact, expiring snapshots, deleting unused files, and the index',
    touches: 'stores and catalogs passed to it',
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
    knows: 'the activities: each opens the run, calls one room, sends heartbeats and maps errors',
    touches: 'whatever the rooms above access',
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
    knows: 'finding, downloading or building programs, once per machine; the contents of this package',
    touches: 'processes, disk, network',
    imports: ['errors'],
  },
  {
    name: 'net',
    knows: 'HTTP servers with limits, free ports, forwarding of requests',
    touches: 'network',
    imports: [],
  },
  {
    name: 'query',
    knows:
      'SQL over the tables: manifests → views of DuckDB; `flat/`: views with short names; `saved/`: questions with names and parameters',
    touches: 'an object store, DuckDB, the saved queries of a project',
    imports: [
      'text',
      'errors',
      'aws',
      'protocol',
      'storage',
      'iceberg',
      'cloudtrail',
      'run',
      'value-index',
      'install',
      'net',
    ],
  },
  {
    name: 'find',
    knows: 'searching for values: the index and the manifests → the few data files that DuckDB reads → events',
    touches: 'stores and catalogs passed to it, DuckDB',
    imports: ['text', 'errors', 'protocol', 'storage', 'iceberg', 'cloudtrail', 'value-index', 'query'],
  },
  {
    name: 'server',
    knows: 'the embedded Temporal server: finding, starting and stopping it, and the access check in front of its UI',
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
    knows: 'a realistic CloudTrail bucket',
    touches: 'an object store passed to it',
    imports: ['errors', 'storage', 'cloudtrail'],
  },
  {
    name: 'client',
    knows: 'the command line: one folder per noun, with its commands and their output',
    touches: 'the terminal, and whatever the rooms above access',
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
    knows: 'development tools: `bench/`, `chaos/`, `servers/` (real S3 and REST servers for tests), `scripts/`',
    touches: 'processes, disk, network',
    imports: ['*'],
  },
];
