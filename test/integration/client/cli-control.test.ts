/** Pausing, resuming and changing the window by the command line: what is printed, and what the others see of it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackfillView } from '../../../client/backfill/view';
import type { Up } from '../../support/cli';
import { allowWarehouses, holdBack, Project, plainLines, valuesOf } from '../../support/cli';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

/** Milliseconds: what "within seconds" means on a busy machine. */
const SECONDS = 15_000;

describeWithTemporal('the command line', () => {
  // The server is everybody's: ids and queue must be of this test only.
  const source = `cli_control_${process.pid}`;
  const queue = ['--task-queue', `cli-control-${process.pid}`];
  let project: Project;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trailmill-cli-'));
    project = new Project(directory, { TEMPORAL_ADDRESS: temporalAddress() });
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

  it('a range that runs is paused, given another window and resumed, and a start that meets it says how it is', async () => {
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
      project.ask('backfill', 'window', held, '--days', '3', '--batches', '9'),
    ]);
    const resume = `trailmill backfill resume '${held}'`;
    expect(plainLines(status).slice(0, 2)).toEqual([
      `${held}: paused`,
      `  paused      the disk is full; resume with \`${resume}\``,
    ]);
    expect(plainLines(again).slice(0, 2)).toEqual([
      `${held} is already running, and paused: attached to it.`,
      `  resume      ${resume}`,
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
});
