/** Pausing, resuming and changing the window on the command line: what is printed, and what other commands show. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackfillView } from '../../../client/backfill/view';
import type { Up } from '../../support/cli';
import { allowWarehouses, holdBack, Project, plainLines, until, valuesOf } from '../../support/cli';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

/** Milliseconds: what "within seconds" means on a busy machine. */
const SECONDS = 15_000;

describeWithTemporal('the command line', () => {
  // The server is shared: ids and task queue must be unique to this test.
  const source = `cli_control_${process.pid}`;
  const queue = ['--task-queue', `cli-control-${process.pid}`];
  let project: Project;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trailmill-cli-'));
    project = new Project(directory, { TEMPORAL_ADDRESS: temporalAddress(), BROWSER: join(directory, 'browser') });
    await project.ask('init');
    allowWarehouses(project, './held');
    const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^name: .*/m, `name: ${source}`));
    const trail = project.path('bucket', 'AWSLogs', '123456789012', 'CloudTrail');
    mkdirSync(trail, { recursive: true });
    writeFileSync(join(trail, 'x.json.gz'), '');
    await project.start('worker', ...queue, '--json').value<Up>();
  });
  afterAll(async () => {
    await project.close();
    rmSync(project.directory, { recursive: true, force: true });
  });

  it('a running range is paused, given another window and resumed, and starting it again reports its state', async () => {
    const day = '2020-01-02';
    const held = `backfill/${source}/${day}..${day}`;
    holdBack(project.path('held'), source);
    const start = ['backfill', 'start', '--from', day, '--to', day, '--warehouse', './held', ...queue];
    const watch = project.start(...start, '--watch', '--json');
    await watch.value<BackfillView>(({ days }) => days?.running[0] === day);

    const asked = Date.now();
    const paused = await project.ask('backfill', 'pause', held, '--reason', 'the disk is full', '--json');
    expect(paused).toMatchObject({ code: 0, stderr: '' });
    const state = { id: held, paused: true, pausedReason: 'the disk is full', daysInFlight: 2, batchesInFlight: 4 };
    expect(valuesOf(paused)).toEqual([{ ...state, ui: null }]);
    const seen = await watch.value<BackfillView>((view) => view.paused);
    expect(Date.now() - asked).toBeLessThan(SECONDS);
    expect(seen).toMatchObject({ state: 'running', pausedReason: 'the disk is full' });

    const [status, again, list, window] = await Promise.all([
      project.ask('backfill', 'status', held),
      project.ask(...start),
      project.ask('backfill', 'list'),
      project.ask('backfill', 'window', 'latest', '--days', '3', '--batches', '9'),
    ]);
    const resume = `trailmill backfill resume '${held}'`;
    expect(plainLines(status).slice(0, 2)).toEqual([
      `${held}: paused`,
      `  paused      the disk is full; resume with \`${resume}\``,
    ]);
    expect(plainLines(again).slice(0, 2)).toEqual([
      `${held} is already running, and paused: attached to it.`,
      `  resume      ${resume.replace('trailmill', `trailmill ${queue.join(' ')}`)}`,
    ]);
    expect(plainLines(list)).toContainEqual(expect.stringMatching(`${held} +paused `));
    expect(plainLines(window)[0]).toBe(
      `${held}: paused (the disk is full), up to 3 days, 9 batches of each once it is resumed. Batches in progress finish.`,
    );
    const [resumed, other, unknown] = await Promise.all([
      project.ask('backfill', 'resume', held),
      project.ask(...start, '--retry-quarantined'),
      project.ask('backfill', 'pause', 'backfill/none'),
    ]);
    expect(plainLines(resumed)).toEqual([`${held}: running, up to 3 days, 9 batches of each.`]);
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringMatching(/is already running without --retry-quarantined: .*\n.*or cancel it first/),
    ]);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(/no backfill with the id.*\n.*backfill list/),
    ]);

    expect((await project.ask('backfill', 'cancel', held, '--watch')).code).toBe(0);
    await watch.ended;
    const late = await project.ask('backfill', 'resume', held);
    expect([late.code, plainLines(late)]).toEqual([
      2,
      [`trailmill: ${held} is no longer running (cancelled).`, expect.stringContaining('backfill status')],
    ]);
  });

  it('without a worker, a cancellation says what will happen, and terminate ends the run at once', async () => {
    const day = '2020-01-03';
    const idle = ['--task-queue', `cli-control-idle-${process.pid}`];
    const id = `backfill/${source}/${day}..${day}`;
    const started = await project.ask('backfill', 'start', '--from', day, '--to', day, ...idle);
    expect(started.code).toBe(0);
    const cancelled = await project.ask('backfill', 'cancel', 'latest', '--watch');
    expect(cancelled.code).toBe(0);
    expect(plainLines(cancelled)[0]).toBe(
      `Asked ${id} to stop. No worker polls the task queue ${idle[1]}: it stops as soon as one does (\`trailmill worker\`). To end it without a worker: trailmill backfill terminate '${id}'`,
    );
    const ended = await project.ask('backfill', 'terminate', 'latest', '--reason', 'a test');
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringMatching(`^${id}: terminated\\.`)]);
    const [view] = valuesOf<BackfillView>(await project.ask('backfill', 'status', 'latest', '--json'));
    expect(view).toMatchObject({ id, state: 'terminated' });
    expect((await project.ask('backfill', 'terminate', id)).code).toBe(2);
  });

  it('resolves `latest`, and shows the page of a run', async () => {
    const none = await project.ask('open', 'latest', '--no-browser', '--json');
    expect([none.code, none.stdout]).toEqual([2, expect.stringContaining('temporal.ui_url')]);
    writeFileSync(project.path('temporal.yaml'), 'temporal: {ui_url: "http://127.0.0.1:8080"}\n');
    const page = `http://127.0.0.1:8080/namespaces/default/workflows/${encodeURIComponent(`backfill/${source}/2020-01-03..2020-01-03`)}`;
    expect((await project.ask('open', 'latest', '--no-browser')).stdout).toBe(`${page}\n`);
    // A browser that records what it is asked to open.
    const [browser, visited] = [project.path('browser'), project.path('visited')];
    writeFileSync(browser, `#!/bin/sh\necho "$1" > '${visited}.part' && mv '${visited}.part' '${visited}'\n`, {
      mode: 0o755,
    });
    expect((await project.ask('open', 'schedules')).code).toBe(0);
    await until(
      () => existsSync(visited),
      () => 'no page was opened',
    );
    expect(readFileSync(visited, 'utf8')).toBe('http://127.0.0.1:8080/namespaces/default/schedules\n');
  });

  it('fails on rejects and quarantined files if asked to', async () => {
    const day = '2020-01-04';
    const trail = project.path('bucket', 'AWSLogs', '123456789012', 'CloudTrail', 'eu-west-1', ...day.split('-'));
    mkdirSync(trail, { recursive: true });
    const name = '123456789012_CloudTrail_eu-west-1_20200104T0005Z_abcdefghijklmnop.json.gz';
    writeFileSync(join(trail, name), 'no gzip');
    const start = ['backfill', 'start', '--from', day, '--to', day, ...queue];
    expect((await project.ask(...start, '--watch')).code).toBe(0);
    const status = ['backfill', 'status', 'latest'];
    expect((await project.ask(...status, '--fail-on', 'rejects')).code).toBe(0);
    expect((await project.ask(...status, '--fail-on', 'rejects,quarantined')).code).toBe(1);
    expect((await project.ask(...status, '--watch', '--fail-on', 'quarantined')).code).toBe(1);
    const alone = await project.ask(...start, '--fail-on', 'rejects');
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('--fail-on needs --watch')]);
  });
});
