/** The embedded server as it is used: other ports when the usual are taken, a UI, data that stay, no process left. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Settings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { connect } from '../../worker/cluster.js';
import { devServerFile, runningDevServer } from '../../worker/dev-server-file.js';
import { type EmbeddedServer, startEmbeddedServer } from '../../worker/embedded-server.js';
import { isAlive } from '../../worker/install-lock.js';
import { describeWithTemporal, temporalAddress, temporalBinary } from '../support/temporal.js';

const PORT = 27_233;
const UI_PORT = 28_233;

let projectDir: string;
const running: EmbeddedServer[] = [];
beforeEach(() => {
  projectDir = mkdtempSync(join(tmpdir(), 'trailmill-embedded-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  rmSync(projectDir, { recursive: true, force: true });
});

async function start(over: Partial<Parameters<typeof startEmbeddedServer>[0]> = {}): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({
    binary: temporalBinary(),
    projectDir,
    database: join(projectDir, '.trailmill', 'temporal.db'),
    port: PORT,
    uiPort: UI_PORT,
    namespace: 'default',
    log: () => {},
    ...over,
  });
  running.push(server);
  return server;
}

function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function untilDead(pid: number): Promise<void> {
  while (isAlive(pid)) await wait(20);
}

function settingsOf(address: string, embedded: boolean, namespace = 'default'): Settings {
  return { projectDir, cluster: { embedded, address, namespace, taskQueue: 'q' } } as Settings;
}

describeWithTemporal('embedded server', () => {
  test('takes other ports when the usual are taken, says so, and its UI answers', async () => {
    const others = [await occupy(PORT), await occupy(UI_PORT)];
    try {
      const lines: string[] = [];
      const server = await start({ log: (line) => lines.push(line) });
      expect(server.address).toBe(`127.0.0.1:${PORT + 1}`);
      expect(server.uiUrl).toBe(`http://127.0.0.1:${UI_PORT + 1}`);
      expect(lines).toEqual([
        expect.stringContaining(`${PORT} is taken`),
        expect.stringContaining(`${UI_PORT} is taken`),
      ]);
      expect((await fetch(`${server.uiUrl}/namespaces/default/workflows`)).status).toBe(200);
    } finally {
      for (const other of others) other.close();
    }
  });

  test('three that start at once take three ports', async () => {
    const projects = ['a', 'b', 'c'].map((name) => join(projectDir, name));
    const servers = await Promise.all(
      projects.map((project) => start({ projectDir: project, database: join(project, 'temporal.db') })),
    );
    expect(new Set(servers.map(({ address }) => address)).size).toBe(3);
    for (const project of projects) {
      const found = await runningDevServer(project);
      expect(servers.find(({ pid }) => pid === found?.pid)?.address).toBe(found?.address);
    }
  });

  test('keeps its data over a restart, and leaves no process and no file', async () => {
    const first = await start({ namespace: 'mill' });
    const connection = await Connection.connect({ address: first.address });
    const client = new Client({ connection, namespace: 'mill' });
    await client.workflow.start('nobodyRunsThis', { workflowId: 'w', taskQueue: 'q' });
    await connection.close();
    expect(await runningDevServer(projectDir)).toMatchObject({ pid: first.pid, address: first.address });
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    expect(existsSync(devServerFile(projectDir))).toBe(false);

    const second = await start({ namespace: 'mill' });
    const { connection: again, uiUrl } = await connect(settingsOf('', true));
    expect(uiUrl).toBe(second.uiUrl);
    const found = await new Client({ connection: again, namespace: 'mill' }).workflow.getHandle('w').describe();
    expect(found.status.name).toBe('RUNNING');
    await again.close();
  });

  test('refuses a second one for the same project', async () => {
    const server = await start();
    await expect(start()).rejects.toThrow(`runs already at ${server.address}`);
    expect(await runningDevServer(projectDir)).toMatchObject({ pid: server.pid });
  });

  test('ends with its owner, even when that is killed', async () => {
    const options = {
      binary: temporalBinary(),
      projectDir,
      database: join(projectDir, 'temporal.db'),
      port: PORT,
      uiPort: UI_PORT,
      namespace: 'default',
    };
    const script = `
      const { startEmbeddedServer } = require('./worker/embedded-server.ts');
      startEmbeddedServer({ ...${JSON.stringify(options)}, log() {} }).then(({ pid }) => console.log(pid));
      setInterval(() => {}, 1000);
    `;
    const owner = spawn(process.execPath, ['-r', './test/support/register-ts.js', '-e', script], {
      cwd: join(__dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => owner.stdout.once('data', (data) => resolve(Number(data))));
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    await untilDead(pid);
    expect(await runningDevServer(projectDir)).toBeUndefined();
  });

  test('takes the place of a server that died without a word', async () => {
    const first = await start();
    process.kill(first.pid, 'SIGKILL');
    expect(await first.ended).toBe('was ended by SIGKILL');
    expect(await runningDevServer(projectDir)).toBeUndefined();
    const second = await start();
    expect((await runningDevServer(projectDir))?.pid).toBe(second.pid);
  });

  test('ends a server whose owner is gone before it starts anew', async () => {
    const orphan = spawn('sleep', ['100']);
    const owner = spawn('true');
    await new Promise((resolve) => owner.once('exit', resolve));
    await start().then((server) => server.stop());
    const record = { pid: orphan.pid, ownerPid: owner.pid, address: '127.0.0.1:1', uiUrl: '', namespace: 'default' };
    writeFileSync(devServerFile(projectDir), JSON.stringify(record));
    await start();
    await untilDead(orphan.pid as number);
  });

  test('says why it does not start, with the end of its log and a cure', async () => {
    const database = join(projectDir, 'not-a-database');
    writeFileSync(database, 'x'.repeat(10_000));
    const started = Date.now();
    const failure = await start({ database }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserMistake);
    expect(String(failure)).toContain('not a database');
    expect((failure as UserMistake).cure).toContain('move it away');
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(existsSync(devServerFile(projectDir))).toBe(false);
    expect(readFileSync(join(projectDir, '.trailmill', 'temporal-server.log'), 'utf8')).not.toBe('');
  });
});

describe('connect', () => {
  test('says within seconds that nothing answers', async () => {
    const started = Date.now();
    await expect(connect(settingsOf('', true))).rejects.toThrow('No Temporal server runs for the project');
    await expect(connect(settingsOf('127.0.0.1:9', true))).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringContaining('No Temporal server at 127.0.0.1:9'),
        cure: expect.stringContaining('trailmill dev'),
      }),
    );
    await expect(connect(settingsOf('127.0.0.1:9', false))).rejects.toThrow('No Temporal server at 127.0.0.1:9');
    expect(Date.now() - started).toBeLessThan(8_000);
  });
});

describeWithTemporal('connect', () => {
  test('names a namespace that is not there', async () => {
    const mistake = connect(settingsOf(temporalAddress(), false, 'nowhere'));
    await expect(mistake).rejects.toThrow('has no namespace nowhere');
  });

  test('gives what a worker needs', async () => {
    const cluster = await connect(settingsOf(temporalAddress(), false));
    expect(cluster).toMatchObject({ address: temporalAddress(), namespace: 'default', taskQueue: 'q' });
    expect(cluster.nativeOptions.address).toBe(temporalAddress());
    await cluster.connection.close();
  });
});
