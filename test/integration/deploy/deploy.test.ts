/** deploy/: the files for Kubernetes and for a container builder are linted and compared with the program. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadSettings } from '../../../config/load';
import type { Settings } from '../../../config/settings';
import { describeWithLinters, hadolint, validate } from '../../support/deploy-lint';
import {
  DOCKERFILE,
  instructions,
  KUBERNETES,
  kustomizeAvailable,
  type Manifest,
  only,
  podOf,
  rendered,
  writeProject,
} from '../../support/manifests';
import { runCommand } from '../../support/run-command';

/** The oldest and the newest supported version of Kubernetes. */
const VERSIONS = ['1.29', '1.34'];
const MIB = 2 ** 20;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-deploy-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function settingsOf(all: readonly Manifest[]): Settings {
  const project = mkdtempSync(join(directory, 'project-'));
  writeProject(all, project);
  return loadSettings({ cwd: project, env: {}, flags: {} });
}

describeWithLinters('linters', () => {
  it('accept the container file', async () => {
    expect(await hadolint(DOCKERFILE)).toBe('');
    const worse = join(directory, 'Dockerfile');
    writeFileSync(
      worse,
      readFileSync(DOCKERFILE, 'utf8').replace('bookworm-slim AS', 'latest AS').replace('22-latest', 'latest'),
    );
    expect(await hadolint(worse)).toContain('DL3007');
  });

  const kubernetes = kustomizeAvailable() ? it : it.skip;
  kubernetes.each(VERSIONS)('accept the manifests for Kubernetes %s', async (version) => {
    for (const components of [[], ['mutual-tls']]) {
      const { text } = rendered(mkdtempSync(join(directory, 'lint-')), components);
      const file = join(directory, 'rendered.yaml');
      writeFileSync(file, text);
      expect(await validate(file, version)).toBe('');
      writeFileSync(file, text.replace('readOnlyRootFilesystem', 'readOnlyRootFileSystem'));
      expect(await validate(file, version)).toContain('readOnlyRootFileSystem');
    }
  });
});

(kustomizeAvailable() ? describe : describe.skip)('the manifests', () => {
  let all: Manifest[];
  beforeAll(() => {
    ({ all } = rendered(mkdtempSync(join(directory, 'rendered-'))));
  });

  it('leave no file out', () => {
    const kustomization = parse(readFileSync(join(KUBERNETES, 'kustomization.yaml'), 'utf8'));
    const files = kustomization.configMapGenerator[0].files.map((file: string) => file.split('=')[1].split('/')[1]);
    expect(readdirSync(join(KUBERNETES, 'config')).sort()).toEqual([...files].sort());
    const there = readdirSync(KUBERNETES, { withFileTypes: true });
    const manifests = there.filter((file) => file.isFile()).map(({ name }) => name);
    expect([...kustomization.resources, 'kustomization.yaml'].sort()).toEqual(manifests.sort());
    const text = readFileSync(join(KUBERNETES, 'kustomization.yaml'), 'utf8');
    const named = [...text.matchAll(/^# {4}- ([a-z-]+)$|^# {3}- ([a-z-]+)$/gm)].map((match) => match[2]);
    expect(named.sort()).toEqual(
      there
        .filter((one) => one.isDirectory() && one.name !== 'config')
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('have a configuration that loads, and use only options that the program has', async () => {
    expect(settingsOf(all)).toMatchObject({
      cluster: { embedded: false, tls: true },
      source: { tables: [{ name: 'aws_cloudtrail' }, { name: 'aws_cloudtrail_insights' }] },
    });
    const [container] = podOf(all).containers;
    const help = (await runCommand([container.args[0], '--help'], directory)).stdout;
    const options = container.args.filter((word: string) => word.startsWith('--'));
    expect(options.length).toBeGreaterThan(2);
    for (const option of options) expect(help).toMatch(new RegExp(`^  ${option}\\b`, 'm'));
  });

  it('probe and scrape the ports that the worker listens on, which are also those of the container file', () => {
    const [{ args, ports, ...container }] = podOf(all).containers;
    const after = (option: string): string => args[args.indexOf(option) + 1];
    const port = (name: string): number => ports.find((one: Manifest['metadata']) => one.name === name).containerPort;
    for (const name of ['health', 'metrics']) expect(after(`--${name}`)).toBe(`0.0.0.0:${port(name)}`);
    const probed = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((probe) => container[probe].httpGet);
    expect(probed.map(({ port: at }) => at)).toEqual(['health', 'health', 'health']);
    expect(probed.map(({ path }) => path)).toEqual(['/healthz', '/readyz', '/healthz']);
    const words = (keyword: string): string[] =>
      instructions().flatMap((one) => (one.keyword === keyword ? [...one.words] : []));
    expect(words('ENV')).toEqual(
      expect.arrayContaining([`TRAILMILL_HEALTH=${after('--health')}`, `TRAILMILL_METRICS=${after('--metrics')}`]),
    );
    expect(words('EXPOSE')).toEqual([String(port('health')), String(port('metrics'))]);
    expect(words('HEALTHCHECK').join(' ')).toContain(`127.0.0.1:${port('health')}/healthz`);
  });

  it('give a worker the time, the CPUs and the memory that its settings need', () => {
    const { worker, ingest } = settingsOf(all);
    const pod = podOf(all);
    // As in run-worker.ts: ten seconds after the grace period the SDK ends what remains.
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(worker.shutdownGraceSeconds + 20);
    const { requests, limits } = pod.containers[0].resources;
    expect(worker.threads).toBe(Number(requests.cpu));
    // The rule of docs/performance.md.
    const needed = 200e6 + 650e6 * worker.threads + 2 * ingest.chunkBytes * worker.maxConcurrentActivities;
    expect(Number.parseInt(requests.memory, 10) * 1024 * MIB).toBeGreaterThan(needed);
    expect(Number.parseInt(limits.memory, 10)).toBeGreaterThan(Number.parseInt(requests.memory, 10));
    const { maxReplicas } = only(all, 'HorizontalPodAutoscaler').spec;
    expect(maxReplicas * worker.maxConcurrentActivities).toBe(ingest.daysInFlight * ingest.batchesInFlight);
  });

  it('select the pods of the worker, and have only one of the two autoscalers', () => {
    const { labels } = only(all, 'Deployment').spec.template.metadata;
    const { all: more } = rendered(mkdtempSync(join(directory, 'more-')), ['mutual-tls', 'keda', 'prometheus']);
    for (const kind of ['PodDisruptionBudget', 'PodMonitor']) {
      expect(only(more, kind).spec.selector.matchLabels).toEqual(labels);
    }
    expect(more.filter(({ kind }) => kind === 'HorizontalPodAutoscaler')).toEqual([]);
    const { name } = only(more, 'Deployment').metadata;
    expect(only(more, 'ScaledObject').spec.scaleTargetRef.name).toBe(name);
    expect(only(all, 'HorizontalPodAutoscaler').spec.scaleTargetRef.name).toBe(name);
    const { taskQueue } = settingsOf(all).cluster;
    expect(only(more, 'ScaledObject').spec.triggers[0].metadata.taskQueue).toBe(taskQueue);
    const { containers, volumes } = podOf(more);
    const mounted = containers[0].volumeMounts.map((mount: Manifest['metadata']) => mount.name);
    expect(mounted.sort()).toEqual(volumes.map((volume: Manifest['metadata']) => volume.name).sort());
  });
});
