/** A project whose bucket is on the S3 server, behind a proxy that can delay requests; its tables are on disk. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultProxy } from '../../dev/servers/fault-proxy';
import { backfillId } from '../../protocol/ids';
import type { SampleManifest } from '../../sample/index';
import type { ObjectStore } from '../../storage/object-store';
import { createS3Store } from '../../storage/s3/store';
import { Project, valuesOf } from './cli';
import { freshBucket, freshName, sharedS3 } from './servers';
import { temporalAddress } from './temporal';

export interface WorkerProject {
  project: Project;
  proxy: FaultProxy;
  /** The bucket, bypassing the proxy. */
  bucket: ObjectStore;
  sample: SampleManifest;
  /** Of the whole sample: for `backfill start`. */
  range: string[];
  /** Of the backfill of that range. */
  id: string;
  source: string;
  close(): Promise<void>;
}

/** Creates a project with its own log source and task queue. `more`: additional text for its temporal.yaml. */
export async function workerProject(more = ''): Promise<WorkerProject> {
  const { endpoint, region, rootCredentials } = sharedS3();
  const source = freshName('observed').replace('-', '_');
  const proxy = await FaultProxy.start({ target: endpoint });
  const project = new Project(mkdtempSync(join(tmpdir(), 'trailmill-worker-')), {
    AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    AWS_REGION: region,
  });
  const name = await freshBucket(sharedS3());
  await project.ask('init');
  const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
  const written = readFileSync(file, 'utf8')
    .replace(/^name: .*/m, `name: ${source}`)
    .replace('./bucket', `"s3://${name}?endpoint=${proxy.endpoint}"`);
  writeFileSync(file, written);
  const temporal = `temporal: {address: "${temporalAddress()}", task_queue: ${source}}\n`;
  writeFileSync(project.path('temporal.yaml'), `${temporal}${more}`);
  const size = ['--days', '2', '--accounts', '2', '--regions', '1', '--events-per-hour', '6'];
  const made = await project.ask('sample', '--out', `s3://${name}?endpoint=${endpoint}`, ...size, '--json');
  const [sample] = valuesOf<SampleManifest>(made);
  const { from, to } = sample.delivery;
  return {
    project,
    proxy,
    bucket: createS3Store({
      bucket: name,
      prefix: '',
      credentials: async () => rootCredentials,
      options: { endpoint, region },
    }),
    sample,
    source,
    range: ['--from', from, '--to', to],
    id: backfillId(source, from, to),
    async close() {
      await project.close();
      await proxy.close();
      rmSync(project.directory, { recursive: true, force: true });
    },
  };
}
