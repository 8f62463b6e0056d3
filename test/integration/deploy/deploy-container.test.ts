/** The steps of the container file, and the resulting worker, as a pod would run it. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setCurrentVersion } from '../../../client/deployment/deployment';
import { freePort } from '../../../net/free-port';
import { until } from '../../support/cli';
import { type Built, build, context } from '../../support/container';
import { startHarness } from '../../support/harness';
import { kustomizeAvailable, podOf, rendered, writeProject } from '../../support/manifests';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-container-'));
  // The user of the container must be able to see what is in it.
  chmodSync(directory, 0o755);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describeWithTemporal('the container', () => {
  let built: Built;
  beforeAll(() => {
    built = build(mkdtempSync(join(directory, 'image-')));
  }, 600_000);

  const run = (argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string) => {
    const root = process.getuid?.() === 0;
    const bin = join(built.root, 'usr/local/bin/trailmill');
    return spawn(bin, argv, {
      cwd,
      // A separate user, who owns none of the files: as in a container with a read-only file system.
      ...(root ? { uid: built.user, gid: built.user } : {}),
      env: { PATH: process.env.PATH, HOME: '/nonexistent', ...built.environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };

  it('contains what it needs to run, and nothing that is only for builds or tests', () => {
    const there = readdirSync(join(built.root, 'opt/trailmill'));
    expect(there.sort()).toEqual(expect.arrayContaining(['dist', 'node_modules', 'package.json', 'temporal.yaml']));
    expect(there).not.toContain('test');
    const modules = readdirSync(join(built.root, 'opt/trailmill/node_modules'));
    expect(modules).toContain('commander');
    expect(modules).not.toContain('typescript');
    expect(readdirSync(join(built.root, 'opt/trailmill/dist'))).not.toContain('chaos');
    expect(context().filter((file) => /^(test|docs|deploy)\//.test(file))).toEqual([]);
  });

  const kubernetes = kustomizeAvailable() ? it : it.skip;
  kubernetes('runs as in a pod, as its own user, until it is told to stop', async () => {
    const { all } = rendered(mkdtempSync(join(directory, 'pod-')));
    writeProject(all, built.workdir);
    const harness = await startHarness(temporalAddress());
    const deployment = `trailmill-${randomBytes(6).toString('hex')}`;
    const health = await freePort(18_080);
    const metrics = await freePort(19_464);
    const args = (podOf(all).containers[0].args as string[]).map((word) =>
      word.replace('0.0.0.0:8080', `127.0.0.1:${health}`).replace('0.0.0.0:9464', `127.0.0.1:${metrics}`),
    );
    const env = {
      TEMPORAL_ADDRESS: temporalAddress(),
      TEMPORAL_NAMESPACE: 'default',
      TEMPORAL_TLS: 'false',
      TEMPORAL_DEPLOYMENT_NAME: deployment,
      TEMPORAL_WORKER_BUILD_ID: 'image',
    };
    const worker = run([...args, '--task-queue', harness.taskQueue], env, built.workdir);
    let said = '';
    for (const stream of [worker.stdout, worker.stderr])
      stream.setEncoding('utf8').on('data', (text) => (said += text));
    const ended = once(worker, 'exit');
    try {
      const status = async (address: string): Promise<number> =>
        (await fetch(address).catch(() => ({ status: 0 }))).status;
      await until(
        async () => (await status(`http://127.0.0.1:${health}/readyz`)) === 200,
        () => said,
      );
      expect(await status(`http://127.0.0.1:${metrics}/metrics`)).toBe(200);
      const { connection } = harness.client;
      await setCurrentVersion(
        { connection: connection as never, namespace: 'default' },
        { deploymentName: deployment, buildId: 'image' },
      );
      expect(readFileSync(`/proc/${worker.pid}/status`, 'utf8')).toMatch(
        process.getuid?.() === 0 ? new RegExp(`^Uid:\\s${built.user}\\s`, 'm') : /^Uid:/m,
      );
      worker.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      worker.kill('SIGKILL');
      await harness.close();
    }
  });
});
