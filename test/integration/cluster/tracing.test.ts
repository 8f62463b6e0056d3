/** Traces of a backfill, from the command that starts it to the batch that is read, as a collector receives them. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TRACED_WORKFLOW_BUNDLE } from '../../../install/package';
import type { SampleManifest } from '../../../sample/index';
import { Project, promised, type Up, viewOf } from '../../support/cli';
import { startHarness } from '../../support/harness';
import { readHistory, recordedHistories, replay } from '../../support/histories';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';
import { type Span, startTraceCollector, type TraceCollector } from '../../support/trace-collector';

/** Receives what the workflows export, as a worker would. */
const sinks = { exporter: { export: { fn() {}, callDuringReplay: false } } };

describe('workflows that create spans', () => {
  // So tracing can be turned on while backfills are running. The interceptors of the library fail here.
  it.each(recordedHistories())('replay %s, which was recorded without them', async (name) => {
    await replay(readHistory(name), TRACED_WORKFLOW_BUNDLE, { sinks });
  });
});

describeWithTemporal('traces', () => {
  let directory: string;
  let collector: TraceCollector;
  let sample: SampleManifest;
  const projects: Project[] = [];

  function newProject(env: NodeJS.ProcessEnv): Project {
    const made = new Project(join(directory, String(projects.length)), { TEMPORAL_ADDRESS: temporalAddress(), ...env });
    projects.push(made);
    return made;
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-tracing-'));
    const size = ['--days', '1', '--accounts', '1', '--events-per-hour', '4'];
    const bucket = join(directory, 'bucket');
    expect(await newProject({}).run('sample', '--out', bucket, ...size)).toMatchObject({ code: 0 });
    sample = JSON.parse(readFileSync(join(bucket, 'sample.json'), 'utf8'));
    collector = await startTraceCollector();
  });
  afterAll(async () => {
    await Promise.all(projects.map((project) => project.close()));
    await collector.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Runs a backfill in processes with these variables. Returns its id, and what the worker wrote to stderr. */
  async function backfill(env: NodeJS.ProcessEnv): Promise<{ id: string; stderr: string }> {
    const project = newProject(env);
    const name = `aws_cloudtrail_${randomBytes(6).toString('hex')}`;
    expect(await project.run('init')).toMatchObject({ code: 0 });
    const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
    const text = readFileSync(file, 'utf8').replace(/^name: .*$/m, `name: ${name}`);
    writeFileSync(file, text.replace('./bucket', join(directory, 'bucket')));
    const queue = ['--task-queue', name];
    const worker = project.start('worker', ...queue, '--json');
    await worker.value<Up>();
    const { from, to } = sample.delivery;
    const range = ['--from', from, '--to', to];
    const view = viewOf(await project.run('backfill', 'start', ...queue, ...range, '--watch', '--json'));
    expect(view).toMatchObject({ state: 'completed', totals: promised(sample) });
    const { code, stderr } = await worker.interrupt();
    expect(code).toBe(0);
    return { id: view.id, stderr };
  }

  /** The names from a span up to the root span of its trace. */
  function upFrom(span: Span): string[] {
    const parent = collector.spans.find(({ spanId }) => spanId === span.parentSpanId);
    return [span.name, ...(parent ? upFrom(parent) : [])];
  }

  it('lead from a batch up to the command that started the backfill, in one trace', async () => {
    const { id } = await backfill({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'cloudtrail-lake',
    });
    const batches = collector.spans.filter(({ name }) => name === 'RunActivity:ingestBatch');
    expect(batches.length).toBeGreaterThan(0);
    for (const batch of batches) {
      expect(upFrom(batch)).toEqual([
        'RunActivity:ingestBatch',
        'StartActivity:ingestBatch',
        'RunWorkflow:ingestDay',
        'StartChildWorkflow:ingestDay',
        'RunWorkflow:backfill',
        'StartWorkflow:backfill',
      ]);
    }
    expect(new Set(batches.map(({ traceId }) => traceId)).size).toBe(1);
    expect(new Set(collector.spans.map(({ service }) => service))).toEqual(new Set(['cloudtrail-lake']));
    const names = new Set(collector.spans.map(({ name }) => name));
    for (const activity of ['completeCommits', 'discover', 'planDay', 'commit']) {
      expect(names).toContain(`RunActivity:${activity}`);
    }
    // And tracing can be turned off again.
    const { client, close } = await startHarness(temporalAddress());
    await replay(await client.workflow.getHandle(id).fetchHistory()).finally(close);
  });

  it('are not created without the variable, and an unavailable collector delays nothing', async () => {
    collector.spans.length = 0;
    await backfill({});
    await backfill({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: 'true' });
    expect(collector.spans).toEqual([]);
    expect((await backfill({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).stderr).not.toContain('Unexpected');
  });
});
