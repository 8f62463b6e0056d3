/** The CLI in separate processes, against real servers: what is typed, what is printed, and the exit code. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackfillView, ListedBackfill } from '../../../client/backfill/view';
import { isAlive } from '../../../install/processes';
import type { SampleManifest } from '../../../sample/index';
import { devServerFile } from '../../../server/dev-server-file';
import type { Ended, Running, Started, Up } from '../../support/cli';
import {
  allowWarehouses,
  holdBack,
  NOTHING,
  Project,
  plainLines,
  promised,
  valuesOf,
  viewOf,
  withoutWaiting,
} from '../../support/cli';
import { describeWithTemporal, temporalAddress, temporalBinary } from '../../support/temporal';

/** Milliseconds: what "within seconds" means on a busy machine. */
const SECONDS = 15_000;

describeWithTemporal('the command line', () => {
  let directory: string;
  /** The project of most tests, as `init` and `sample` create it. */
  let project: Project;
  let sample: SampleManifest;
  const projects: Project[] = [];

  function newProject(name: string, env: NodeJS.ProcessEnv = {}): Project {
    const made = new Project(join(directory, name), { TRAILMILL_TEMPORAL_BINARY: temporalBinary(), ...env });
    projects.push(made);
    return made;
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-cli-'));
    project = newProject('project');
    expect(await project.run('init', '--json')).toMatchObject({ code: 0, stderr: '' });
    // Two tests have a warehouse of their own.
    allowWarehouses(project, './held', './torn');
    // The bucket is where the files from `init` say it is.
    const size = ['--days', '2', '--accounts', '2', '--regions', '1', '--events-per-hour', '6'];
    expect(await project.run('sample', '--out', './bucket', ...size)).toMatchObject({ code: 0, stderr: '' });
    sample = JSON.parse(readFileSync(project.path('bucket', 'sample.json'), 'utf8'));
  });
  afterAll(async () => {
    await Promise.all(projects.map((made) => made.close()));
    rmSync(directory, { recursive: true, force: true });
  });

  describe('with dev running', () => {
    let dev: Running;
    let up: Up;
    let range: string[];
    let id: string;
    let whole: Promise<Ended> | undefined;

    async function startDev(): Promise<void> {
      dev = project.start('dev', '--json');
      up = await dev.value<Up>();
    }

    /** The whole sample, ingested once, by whichever test comes first. */
    function ingestAll(): Promise<Ended> {
      whole ??= project.run('backfill', 'start', ...range, '--watch', '--json');
      return whole;
    }

    beforeAll(async () => {
      const { from, to } = sample.delivery;
      range = ['--from', from, '--to', to];
      id = `backfill/aws_cloudtrail/${from}..${to}`;
      await startDev();
    });
    afterEach(() => project.endAllBut(dev));

    it('dev starts a server, its UI and a worker, and says where they are', async () => {
      const { address, uiUrl, serverPid } = up;
      expect(up).toMatchObject({ namespace: 'default', taskQueue: 'trailmill' });
      expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(isAlive(serverPid as number)).toBe(true);
      expect(JSON.parse(readFileSync(devServerFile(project.directory), 'utf8'))).toMatchObject({
        pid: serverPid,
        ownerPid: dev.pid,
        address,
      });
      expect((await fetch(`${uiUrl}/namespaces/default/workflows`)).status).toBe(200);
      // What the UI's pages request: it is available as soon as the address is printed.
      expect((await fetch(`${uiUrl}/api/v1/namespaces/default`)).status).toBe(200);
    });

    it('a watched backfill ingests everything that the sample promises, and status and list say the same', async () => {
      const ended = await ingestAll();
      expect(withoutWaiting(ended)).toMatchObject({ code: 0, stderr: '' });
      const [started] = valuesOf<Started>(ended);
      expect(started).toMatchObject({ id, attached: false, worker: true, ...sample.delivery });
      const { total, tables } = sample;
      const events = tables.default + tables.insights + tables.digest;
      expect(promised(sample)).toMatchObject({ files: total.objects, bytes: total.bytes, events });
      const done = {
        id,
        runId: started.runId,
        state: 'completed',
        ...sample.delivery,
        days: { total: 3, done: 3, failed: 0, running: [], waiting: [] },
        totals: promised(sample),
        failures: [],
        error: null,
        ui: `${up.uiUrl}/namespaces/default/workflows/${encodeURIComponent(id)}`,
      };
      expect(viewOf(ended)).toMatchObject(done);

      const [json, said, list] = await Promise.all([
        project.run('backfill', 'status', id, '--json'),
        project.ask('backfill', 'status', id),
        project.ask('backfill', 'list', '--json'),
      ]);
      for (const { code, stderr } of [json, said, list]) expect([code, stderr]).toEqual([0, '']);
      expect(valuesOf<BackfillView>(json)).toEqual([expect.objectContaining(done)]);
      const lines = plainLines(said);
      expect(lines[0]).toBe(`${id}: completed`);
      const rows = { days: '3 of 3 done', files: total.objects, events };
      for (const [name, value] of Object.entries(rows)) {
        expect(lines).toContain(`  ${name.padEnd(12)}${value.toLocaleString('en-US')}`);
      }
      const { runId, state, ui } = done;
      expect(valuesOf<{ backfills: ListedBackfill[] }>(list)[0].backfills).toContainEqual(
        expect.objectContaining({ id, runId, state, ui, ...sample.delivery }),
      );
    });

    it('starting the same range again writes nothing', async () => {
      await ingestAll();
      const again = await project.ask('backfill', 'start', ...range, '--watch', '--json');
      expect(again.code).toBe(0);
      expect(viewOf(again)).toMatchObject({ state: 'completed', totals: NOTHING });
    });

    it('a running range can be attached to, continues without its watchers, and is cancelled within seconds', async () => {
      // Not a day of the sample: no other test ever waits for it. It has a file, or it would be refused.
      const day = '2020-01-01';
      const [account] = readdirSync(project.path('bucket', 'AWSLogs'));
      const delivered = project.path('bucket', 'AWSLogs', account, 'CloudTrail', 'us-east-1', '2020');
      mkdirSync(join(delivered, '01', '01'), { recursive: true });
      writeFileSync(
        join(delivered, '01', '01', `${account}_CloudTrail_us-east-1_20200101T0005Z_early.json`),
        '{"Records":[]}',
      );
      const held = `backfill/aws_cloudtrail/${day}..${day}`;
      holdBack(project.path('held'));
      const start = ['backfill', 'start', '--from', day, '--to', day, '--warehouse', './held'];
      const watches = [project.start(...start, '--watch')];
      await watches[0].line((line) => line.startsWith('0/1 day,'));
      watches.push(project.start(...start, '--watch', '--json'));
      const attached = await watches[1].value<Started>();
      expect(attached).toMatchObject({ id: held, attached: true });

      // The worker is running it, not only the server.
      await watches[1].value<BackfillView>(({ days }) => days?.running[0] === day);

      const left = await watches[0].interrupt();
      expect(left.code).toBe(0);
      expect(plainLines(left)).toContain('The backfill continues without this terminal.');
      const running = await project.ask('backfill', 'status', held, '--json');
      expect(running.code).toBe(0);
      expect(viewOf(running)).toMatchObject({ runId: attached.runId, state: 'running' });

      const asked = Date.now();
      const cancelled = await project.run('backfill', 'cancel', held, '--watch', '--json');
      expect(Date.now() - asked).toBeLessThan(SECONDS);
      expect(withoutWaiting(cancelled)).toMatchObject({ code: 0, stderr: '' });
      expect(valuesOf(cancelled)[0]).toMatchObject({ id: held, cancelling: true });
      expect(viewOf(cancelled).state).toBe('cancelled');
      // A watcher that did not ask for the cancellation learns that the work was not completed.
      expect((await watches[1].ended).code).toBe(1);
      const status = await project.ask('backfill', 'status', held);
      expect([status.code, plainLines(status)[0]]).toEqual([1, `${held}: cancelled`]);
      rmSync(delivered, { recursive: true });
    });

    it('failed work exits with 1 and names the day and the reason; the other days are ingested', async () => {
      const warehouse = project.path('torn');
      const middle = Object.keys(sample.eventDays)[1];
      const one = ['--from', middle, '--to', middle, '--warehouse', warehouse];
      expect((await project.ask('backfill', 'start', ...one, '--watch')).code).toBe(0);
      // Someone deletes a file of the ledger: it is no longer known what the tables contain for that day.
      const day = join(warehouse, 'trailmill', 'aws_cloudtrail_files', 'data', `ts_day=${middle}`);
      const [file] = readdirSync(day);
      rmSync(join(day, file));

      const failed = await project.run('backfill', 'start', ...range, '--warehouse', warehouse, '--watch');
      expect(failed.code).toBe(1);
      const lines = plainLines(failed);
      expect(lines).toContain(`${id}: failed`);
      expect(lines).toContainEqual(expect.stringMatching(`^  failed +${middle} .*${file}`));
      const status = await project.ask('backfill', 'status', id, '--json');
      expect(status.code).toBe(1);
      expect(viewOf(status)).toMatchObject({
        state: 'failed',
        days: { total: 3, done: 2, failed: 1 },
        totals: promised(sample, (other) => other !== middle),
        failures: [
          { day: middle, error: expect.stringMatching(`${file}, a ledger file of aws_cloudtrail_files, is gone`) },
        ],
        error: null,
      });

      // Another day is ingested, and the run reports at its end what is damaged.
      const [first] = Object.keys(sample.eventDays);
      const other = await project.ask(
        'backfill',
        'start',
        '--from',
        first,
        '--to',
        first,
        '--warehouse',
        warehouse,
        '--watch',
      );
      expect(other.code).toBe(1);
      expect(plainLines(other)).toContainEqual(expect.stringMatching(/^ {2}days +1 of 1 done$/));
      expect(plainLines(other)).toContainEqual(expect.stringMatching(`^  damaged +.*${file}.* is gone\\. Restore `));
    });

    it('a pipe gets plain lines; with --json, one JSON value per line and nothing else', async () => {
      const values = valuesOf<object>(await ingestAll());
      expect(values.length).toBeGreaterThan(1);
      for (const value of values) expect(value).toMatchObject({ id });
      const lines = plainLines(await project.ask('backfill', 'start', ...range, '--watch'));
      expect(lines[0]).toBe(`Started ${id} (3 days).`);
      expect(lines).toContain(`${id}: completed`);
    });

    it('Ctrl-C on dev leaves no process and no trace of the server, and the next dev knows the earlier work', async () => {
      const [started] = valuesOf<Started>(await ingestAll());
      if (process.platform === 'linux') {
        expect(project.processes()).toEqual(expect.arrayContaining([dev.pid, up.serverPid]));
      }
      const ended = await dev.interrupt();
      expect(ended.code).toBe(0);
      expect(isAlive(up.serverPid as number)).toBe(false);
      await project.untilAlone();
      expect(existsSync(devServerFile(project.directory))).toBe(false);
      const nobody = await project.ask('backfill', 'list');
      expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('No Temporal server is running')]);

      await startDev();
      const list = await project.ask('backfill', 'list', '--json');
      const [{ backfills }] = valuesOf<{ backfills: ListedBackfill[] }>(list);
      expect(backfills).toContainEqual(expect.objectContaining({ id, runId: started.runId, state: 'completed' }));
    });
  });

  describe('with a cluster in TEMPORAL_ADDRESS', () => {
    let elsewhere: Project;
    let queue: string[];
    let range: string[];

    beforeAll(async () => {
      elsewhere = newProject('on-a-cluster', { TEMPORAL_ADDRESS: temporalAddress() });
      await elsewhere.ask('init');
      // The server is shared: ids and task queue must be unique to this test.
      const file = elsewhere.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^name: .*/m, `name: cli_${process.pid}`));
      queue = ['--task-queue', `cli-${process.pid}`];
      const { from } = sample.delivery;
      range = ['--from', from, '--to', from, '--location', project.path('bucket')];
    });

    it('dev starts a worker but no server, and says so', async () => {
      const early = await elsewhere.ask('backfill', 'start', ...range, ...queue, '--json');
      expect(early.code).toBe(0);
      expect(early.stderr).toContain(`No worker polls the task queue ${queue[1]}`);
      expect(early.stderr).toContain(`\`trailmill ${queue.join(' ')} worker\``);
      const [{ id, worker }] = valuesOf<Started>(early);
      expect(worker).toBe(false);
      const nobody = await elsewhere.ask('backfill', 'pause', id, ...queue);
      expect([nobody.code, plainLines(nobody)]).toEqual([
        2,
        [
          `trailmill: No worker polls the task queue ${queue[1]}, so the backfill cannot be reached.`,
          expect.stringContaining(`Start one with \`trailmill ${queue.join(' ')} worker\``),
        ],
      ]);

      const dev = elsewhere.start('dev', ...queue, '--json');
      const up = await dev.value<Up>();
      expect(up).toMatchObject({ address: temporalAddress(), taskQueue: queue[1] });
      expect(up.serverPid).toBeUndefined();
      expect(existsSync(devServerFile(elsewhere.directory))).toBe(false);
      if (process.platform === 'linux') expect(elsewhere.processes()).toEqual([dev.pid]);
      const watched = await elsewhere.run('backfill', 'status', id, '--watch', '--json');
      expect(watched.code).toBe(0);
      expect(viewOf(watched).totals).toEqual(promised(sample, (day) => day === sample.delivery.from));
      const { code, stderr } = await dev.interrupt();
      expect(code).toBe(0);
      expect(stderr).toContain(
        `A cluster is configured (${temporalAddress()}): no server is started here, only a worker.`,
      );
    });

    it('worker runs there until Ctrl-C', async () => {
      const worker = elsewhere.start('worker', ...queue, '--json');
      expect(await worker.value<Up>()).toMatchObject({ address: temporalAddress(), taskQueue: queue[1] });
      const done = await elsewhere.ask('backfill', 'start', ...range, ...queue, '--watch', '--json');
      expect([done.code, viewOf(done).state]).toEqual([0, 'completed']);
      expect((await worker.interrupt()).code).toBe(0);
      await elsewhere.untilAlone();
    });
  });

  it('without a server, a command says so in one clear line, names the fix, and exits with 2', async () => {
    const nobodys = newProject('without-a-server');
    const [told, json] = await Promise.all([
      nobodys.ask('backfill', 'list'),
      nobodys.ask('backfill', 'list', '--json'),
    ]);
    const message = `No Temporal server is running for the project ${nobodys.directory}.`;
    expect(told).toMatchObject({ code: 2, stdout: '' });
    const lines = plainLines(told);
    expect(lines).toEqual([`trailmill: ${message}`, expect.stringContaining('Start one with `trailmill dev`')]);
    expect(json).toMatchObject({ code: 2, stderr: '' });
    expect(valuesOf(json)).toEqual([{ error: { message, cure: lines[1].trim() } }]);
  });
});
