/** What a new user reads when access to a bucket is denied: the command, its message, and the fix in it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { Client, Connection } from '@temporalio/client';
import { FaultProxy } from '../../../dev/servers/fault-proxy';
import { type S3ErrorCode, type S3ErrorDetails, s3ErrorAnswer } from '../../../dev/servers/s3-errors';
import { putBucketPolicy } from '../../../dev/servers/s3-policy';
import type { S3Credentials, S3Server } from '../../../dev/servers/s3-server';
import { ingestDayId } from '../../../protocol/ids';
import { writeSample } from '../../../sample/index';
import { createS3Store } from '../../../storage/s3/store';
import { allowWarehouses, Project, type Started, type Up, until, viewOf } from '../../support/cli';
import { describeWithS3, freshBucket, freshName, s3Client, startOwnS3 } from '../../support/servers';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const SAMPLE = { days: 1, accounts: 2, regions: 1, eventsPerHour: 12 };
/** One of the sample's delivery days. */
const DAY = '2024-02-28';

describeWithS3('the message when S3 refuses a request', () => {
  let server: S3Server;
  let proxy: FaultProxy;
  let admin: S3Client;
  let directory: string;
  let logs: string;
  let accounts: string[];
  /** Has all permissions. */
  let trusted: Project;
  const projects: Project[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-messages-'));
    // A server of its own: the shared one has no users.
    server = await startOwnS3();
    proxy = await FaultProxy.start({ target: server.endpoint });
    admin = s3Client(server, server.rootCredentials);
    logs = await freshBucket(server);
    const options = { endpoint: server.endpoint };
    const store = createS3Store({ bucket: logs, prefix: '', options, credentials: async () => server.rootCredentials });
    ({ accounts } = await writeSample(store, SAMPLE));
    trusted = projectOf(server.rootCredentials);
  });
  afterAll(async () => {
    await Promise.all(projects.map((project) => project.close()));
    admin.destroy();
    await proxy.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** A project whose commands have only these credentials: none from files, and none from instance metadata. */
  function projectOf(credentials: Partial<S3Credentials>, env: NodeJS.ProcessEnv = {}): Project {
    const name = freshName('project');
    const nowhere = join(directory, 'nowhere');
    const project = new Project(join(directory, name), {
      AWS_CONFIG_FILE: nowhere,
      AWS_SHARED_CREDENTIALS_FILE: nowhere,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey ?? '',
      ...env,
    });
    projects.push(project);
    return project;
  }

  const address = (bucket: string): string => `s3://${bucket}?endpoint=${proxy.endpoint}`;

  /** The lines of `check` about the location, and its exit code. */
  async function check(project: Project, bucket = logs): Promise<{ code: number | null; said: string }> {
    const { code, stdout, stderr } = await project.ask('check', '--location', address(bucket));
    expect(stderr).toBe('');
    const [, said = stdout] = /(✗ location[\s\S]*?)\n *[✓✗…] warehouse/.exec(stdout) ?? [];
    return { code, said: said.replace(/\s+/g, ' ') };
  }

  async function checkWith(code: S3ErrorCode, details?: S3ErrorDetails) {
    const rule = proxy.addRule({ fault: { kind: 'answer', answer: s3ErrorAnswer(code, details) }, path: RegExp(logs) });
    try {
      return await check(trusted);
    } finally {
      proxy.removeRule(rule);
    }
  }

  it('no credentials at all', async () => {
    const { code, said } = await check(projectOf({}));
    expect(code).toBe(1);
    expect(said).toMatch(/no AWS credentials were found\. Provide them .*AWS_PROFILE.*aws sts get-caller-identity/);
  });

  it('an unknown access key', async () => {
    const { code, said } = await check(projectOf({ ...server.rootCredentials, accessKeyId: 'AKIANOBODY0000000000' }));
    expect(code).toBe(1);
    expect(said).toMatch(/rejected the credentials \(InvalidAccessKeyId\).*Check the access key/);
  });

  it('a secret that does not belong to the key', async () => {
    const { said } = await check(projectOf({ ...server.rootCredentials, secretAccessKey: 'x'.repeat(40) }));
    expect(said).toMatch(/\(SignatureDoesNotMatch\).*its secret is wrong: check AWS_SECRET_ACCESS_KEY/);
    expect(said).not.toContain('xxxx');
  });

  it('a bucket that does not exist', async () => {
    const { said } = await check(trusted, 'no-such-bucket');
    expect(said).toMatch(/the bucket no-such-bucket does not exist at http:.*Check its name/);
  });

  it('no permission to list', async () => {
    const user = await server.createUser();
    await putBucketPolicy(admin, logs, [
      { effect: 'Allow', user: user.accessKeyId, actions: ['s3:GetObject'], on: { keys: '*' } },
    ]);
    const { said } = await check(projectOf(user));
    expect(said).toContain(`Grant s3:ListBucket on arn:aws:s3:::${logs} to the identity that runs Trailmill.`);
  });

  it('another region than that of the bucket: the message asks for it if S3 does not name it', async () => {
    expect((await checkWith('PermanentRedirect')).said).toMatch(
      /is not in us-east-1 \(PermanentRedirect\)\. Set its region, with \?region=… in the address or AWS_REGION/,
    );
  });

  it('another region that S3 names: it is used, and nothing is reported', async () => {
    const elsewhere = await startOwnS3({ region: 'eu-west-1' });
    try {
      const bucket = await freshBucket(elsewhere);
      const options = { endpoint: elsewhere.endpoint };
      await createS3Store({ bucket, prefix: '', options, credentials: async () => elsewhere.rootCredentials }).put(
        'AWSLogs/111122223333/CloudTrail/eu-west-1/2024/02/28/x.json.gz',
        Buffer.from('x'),
      );
      const project = projectOf(elsewhere.rootCredentials, { AWS_REGION: 'us-east-1' });
      const { stdout } = await project.run('check', '--location', `s3://${bucket}?endpoint=${elsewhere.endpoint}`);
      expect(stdout).toContain(`✓ location   s3://${bucket} has AWSLogs/`);
    } finally {
      await elsewhere.stop();
    }
  });

  it('a wrong clock', async () => {
    expect((await checkWith('RequestTimeTooSkewed')).said).toMatch(
      /the clock of this machine is wrong \(RequestTimeTooSkewed\); its time is \d{4}.*Synchronize it \(timedatectl set-ntp true\)/,
    );
  });

  it('expired credentials', async () => {
    expect((await checkWith('ExpiredToken')).said).toMatch(/have expired \(ExpiredToken\).*Renew them \(aws sso login/);
  });

  it('no permission to decrypt with a KMS key', async () => {
    const key = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const message = `User: arn:aws:iam::111122223333:user/x is not authorized to perform: kms:Decrypt on resource: ${key} because no identity-based policy allows the kms:Decrypt action`;
    const { said } = await checkWith('AccessDenied', { message });
    expect(said).toContain(`Grant kms:Decrypt on ${key} to the identity that runs Trailmill`);
  });

  describeWithTemporal('in a run', () => {
    /** A project with these credentials, a source of its own, since the server is shared, and its worker. */
    async function withWorker(credentials: S3Credentials, ...warehouses: string[]) {
      const source = freshName('refused').replace('-', '_');
      const project = projectOf(credentials, { TEMPORAL_ADDRESS: temporalAddress() });
      await project.ask('init');
      allowWarehouses(project, ...warehouses);
      const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^name: .*/m, `name: ${source}`));
      const queue = ['--task-queue', source];
      await project.start('worker', ...queue, '--json').value<Up>();
      return { project, source, queue };
    }

    const start = (warehouse: string): string[] => [
      ...['backfill', 'start', '--from', DAY, '--to', DAY, '--location', address(logs)],
      ...['--warehouse', warehouse, '--watch', '--json'],
    ];

    it('no permission to read one prefix: its files are quarantined with the reason, all others are ingested', async () => {
      const user = await server.createUser();
      const [denied] = accounts;
      await putBucketPolicy(admin, logs, [
        { effect: 'Allow', user: user.accessKeyId, actions: ['s3:ListBucket', 's3:GetObject'] },
        {
          effect: 'Deny',
          user: user.accessKeyId,
          actions: ['s3:GetObject'],
          on: { keys: `AWSLogs/${denied}/*` },
        },
      ]);
      const { project, source, queue } = await withWorker(user, './warehouse');
      const ended = await project.ask(...start('./warehouse'), ...queue);
      const { totals } = viewOf(ended);
      expect(totals?.quarantinedFor).toEqual([
        { code: 'access_denied', files: totals?.quarantined, example: expect.stringContaining(`AWSLogs/${denied}/`) },
      ]);
      expect(totals?.quarantined).toBeGreaterThan(0);
      expect(totals?.events).toBeGreaterThan(0);
      const id = `backfill/${source}/${DAY}..${DAY}`;
      const { stdout } = await project.ask('backfill', 'status', id, ...queue);
      expect(stdout).toMatch(/access_denied/);
    });

    it('a token that expires mid-run: the batch says so while it waits, and continues by itself with a valid one', async () => {
      const lake = await freshBucket(server);
      const warehouse = JSON.stringify(address(lake));
      const { project, source, queue } = await withWorker(server.rootCredentials, warehouse);
      const expired = expire(proxy, logs);
      const running = project.start(...start(address(lake)), ...queue);
      await running.value<Started>();
      const connection = await Connection.connect({ address: temporalAddress() });
      const day = new Client({ connection }).workflow.getHandle(ingestDayId(source, DAY));
      let message = '';
      await until(
        async () => {
          const { raw } = await day.describe().catch(() => ({ raw: undefined }));
          message = (raw?.pendingActivities ?? []).map(({ lastFailure }) => lastFailure?.message ?? '').join();
          return message !== '';
        },
        () => 'No activity says why it waits.',
      );
      await connection.close();
      expect(message).toMatch(
        /the AWS credentials have expired \(ExpiredToken\).*Renew them .* and restart the worker: the run then continues automatically/,
      );
      proxy.removeRule(expired);
      const view = viewOf(await running.ended);
      expect(view).toMatchObject({ state: 'completed', totals: { quarantined: 0 } });
      expect(view.totals?.events).toBeGreaterThan(0);
    });
  });
});

/** From now on the objects of the bucket cannot be read; listings, which come first, still work. */
function expire(proxy: FaultProxy, bucket: string) {
  return proxy.addRule({
    fault: { kind: 'answer', answer: s3ErrorAnswer('ExpiredToken') },
    method: 'GET',
    path: RegExp(`^/${bucket}/AWSLogs`),
  });
}
