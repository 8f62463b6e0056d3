/** Where settings come from, in which order, and what a person reads who got one wrong. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as defaults from '../../../config/defaults.js';
import { parseSize } from '../../../config/kinds.js';
import { loadSettings, type SettingsFlags } from '../../../config/load.js';
import { writeProject } from '../../../config/project-files.js';
import { describeError, UserMistake } from '../../../errors/index.js';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-config-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(project, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function load(flags: SettingsFlags = {}, env: NodeJS.ProcessEnv = {}) {
  // No HOME: a developer's own profile stays out of the tests.
  return loadSettings({ cwd: project, flags, env });
}

/** The message and its cure, without the temporary directory. */
function mistake(flags: SettingsFlags = {}, env: NodeJS.ProcessEnv = {}): string {
  try {
    load(flags, env);
  } catch (error) {
    expect(error).toBeInstanceOf(UserMistake);
    return describeError(error).replaceAll(project, '<project>');
  }
  throw new Error('no mistake');
}

/** `temporal.yaml` as it is when the `#` before every setting is taken away. */
function uncommented(): string {
  const text = readFileSync(join(__dirname, '../../../temporal.yaml'), 'utf8');
  return text.replace(/^ {2}# ([a-z_]+:(?: .*)?)$/gm, '  $1').replace(/^ {2}tls:$/m, '  # tls:');
}

test('without files: the embedded server and the defaults, frozen', () => {
  const settings = load();
  expect(settings).toEqual({
    projectDir: project,
    cluster: { embedded: true, address: '', namespace: 'default', taskQueue: 'trailmill' },
    server: { port: 7233, uiPort: 8233, database: join(project, '.trailmill/temporal.db'), historyDays: 365 },
    worker: defaults.WORKER,
    ingest: defaults.INGEST,
    retry: defaults.RETRY,
    schedules: {
      recent: { rhythm: { every: 'day', hour: 1, minute: 0 }, lookBackDays: 3 },
      deep: { rhythm: { every: 'week', weekday: 'sunday', hour: 4, minute: 0 }, lookBackDays: 30 },
      timeZone: 'UTC',
      jitterSeconds: 60,
      catchUpDays: 365,
    },
    name: 'aws_cloudtrail',
    catalog: { type: 'storage', namespace: 'trailmill' },
    warehouse: `file://${project}/warehouse`,
  });
  expect(Object.isFrozen(settings) && Object.isFrozen(settings.ingest)).toBe(true);
});

test('temporal.yaml lists every setting with its default', () => {
  const before = load();
  write('temporal.yaml', readFileSync(join(__dirname, '../../../temporal.yaml'), 'utf8'));
  expect(load()).toEqual(before);
  const text = uncommented();
  for (const key of Object.keys({ ...before.worker, ...before.server, ...before.retry })) {
    expect(text).toMatch(new RegExp(`^  ${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}: `, 'm'));
  }
  expect(text.match(/^ {2}[a-z]\w*:/gm)).toHaveLength(6 + 4 + 10 + 8 + 3 + 7);
  write('temporal.yaml', text);
  expect(load()).toEqual({ ...before, cluster: { ...before.cluster, tls: false } });
});

test('schedules: their rhythm is written in words, and deep: false turns the deep one off', () => {
  const recentOf = (text: string) => {
    write('temporal.yaml', `schedule:\n${text}`);
    return load().schedules.recent.rhythm;
  };
  expect(recentOf('  at: 03:30\n')).toEqual({ every: 'day', hour: 3, minute: 30 });
  expect(recentOf('  every: hour\n  at: "00:15"\n')).toEqual({ every: 'hour', minute: 15 });
  expect(recentOf('  every: 15 minutes\n')).toEqual({ every: 'minutes', minutes: 15 });
  write('temporal.yaml', 'schedule:\n  deep: false\n  time_zone: Asia/Kathmandu\n');
  expect(load().schedules).toMatchObject({ deep: undefined, timeZone: 'Asia/Kathmandu' });
  write('temporal.yaml', 'schedule:\n  deep: {weekday: friday}\n');
  expect(load().schedules.deep).toEqual({
    rhythm: { every: 'week', weekday: 'friday', hour: 4, minute: 0 },
    lookBackDays: 30,
  });
});

test('schedules: the message for an invalid value says what is valid', () => {
  write(
    'temporal.yaml',
    `schedule:
  every: 3 minutes
  at: "25:00"
  time_zone: +02:00
  look_back_days: -1
  deep: {weekday: someday}
`,
  );
  expect(mistake()).toBe(`The configuration in <project> has 5 errors:
  temporal.yaml:2:10  schedule.every is "3 minutes". Allowed: day, hour, or 5 to 720 minutes, such as "15 minutes".
  temporal.yaml:3:7  schedule.at is "25:00". Allowed: hh:mm, from 00:00 to 23:59; for an hourly schedule only the minutes are used.
  temporal.yaml:4:14  schedule.time_zone is "+02:00". Allowed: an IANA time zone name, such as Europe/Berlin.
  temporal.yaml:5:19  schedule.look_back_days is -1. Allowed: a whole number from 0 to 366.
  temporal.yaml:6:19  schedule.deep.weekday is "someday". Allowed: one of sunday, monday, tuesday, wednesday, thursday, friday, saturday.
 Correct the lines above; nothing was started.`);
});

test('init writes files that load, and never overwrites', () => {
  const directory = join(project, 'new');
  const files = writeProject(directory);
  expect(files.every(existsSync)).toBe(true);
  expect(load({ project: 'new' })).toMatchObject({
    projectDir: directory,
    source: {
      name: 'aws_cloudtrail',
      location: `file://${directory}/bucket`,
      keyPrefix: '',
      warehouse: `file://${directory}/warehouse`,
    },
  });
  writeFileSync(files[1], '# mine');
  rmSync(files[0]);
  expect(() => writeProject(directory)).toThrow(files[1]);
  expect(existsSync(files[0])).toBe(false);
  expect(readFileSync(files[1], 'utf8')).toBe('# mine');
});

test('worker versioning: the environment takes precedence over the file, and a name that the server would refuse is reported', () => {
  write('temporal.yaml', 'worker: {deployment: ours}\n');
  expect(load().worker.deployment).toEqual({ name: 'ours' });
  const env = { TEMPORAL_DEPLOYMENT_NAME: 'team/theirs', TEMPORAL_WORKER_BUILD_ID: '7' };
  expect(load({}, env).worker.deployment).toEqual({ name: 'team/theirs', buildId: '7' });
  expect(mistake({}, { TEMPORAL_DEPLOYMENT_NAME: 'a.b' })).toMatch(
    /TEMPORAL_DEPLOYMENT_NAME is "a.b"[\s\S]*without spaces, dots or colons/,
  );
  write('temporal.yaml', 'worker: {deployment: "a:b"}\n');
  expect(mistake()).toMatch(/worker\.deployment is "a:b"\. Allowed: a name without spaces, dots or colons/);
});

test('the slots, pollers and cache of a worker: values that the SDK would silently correct are refused', () => {
  const worker = (text: string): unknown => {
    write('temporal.yaml', `worker: {${text}}\n`);
    return load().worker;
  };
  const refused = (text: string): string => {
    write('temporal.yaml', `worker: {${text}}\n`);
    return mistake().split('\n')[1].trim();
  };
  expect(worker('activity_task_pollers: auto, workflow_task_pollers: 2')).toEqual({
    ...defaults.WORKER,
    activityTaskPollers: 'auto',
    workflowTaskPollers: 2,
  });
  // A small cache alone is no contradiction.
  expect(worker('max_cached_workflows: 3')).toMatchObject({ maxCachedWorkflows: 3, maxConcurrentWorkflowTasks: 3 });
  expect(worker('max_cached_workflows: 300, max_concurrent_workflow_tasks: 200')).toMatchObject({
    maxConcurrentWorkflowTasks: 200,
  });
  expect(refused('max_concurrent_workflow_tasks: 200')).toBe(
    'temporal.yaml:1:41  worker.max_concurrent_workflow_tasks is 200. Allowed: not more than worker.max_cached_workflows.',
  );
  expect(refused('workflow_task_pollers: 1')).toBe(
    'temporal.yaml:1:33  worker.workflow_task_pollers is 1. Allowed: a whole number from 2 to 100, or auto.',
  );
  expect(refused('activity_task_pollers: many')).toBe(
    'temporal.yaml:1:33  worker.activity_task_pollers is "many". Allowed: a whole number from 1 to 100, or auto.',
  );
});

test('every mistake of both files at once, with its place, what is allowed and the nearest key', () => {
  write(
    'temporal.yaml',
    `temporal:
  adress: here:7233
  address: http://here:7233
  tls: maybe
server:
  port: 70000
  ui_prot: 8233
worker: 4
ingest:
  batch_size: 64 MB
  batch_files: 0
  days_in_flight: 1.5
  zzzzzzzzzzzz: 1
wurker:
  threads: 1
retry:
  give_up_after_hours: 0
  heartbeat_timeout_seconds: 30s
`,
  );
  write(
    'log_sources/aws_cloudtrail/log_source.yml',
    'name: CloudTrail\nmanaged:\n  type: AWS_S3ACCESS\ningest:\n  s3_source: {}\n  location: [a]\n',
  );
  expect(mistake()).toMatchInlineSnapshot(`
"The configuration in <project> has 16 errors:
  temporal.yaml:2:3  temporal.adress is an unknown key. Did you mean address? Allowed: address, namespace, task_queue, tls, api_key, ui_url.
  temporal.yaml:3:12  temporal.address is "http://here:7233". Allowed: host:port, without http://.
  temporal.yaml:4:8  temporal.tls is "maybe". Allowed: true, false, or a section of files.
  temporal.yaml:6:9  server.port is 70000. Allowed: a whole number from 1 to 65535.
  temporal.yaml:7:3  server.ui_prot is an unknown key. Did you mean ui_port? Allowed: port, ui_port, database, history_days.
  temporal.yaml:8:9  worker is 4. Allowed: a section with max_concurrent_activities, activity_task_pollers, max_concurrent_workflow_tasks, workflow_task_pollers, max_cached_workflows, threads, shutdown_grace_seconds, storage_timeout_seconds, deployment, allow.
  temporal.yaml:10:15  ingest.batch_size is "64 MB". Allowed: bytes, or a number with KiB, MiB or GiB; 1 KiB to 4 GiB.
  temporal.yaml:11:16  ingest.batch_files is 0. Allowed: a whole number from 1 to 100000.
  temporal.yaml:12:19  ingest.days_in_flight is 1.5. Allowed: a whole number from 1 to 100.
  temporal.yaml:13:3  ingest.zzzzzzzzzzzz is an unknown key. Allowed: batch_size, batch_files, chunk_size, group_batches, days_in_flight, batches_in_flight, concurrent_reads, max_file_size.
  temporal.yaml:14:1  wurker is an unknown key. Did you mean worker? Allowed: temporal, server, worker, ingest, retry, schedule.
  temporal.yaml:17:24  retry.give_up_after_hours is 0. Allowed: a whole number from 1 to 720.
  temporal.yaml:18:30  retry.heartbeat_timeout_seconds is "30s". Allowed: a whole number from 5 to 600.
  log_sources/aws_cloudtrail/log_source.yml:1:7  name is "CloudTrail". Allowed: lower-case letters, digits and _, beginning with a letter, at most 64.
  log_sources/aws_cloudtrail/log_source.yml:3:9  managed.type is "AWS_S3ACCESS". Allowed: AWS_CLOUDTRAIL.
  log_sources/aws_cloudtrail/log_source.yml:6:13  ingest.location is a list. Allowed: a directory, a file:// URI, or s3://bucket/prefix.
 Correct the lines above; nothing was started."
`);
});

test('a file that is not YAML, or has a key twice', () => {
  write('temporal.yaml', 'server:\n  port: 1\n  port: 2\nworker: {threads: 1\n');
  expect(mistake()).toMatchInlineSnapshot(`
"The configuration in <project> has 2 errors:
  temporal.yaml:3:3  This key occurs twice in its section. Keep one of them.
  temporal.yaml:5:1  This is not valid YAML: Flow map in block collection must be sufficiently indented and end with a }. All keys of a section must begin in the same column, and every bracket must be closed.
 Correct the lines above; nothing was started."
`);
});

test('half of a certificate', () => {
  write('temporal.yaml', 'temporal:\n  address: a:1\n  tls:\n    client_cert_file: a.pem\n    cient_key_file: b\n');
  expect(mistake()).toMatchInlineSnapshot(`
"The configuration in <project> has 2 errors:
  temporal.yaml:3:3  temporal.tls is a section. Allowed: client_cert_file and client_key_file, both or none.
  temporal.yaml:5:5  temporal.tls.cient_key_file is an unknown key. Did you mean client_key_file? Allowed: server_name, server_root_ca_file, client_cert_file, client_key_file.
 Correct the lines above; nothing was started."
`);
});

test('log_source.yml: missing or invalid locations', () => {
  write('log_sources/aws_cloudtrail/log_source.yml', 'name: trail\ningest:\n  key_prefix: x\n');
  expect(mistake()).toMatchInlineSnapshot(`
"The configuration in <project> has an error:
  log_sources/aws_cloudtrail/log_source.yml:2:1  ingest.location is missing. Allowed: a directory, a file:// URI, or s3://bucket/prefix; or ingest.s3_source with a bucket_name.
 Correct the lines above; nothing was started."
`);
  expect(load({ location: '/srv/bucket' }).source).toMatchObject({
    name: 'trail',
    location: 'file:///srv/bucket',
    keyPrefix: 'x',
  });
  write('log_sources/aws_cloudtrail/log_source.yml', 'ingest:\n  location: s3://bucket?regoin=x\nwarehouse: gs://x\n');
  expect(mistake()).toMatchInlineSnapshot(`
"The configuration in <project> has 2 errors:
  log_sources/aws_cloudtrail/log_source.yml:2:13  ingest.location: The location s3://bucket?regoin=x has an unknown parameter, regoin. Did you mean region? Allowed: region, endpoint, path_style, profile, access_role_arn, external_id, role_session_name, requester_pays, expected_bucket_owner.
  log_sources/aws_cloudtrail/log_source.yml:3:12  warehouse: The location gs://x has an unknown scheme, gs:. Use s3://bucket/prefix, file:///… or a path.
 Correct the lines above; nothing was started."
`);
});

test('paths in files start at the project, those in flags at the working directory; flags win', () => {
  write(
    'p/log_sources/aws_cloudtrail/log_source.yml',
    'ingest:\n  location: ../logs\n  key_prefix: /org/trail/\nwarehouse: file:///srv/tables/\n',
  );
  expect(load({ project: 'p' }).source).toMatchObject({
    name: 'aws_cloudtrail',
    location: `file://${project}/logs`,
    keyPrefix: 'org/trail',
    warehouse: 'file:///srv/tables',
  });
  const flags = { project: 'p', location: 'here', keyPrefix: '', warehouse: 'w' };
  expect(load(flags).source).toMatchObject({
    location: `file://${project}/here`,
    keyPrefix: '',
    warehouse: `file://${project}/w`,
  });
  expect(load({ warehouse: 'w' })).toMatchObject({ warehouse: `file://${project}/w`, source: undefined });
});

describe('which cluster', () => {
  const PROFILES = `
[profile.default]
address = "toml:7233"
namespace = "toml"
api_key = "toml-key"
[profile.other]
address = "other:7233"
[profile.other.tls]
server_name = "other.example"
client_cert_data = "CERT"
client_key_path = "/k"
`;

  test('flags over environment over profile over temporal.yaml', () => {
    write(
      'temporal.yaml',
      'temporal:\n  address: yaml:7233\n  namespace: yaml\n  task_queue: yaml\n  ui_url: http://ui/\n',
    );
    expect(load().cluster).toMatchObject({
      embedded: false,
      address: 'yaml:7233',
      namespace: 'yaml',
      taskQueue: 'yaml',
      uiUrl: 'http://ui',
    });
    const TEMPORAL_CONFIG_FILE = write('t.toml', PROFILES);
    expect(load({}, { TEMPORAL_CONFIG_FILE }).cluster).toMatchObject({
      address: 'toml:7233',
      namespace: 'toml',
      apiKey: 'toml-key',
    });
    const env = { TEMPORAL_CONFIG_FILE, TEMPORAL_ADDRESS: 'env:7233', TEMPORAL_API_KEY: '' };
    expect(load({}, env).cluster).toMatchObject({ address: 'env:7233', namespace: 'toml', apiKey: 'toml-key' });
    const flags = { address: 'flag:7233', namespace: 'flag', taskQueue: 'flag', apiKey: 'k', tls: false };
    expect(load(flags, env).cluster).toMatchObject({ ...flags, embedded: false });
  });

  test('a file without profiles has no effect; a requested profile must exist', () => {
    const TEMPORAL_CONFIG_FILE = write('empty.toml', '');
    expect(load({}, { TEMPORAL_CONFIG_FILE }).cluster).toMatchObject({ embedded: true });
    expect(load({}, { TEMPORAL_CONFIG_FILE, TEMPORAL_ADDRESS: 'env:7233' }).cluster.address).toBe('env:7233');
    expect(() => load({}, { TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE: 'other' })).toThrow(UserMistake);
  });

  test('another profile, with certificates', () => {
    const TEMPORAL_CONFIG_FILE = write('t.toml', PROFILES);
    expect(load({}, { TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE: 'other' }).cluster).toMatchObject({
      address: 'other:7233',
      tls: { serverName: 'other.example', clientCert: { data: 'CERT' }, clientKey: { path: '/k' } },
    });
  });

  test('certificates relative to temporal.yaml', () => {
    write('temporal.yaml', 'temporal:\n  address: a:1\n  tls:\n    server_root_ca_file: ca.pem\n');
    expect(load().cluster.tls).toMatchObject({ serverRootCa: { path: join(project, 'ca.pem') } });
    expect(load({}, { TEMPORAL_TLS: 'false' }).cluster.tls).toBe(false);
    expect(load({}, { TEMPORAL_TLS: '1' }).cluster.tls).toBe(true);
  });

  test('Temporal Cloud has a known UI', () => {
    expect(load({ address: 'ns.a1b2c.tmprl.cloud:7233' }).cluster.uiUrl).toBe('https://cloud.temporal.io');
  });

  test('invalid environment variables', () => {
    const TEMPORAL_CONFIG_FILE = write('t.toml', PROFILES);
    expect(
      [
        { TEMPORAL_CONFIG_FILE: '/no/such.toml' },
        { TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE: 'thrid' },
        { TEMPORAL_CONFIG_FILE: write('bad.toml', 'x =') },
        { TEMPORAL_ADDRESS: 'https://a' },
        { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_TLS: 'yes' },
        { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_TLS_CLIENT_CERT_PATH: '/c' },
        { TEMPORAL_API_KEY: 'k' },
      ].map((env) => mistake({}, env).split('\n')[0]),
    ).toMatchInlineSnapshot(`
[
  "TEMPORAL_CONFIG_FILE names /no/such.toml, which does not exist. Correct or unset it.",
  "Temporal's configuration cannot be used: Profile 'thrid' not found in config data. Correct <project>/t.toml, or TEMPORAL_PROFILE and the other TEMPORAL_* variables.",
  "Temporal's configuration cannot be used: Invalid TOML document: invalid value",
  "TEMPORAL_ADDRESS is "https://a". Allowed: host:port, without http://.",
  "TEMPORAL_TLS is "yes". Allowed: true or false.",
  "A client certificate requires a key, and a key requires a certificate. Set both TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH (or both in the profile).",
  "An API key is set, but there is no Temporal address to use it with. Set the address as well (--address, TEMPORAL_ADDRESS, or temporal.address in temporal.yaml), or unset it.",
]
`);
  });
});

test.each([
  [65536, 65536],
  ['64 MiB', 64 * 1024 * 1024],
  ['1.5kib', 1536],
  ['10', 10],
  ['10 B', 10],
  ['64 MB', undefined],
  ['-1 KiB', undefined],
  ['', undefined],
  [1.5, undefined],
  [true, undefined],
])('size %j', (given, bytes) => {
  expect(parseSize(given)).toBe(bytes);
});
