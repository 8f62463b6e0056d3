/** `trailmill schedule …` as people and programs use it, on a real server. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Project, plainLines, type Up, until, valuesOf } from '../../support/cli';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

interface Run {
  id: string;
  state: string;
  from: string;
  to: string;
}
interface Described {
  id: string;
  paused: boolean;
  note: string | null;
  upToDate: boolean;
  next: string[];
  runs: Run[];
}

describeWithTemporal('the command line', () => {
  // The server is shared: ids and task queue must be unique to this test.
  const source = `cli_schedule_${process.pid}`;
  const queue = ['--task-queue', `cli-schedule-${process.pid}`];
  const id = (name: string): string => `trailmill/${source}/${name}`;
  let project: Project;
  const schedule = (...words: string[]) => project.ask('schedule', ...words, ...queue);
  const say = (section: string): void => writeFileSync(project.path('temporal.yaml'), `schedule:\n${section}`);

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trailmill-cli-'));
    project = new Project(directory, { TEMPORAL_ADDRESS: temporalAddress() });
    await project.ask('init');
    const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^name: .*/m, `name: ${source}`));
    await project.ask('sample', '--out', 'bucket', '--days', '1', '--accounts', '1', '--regions', '1');
    await project.start('worker', ...queue, '--json').value<Up>();
  });
  afterAll(async () => {
    await schedule('delete');
    await project.close();
    rmSync(project.directory, { recursive: true, force: true });
  });

  it('shows the next ten times of each schedule, and creates none', async () => {
    say('  every: 15 minutes\n  jitter_seconds: 0\n');
    const dry = await schedule('apply', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    const [recent, deep, ...lines] = plainLines(dry);
    expect([recent, deep]).toEqual([`${id('recent')}: would be created`, `${id('deep')}: would be created`]);
    expect(lines[0]).toBe('recent: every 15 minutes, the day itself and 3 days before it');
    expect(lines.slice(1, 11).every((line) => /^ {2}\d{4}-\d\d-\d\d \d\d:(00|15|30|45) UTC$/.test(line))).toBe(true);
    expect(lines[11]).toBe('deep: every Sunday at 04:00 (UTC), the day itself and 30 days before it');
    expect(lines).toHaveLength(1 + 10 + 1 + 10 + 1);
    expect(plainLines(await schedule('list')).filter((line) => line.includes(source))).toEqual([]);
  });

  it('shows the times even without a server', async () => {
    const dry = await project.ask('schedule', 'apply', '--dry-run', '--address', '127.0.0.1:9');
    expect(dry.code).toBe(0);
    expect(dry.stderr).toMatch(/^The schedules on the server cannot be compared: .*127\.0\.0\.1:9/);
    expect(dry.stdout).toContain('recent: every 15 minutes');
  });

  it('creates schedules once, and applies what has changed', async () => {
    const made = await schedule('create', '--json');
    expect(valuesOf(made)).toMatchObject([
      {
        schedules: [
          { id: id('recent'), done: 'created' },
          { id: id('deep'), done: 'created' },
        ],
        worker: true,
      },
    ]);
    expect(await schedule('create')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `trailmill: The schedule ${id('recent')} already exists.\n  \`trailmill ${queue.join(' ')} schedule apply\` updates it to match the files.\n`,
    });
    const told = async (name: string) => valuesOf<Described[]>(await schedule('describe', name, '--json'))[0][0];
    expect(await told('recent')).toMatchObject({ upToDate: true, paused: false, runs: [] });
    say('  every: hour\n  jitter_seconds: 0\n  deep: false\n');
    expect((await told('recent')).upToDate).toBe(false);
    expect((await schedule('list')).stdout).toContain(
      `${id('recent')} differs from the files: trailmill ${queue.join(' ')} schedule apply`,
    );
    const file = project.path('log_sources', 'aws_cloudtrail', 'log_source.yml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${text}\ndeduplicate: false\nschema: {fields: [{name: team.a, type: string}]}\n`);
    const before = plainLines(await schedule('apply', '--dry-run'));
    expect(before.slice(0, before.indexOf(`${id('deep')}: would be deleted`) + 1)).toEqual([
      `${id('recent')}: would be updated`,
      '  when        every 15 minutes → every hour at minute 0 (UTC)',
      '  deduplicate differs',
      '  columns or transform of table default differs',
      '  columns or transform of table insights differs',
      '  columns or transform of table digest differs',
      `${id('deep')}: would be deleted`,
    ]);
    writeFileSync(file, text);
    expect((await told('recent')).upToDate).toBe(false);
    expect(valuesOf(await schedule('apply', '--json'))).toMatchObject([
      { schedules: [{ done: 'updated' }, { id: id('deep'), done: 'deleted' }] },
    ]);
    expect(await told('recent')).toMatchObject({ upToDate: true });
    expect((await told('recent')).next).toHaveLength(10);
  });

  it('pauses and resumes them, and says why', async () => {
    expect(plainLines(await schedule('pause', '--reason', 'the bucket moves'))).toEqual([`${id('recent')}: paused.`]);
    const [first, second] = plainLines(await schedule('describe', 'recent'));
    expect([first, second]).toEqual([
      `${id('recent')}: paused`,
      `  paused      the bucket moves; resume with \`trailmill ${queue.join(' ')} schedule resume '${id('recent')}'\``,
    ]);
    const [[described]] = valuesOf<Described[]>(await schedule('describe', 'recent', '--json'));
    expect(described).toMatchObject({ paused: true, next: [] });
    expect((await schedule('describe', 'recent')).stdout).not.toMatch(/^ {2}next/m);
    expect(plainLines(await schedule('resume'))).toEqual([`${id('recent')}: resumed.`]);
  });

  it('triggers a run, which all other commands treat as a backfill, and starts the runs of past days', async () => {
    const [{ run }] = valuesOf<{ run: string }>(await schedule('trigger', '--json'));
    expect(run).toMatch(new RegExp(`^scheduled/${source}/recent-\\d{4}-`));
    const status = await project.ask('backfill', 'status', run, '--watch', ...queue);
    expect(status).toMatchObject({ code: 0 });
    expect(status.stdout).toContain(`${run}: completed`);
    expect((await project.ask('backfill', 'list', '--source', source, ...queue)).stdout).toContain(run);
    say('  every: 720 minutes\n  jitter_seconds: 0\n  deep: false\n');
    await schedule('apply');
    const range = ['--from', '2024-03-01', '--to', '2024-03-01'];
    const asked = await schedule('backfill', ...range);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain(`${id('recent')}: 2 runs from 2024-03-01 to 2024-03-01\n`);
    expect(asked.stderr).toContain('This would start 2 runs, one after another.\n  Confirm with --yes.');
    const past = valuesOf(await schedule('backfill', ...range, '--yes', '--json'));
    expect(past).toMatchObject([{ id: id('recent'), from: '2024-03-01', to: '2024-03-01', runs: 2 }]);
    const runs = async () => valuesOf<Described[]>(await schedule('describe', 'recent', '--json'))[0][0].runs;
    let ended: Run[] = [];
    await until(
      async () => {
        ended = (await runs()).filter(({ state }) => state === 'completed');
        return ended.length >= 3;
      },
      () => `only ${ended.length} runs have ended`,
      60_000,
    );
    expect(ended.map(({ to }) => to).filter((to) => to === '2024-03-01')).toHaveLength(2);
  });

  it('refuses what it cannot do, and says what to do instead', async () => {
    expect((await schedule('pause', 'recnt')).stderr).toBe(
      `trailmill: "recnt" is not the name of a schedule.\n  Did you mean recent? Use recent, deep, or an id such as ${id('recent')}.\n`,
    );
    expect((await schedule('trigger', 'deep')).stderr).toContain(`There is no schedule ${id('deep')}.`);
    const years = await schedule('backfill', '--from', '2020-01-01', '--to', '2023-12-31');
    expect(years.code).toBe(2);
    expect(years.stderr).toContain(
      `Use fewer days, or ingest them at once: trailmill ${queue.join(' ')} backfill start --from 2020-01-01`,
    );
  });
});
