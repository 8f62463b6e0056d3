/** The policy that `trailmill iam-policy` prints allows a run and nothing else, on a server that enforces policies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3';
import { probeWarehouse } from '../../../client/check/probes';
import type { S3Server } from '../../../dev/servers/s3-server';
import { AlreadyExists, StorageAccessDenied } from '../../../errors/index';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import type { RunContext } from '../../../run/context';
import type { ObjectStore } from '../../../storage/object-store';
import { createS3Store } from '../../../storage/s3/store';
import { runCommand } from '../../support/run-command';
import { ingestWholeDay, memoryRun, records, rowsOf, trailFile, trailKey } from '../../support/runs';
import { describeWithS3, freshBucket, s3Client, startOwnS3 } from '../../support/servers';

describeWithS3('a user with the policy that iam-policy prints', () => {
  let server: S3Server;
  let admin: S3Client;
  let cwd: string;
  let run: RunContext & { bucket: ObjectStore; warehouse: ObjectStore };
  /** The whole buckets, with the credentials of the user. */
  let logs: ObjectStore;
  let lake: ObjectStore;

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'trailmill-iam-'));
    server = await startOwnS3();
    admin = s3Client(server, server.rootCredentials);
    const [logsName, lakeName] = [await freshBucket(server), await freshBucket(server)];
    const options = { endpoint: server.endpoint, region: server.region };
    const root = createS3Store({
      bucket: logsName,
      prefix: '',
      options,
      credentials: async () => server.rootCredentials,
    });
    for (const name of ['one', 'two'])
      await root.put(`org/${trailKey(name)}`, trailFile(records(3, undefined, {}, name)));
    await root.put('org/AWSLogs/111122223333/Config/us-east-1/x.json', Buffer.from('{}'));
    await root.put('other/secret', Buffer.from('x'));

    const user = await server.createUser();
    const flags = [
      '--location',
      `s3://${logsName}`,
      '--key-prefix',
      'org',
      '--warehouse',
      `s3://${lakeName}/trailmill`,
    ];
    for (const [bucket, part] of [
      [logsName, '--read'],
      [lakeName, '--write'],
    ]) {
      const said = await runCommand(['iam-policy', ...flags, part, '--principal', user.accessKeyId], cwd);
      expect(said).toMatchObject({ code: 0, stderr: '' });
      await admin.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: said.stdout }));
    }

    const open = (bucket: string, prefix = ''): ObjectStore =>
      createS3Store({ bucket, prefix, options, credentials: async () => user });
    [logs, lake] = [open(logsName), open(lakeName)];
    const { config } = memoryRun();
    const warehouse = open(lakeName, 'trailmill');
    run = {
      config: { ...config, keyPrefix: 'org', location: `s3://${logsName}` },
      bucket: logs,
      warehouse,
      catalog: createStorageCatalog(warehouse),
    };
  });
  afterAll(async () => {
    admin?.destroy();
    await server?.stop();
    rmSync(cwd, { recursive: true, force: true });
  });

  const listed = async (store: ObjectStore, prefix: string): Promise<string[]> => {
    const keys: string[] = [];
    for await (const page of store.list(prefix)) keys.push(...page.objects.map(({ key }) => key));
    return keys;
  };

  it('can do a whole run, twice', async () => {
    expect(await ingestWholeDay(run)).toMatchObject({ files: 2, events: 6 });
    expect(await ingestWholeDay(run)).toMatchObject({ files: 0 });
    expect(await rowsOf(run, 'ledger')).toHaveLength(2);
    expect(await listed(run.warehouse, '_trailmill/plans/')).toEqual([]);
  });

  it('can do what `check` tests, and upload an object in parts', async () => {
    expect((await probeWarehouse(run.warehouse)).state).toBe('ok');
    const large = Buffer.alloc(33 << 20, 1);
    await run.warehouse.put('trailmill/large.parquet', large);
    const body = Buffer.from('x');
    await run.warehouse.put('_trailmill/once', body, { ifNoneMatch: '*' });
    await expect(run.warehouse.put('_trailmill/once', body, { ifNoneMatch: '*' })).rejects.toThrow(AlreadyExists);
  });

  it('can do nothing else', async () => {
    const body = Buffer.from('x');
    const attempts: Record<string, () => Promise<unknown>> = {
      'list another prefix of the logs': () => listed(logs, 'other/'),
      'list all of the logs': () => listed(logs, ''),
      'read another prefix of the logs': () => logs.get('other/secret'),
      'write where the logs are': () => logs.put(`org/${trailKey('one')}`, body),
      'delete a log': () => logs.delete(`org/${trailKey('one')}`),
      'list the bucket around the warehouse': () => listed(lake, ''),
      'write beside the warehouse': () => lake.put('elsewhere', body),
      'delete a data file': () => run.warehouse.delete('trailmill/large.parquet'),
      'delete data files together': () => run.warehouse.deleteAll(['trailmill/large.parquet']),
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      const failure = await attempt().then(
        () => 'it was allowed',
        (error: unknown) => error,
      );
      expect([what, failure]).toEqual([what, expect.any(StorageAccessDenied)]);
    }
  });
});
