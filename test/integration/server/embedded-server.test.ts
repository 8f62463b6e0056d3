/** The embedded server in use: other ports if the usual ones are taken, a UI, persistent data, no leftover process. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { connect } from '../../../cluster/cluster.js';
import type { Settings } from '../../../config/settings.js';
import { UserMistake } from '../../../errors/index.js';
import { isAlive } from '../../../install/processes.js';
import { answers, devServerFile, runningDevServer } from '../../../server/dev-server-file.js';
import { type EmbeddedServer, startEmbeddedServer } from '../../../server/embedded-server.js';
import { describeWithTemporal, temporalAddress, temporalBinary } from '../../support/temporal.js';

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

/** Arguments for a process that starts a server of the project, prints the ids of both processes, and keeps running. */
function owner(): string[] {
  const options = {
    binary: temporalBinary(),
    projectDir,
    database: join(projectDir, '.trailmill', 'temporal.db'),
    port: PORT,
    uiPort: UI_PORT,
    namespace: 'default',
  };
  const script = `
    const { startEmbeddedServer } = require('./server/embedded-server.ts');
    startEmbeddedServer({ ...${JSON.stringify(options)}, log() {} })
      .then(({ pid }) => console.log(JSON.stringify({ owner: process.pid, pid })));
    setInterval(() => {}, 1000);
  `;
  return ['-r', './test/support/register-ts.js', '-e', script];
}

function canUnshare(): boolean {
  return spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;
}

async function changeRecord(over: object): Promise<void> {
  const file = devServerFile(projectDir);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...over }));
}

/** Addresses on which the process listens, from /proc: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html */
function listeners(pid: number): { host: string; port: number }[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && inodes.has(fields[9]))
      .map(([, local]) => {
        const [host, port] = local.split(':');
        const bytes = host.match(/../g)?.map((hex) => Number.parseInt(hex, 16)) ?? [];
        return { host: bytes.length === 4 ? bytes.reverse().join('.') : host, port: Number.parseInt(port, 16) };
      }),
  );
}

/** What a port answers to these bytes. */
function say(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = createConnection(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('data', (data) => (said += data));
    socket.on('error', () => {});
    socket.on('close', () => resolve(said));
  });
}

describeWithTemporal('embedded server', () => {
  test('uses other ports if the usual ones are taken, says so, and its UI responds', async () => {
    const others = [await occupy(PORT), await occupy(UI_PORT)];
    try {
      const lines: string[] = [];
      const server = await start({ log: (line) => lines.push(line) });
      expect(server.address).toBe(`127.0.0.1:${PORT + 1}`);
      expect(server.uiUrl).toBe(`http://127.0.0.1:${UI_PORT + 1}`);
      expect(lines).toEqual([
        expect.stringContaining(`${PORT} is in use`),
        expect.stringContaining(`${UI_PORT} is in use`),
      ]);
      expect((await fetch(`${server.uiUrl}/namespaces/default/workflows`)).status).toBe(200);
    } finally {
      for (const other of others) other.close();
    }
  });

  test('three servers that start at once use three ports', async () => {
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

  test('keeps its data across a restart, and leaves no process and no file behind', async () => {
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

  test('keeps closed workflows for the configured number of days, also across a restart', async () => {
    const daysKept = async ({ address }: EmbeddedServer): Promise<number> => {
      const connection = await Connection.connect({ address });
      const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
      await connection.close();
      return Number(config?.workflowExecutionRetentionTtl?.seconds) / 86_400;
    };
    const first = await start({ historyDays: 365 });
    expect(await daysKept(first)).toBe(365);
    await first.stop();
    const second = await start({ historyDays: 365 });
    expect(await daysKept(second)).toBe(365);
    await second.stop();
    expect(await daysKept(await start({ historyDays: 30 }))).toBe(30);
  });

  test('keeps its ports across a restart, even if the usual ones are free again', async () => {
    const others = [await occupy(PORT), await occupy(UI_PORT)];
    const first = await start().finally(() => others.map((other) => other.close()));
    await first.stop();
    const lines: string[] = [];
    const second = await start({ log: (line) => lines.push(line) });
    expect([second.address, second.uiUrl]).toEqual([first.address, first.uiUrl]);
    expect(lines).toEqual([]);
    await second.stop();
    // Other ports in the configuration take precedence.
    const third = await start({ port: PORT + 20, uiPort: UI_PORT + 20 });
    expect([third.address, third.uiUrl]).toEqual([`127.0.0.1:${PORT + 20}`, `http://127.0.0.1:${UI_PORT + 20}`]);
  });

  test('uses the configured ports if those of the last start are taken', async () => {
    const other = await occupy(PORT);
    const first = await start().finally(() => other.close());
    await first.stop();
    const later = await occupy(PORT + 1);
    try {
      const lines: string[] = [];
      expect((await start({ log: (line) => lines.push(line) })).address).toBe(`127.0.0.1:${PORT}`);
      expect(lines).toEqual([`Port ${PORT + 1} is in use: the Temporal server uses ${PORT}.`]);
    } finally {
      later.close();
    }
  });

  test('refuses a second server for the same project', async () => {
    const server = await start();
    await expect(start()).rejects.toThrow(`is already running at ${server.address}`);
    expect(await runningDevServer(projectDir)).toMatchObject({ pid: server.pid });
  });

  test('ends with its owner, even if the owner is killed', async () => {
    const dying = spawn(process.execPath, owner(), {
      cwd: join(__dirname, '../../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { pid } = JSON.parse(String((await once(dying.stdout, 'data'))[0]));
    expect(isAlive(pid)).toBe(true);
    dying.kill('SIGKILL');
    await untilDead(pid);
    expect(await runningDevServer(projectDir)).toBeUndefined();
  });

  test('replaces a server that was killed', async () => {
    const first = await start();
    process.kill(first.pid, 'SIGKILL');
    expect(await first.ended).toBe('was terminated by SIGKILL');
    expect(await runningDevServer(projectDir)).toBeUndefined();
    const second = await start();
    expect((await runningDevServer(projectDir))?.pid).toBe(second.pid);
  });

  test('stops a server whose owner is gone before it starts a new one', async () => {
    const orphan = await start();
    await changeRecord({ ownerPid: 2 ** 22 + 1, ownerStarted: 'x/1' });
    const lines: string[] = [];
    const second = await start({ log: (line) => lines.push(line) });
    expect(lines[0]).toBe(`Stopping a leftover Temporal server of this project (process ${orphan.pid}).`);
    await orphan.ended;
    expect(second.address).toBe(orphan.address);
  });

  test('does not stop another process that has the id of a dead server, and does not mention it', async () => {
    const bystander = spawn('sleep', ['1000']);
    const first = await start();
    await changeRecord({ pid: bystander.pid, ownerPid: 2 ** 22 + 1, ownerStarted: 'x/1' });
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const lines: string[] = [];
    await start({ log: (line) => lines.push(line) });
    expect(lines).toEqual([]);
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    bystander.kill('SIGKILL');
  });

  test('if two start for one project at the same moment, one succeeds', async () => {
    const both = await Promise.allSettled([start(), start()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [refused] = both.filter((one) => one.status === 'rejected');
    expect(String(refused.reason)).toContain('is being started by process');
    expect(await runningDevServer(projectDir)).toBeDefined();
  });

  const inNamespaces = canUnshare() ? test : test.skip;
  inNamespaces('starts again as process 1 of a container that was killed, where process ids are reused', async () => {
    const file = devServerFile(projectDir);
    const recorded = () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);
    /** A container in which another process has the id `taken` before the owner starts. */
    const container = (taken?: number) => {
      const take = `echo ${(taken ?? 0) - 1} > /proc/sys/kernel/ns_last_pid; sleep 1000 & [ $! = ${taken} ] || exit 1;`;
      const script = `${taken === undefined ? '' : take} exec "$@"`;
      const args = ['--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc', '/bin/sh', '-c', script, 'sh'];
      return spawn('unshare', [...args, process.execPath, ...owner()], {
        cwd: join(__dirname, '../../..'),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    };
    const kill = async (one: ReturnType<typeof container>) => {
      one.kill('SIGKILL');
      await once(one, 'exit');
    };
    const started = async (one: ReturnType<typeof container>): Promise<number> => {
      const [said] = await Promise.race([once(one.stdout, 'data'), once(one, 'exit')]);
      return JSON.parse(String(said)).pid;
    };

    const early = container();
    while (recorded() === undefined) await wait(5);
    expect(recorded()).toMatchObject({ ownerPid: 1, address: '' });
    await kill(early);

    const late = container();
    const pid = await started(late);
    expect(recorded()).toMatchObject({ ownerPid: 1, pid });
    await kill(late);
    while (await answers(recorded().address)) await wait(20);

    const again = container(pid);
    expect(await started(again)).not.toBe(pid);
    const bystanders = readdirSync('/proc').filter((entry) => {
      try {
        return new RegExp(`^NSpid:.*\\b${pid}$`, 'm').test(readFileSync(`/proc/${entry}/status`, 'utf8'));
      } catch {
        return false;
      }
    });
    const names = bystanders.map((entry) => readFileSync(`/proc/${entry}/comm`, 'utf8').trim());
    expect(names).toContain('sleep');
    await kill(again);
  });

  test('listens on loopback only, and accepts no workflow over HTTP', async () => {
    const server = await start();
    const ports = listeners(server.pid);
    expect(ports.length).toBeGreaterThan(3);
    expect(ports.filter(({ host }) => !host.startsWith('127.'))).toEqual([]);
    const record = JSON.parse(readFileSync(devServerFile(projectDir), 'utf8'));
    const httpPort = Number(/ --http-port (\d+) /.exec(record.command)?.[1]);
    expect(ports).toContainEqual({ host: '127.0.0.1', port: httpPort });
    const body = JSON.stringify({ workflowType: { name: 'w' }, taskQueue: { name: 'q' } });
    const post = `POST /api/v1/namespaces/default/workflows/w HTTP/1.1\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: ${body.length}\r\n`;
    const tries = [
      `${post}Host: 127.0.0.1:${httpPort}\r\n\r\n${body}`,
      `${post}Host: localhost\r\nOrigin: http://evil.example\r\n\r\n${body}`,
      `${post}Host:\r\n\r\n${body}`,
      `${post}Host: no host\r\n\r\n${body}`,
      `${post}Host: no%20host\r\n\r\n${body}`,
      post.replace('HTTP/1.1', 'HTTP/1.0') + `\r\n${body}`,
      post.replace('POST /', 'POST http://no%20host/') + `Host: x\r\n\r\n${body}`,
      post.replace('POST /', 'POST http://"no host"/') + `Host: x\r\n\r\n${body}`,
    ];
    // On no listener does an HTTP request start anything. The UI's is left out: its own test uses a browser.
    for (const { port } of ports.filter(({ host }) => host === '127.0.0.1')) {
      for (const one of tries) expect(await say(port, one)).not.toMatch(/^HTTP\/1\.\d 2/);
    }
    for (const one of tries) expect(await say(httpPort, one)).toMatch(/^HTTP\/1\.[01] (400|403) /);
    const connection = await Connection.connect({ address: server.address });
    await expect(new Client({ connection }).workflow.getHandle('w').describe()).rejects.toThrow('not found');
    await connection.close();
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
  test('reports within seconds that no server responds', async () => {
    const started = Date.now();
    await expect(connect(settingsOf('', true))).rejects.toThrow('No Temporal server is running for the project');
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
  test('names a namespace that does not exist', async () => {
    const mistake = connect(settingsOf(temporalAddress(), false, 'nowhere'));
    await expect(mistake).rejects.toThrow('has no namespace nowhere');
  });

  test('returns what a worker needs', async () => {
    const cluster = await connect(settingsOf(temporalAddress(), false));
    expect(cluster).toMatchObject({ address: temporalAddress(), namespace: 'default', taskQueue: 'q' });
    expect(cluster.nativeOptions.address).toBe(temporalAddress());
    await cluster.connection.close();
  });
});
