/** Progress tells the truth: no percentage of a total that is not known, no bar that shrinks, no estimate that jumps. */
import fc from 'fast-check';
import { LinesView } from '../../../client/backfill/progress';
import { readBackfill } from '../../../client/backfill/read-backfill';
import { renderStatus } from '../../../client/backfill/render';
import {
  type Bar,
  barLine,
  notShorter,
  renderBars,
  renderFooter,
  renderLine,
  waitTexts,
} from '../../../client/backfill/render-progress';
import type { BackfillView } from '../../../client/backfill/view';
import { follow } from '../../../client/backfill/watch';
import { Output } from '../../../client/terminal/output';
import { NO_TOTALS } from '../../../protocol/messages';
import { backfillDetails, dayDetails } from '../../../workflows/ui/details';
import { RateMeter, timeLeftText } from '../../../workflows/ui/rate';

const START = Date.parse('2024-06-15T12:00:00Z');
const RATE = { filesPerSecond: 1, eventsPerSecond: 1000, bytesPerSecond: 2_500_000, secondsLeft: 125 };
const ID = 'backfill/aws_cloudtrail/2023-07-01..2023-07-10';

function view(more: Partial<BackfillView> = {}): BackfillView {
  return {
    id: ID,
    runId: 'r',
    state: 'running',
    from: '2023-07-01',
    to: '2023-07-10',
    startedAt: new Date(START).toISOString(),
    closedAt: null,
    paused: false,
    pausedReason: null,
    days: { total: 10, done: 2, failed: 0, running: ['2023-07-03', '2023-07-04'], waiting: [] },
    window: { daysInFlight: 2, batchesInFlight: 4 },
    planned: { files: 900, bytes: 90_000_000, days: 3 },
    share: 0.241,
    discovered: true,
    totals: { ...NO_TOTALS, files: 700, bytes: 70_000_000, events: 5_000 },
    failures: [],
    unknown: null,
    damaged: [],
    unread: null,
    ignored: [],
    error: null,
    retries: [],
    worker: null,
    taskQueue: 'trailmill',
    ui: null,
    ...more,
  };
}

describe('totals', () => {
  it('are an estimate until all days are planned', () => {
    expect(renderLine(view(), RATE)).toMatch(/^2\/10 days, 24\.1 %, 700 of about 3,000 files, 70\.0 MB, /);
    const [days, files, bytes] = renderBars(view());
    expect(days.text).toBe('2/10  24.1 %  2023-07-03 2023-07-04');
    expect([files.total, bytes.total]).toEqual([0, 0]);
    expect(files.text).toBe('700 of about 3,000 (estimated from 3 of 10 days)');
    expect(bytes.text).not.toContain('%');
    const status = renderStatus(view(), START);
    expect(status).toContain('  files       700 of about 3,000\n');
    expect(status).toContain('The totals are estimated from 3 of 10 days.');
    expect(status).toContain('2 of 10 done (24.1 % of the whole)');
  });

  it('are not estimated from nothing', () => {
    const none = view({ planned: { files: 0, bytes: 0, days: 3 }, totals: NO_TOTALS });
    expect(renderBars(none)[1].text).toBe('0');
    expect(renderStatus(none, START)).not.toContain('estimated');
  });

  it('are exact afterwards', () => {
    const all = view({ planned: { files: 1_000, bytes: 100_000_000, days: 10 } });
    expect(renderLine(all, RATE)).toContain(', 700/1,000 files,');
    expect(renderBars(all).map(({ value, total }) => value / total)).toEqual([expect.closeTo(0.241), 0.7, 0.7]);
    expect(renderBars(all)[2].text).toBe('70.0 MB/100 MB  70.0 %');
    expect(renderStatus(all, START)).toContain('  files       700 of 1,000\n');
  });

  it('have a bar in the UI only when they are exact', () => {
    const context = { id: ID, filter: {}, discovered: true, cancelled: false };
    const status = (days: number) => ({
      ...(view() as Required<Pick<BackfillView, 'days' | 'totals'>>),
      days: view().days ?? { total: 0, done: 0, failed: 0, running: [], waiting: [] },
      totals: view().totals ?? NO_TOTALS,
      from: '2023-07-01',
      to: '2023-07-10',
      startedAt: START,
      control: { paused: false, daysInFlight: 2, batchesInFlight: 4 },
      planned: { files: 1_000, bytes: 1, days },
      failures: [],
      unknown: undefined,
      unread: undefined,
    });
    expect(backfillDetails(status(5), context)).toContain('\nFiles: 700 of about 2,000, estimated from 5 of 10 days\n');
    expect(backfillDetails(status(10), context)).toMatch(/\nFiles: 700 of 1,000 █{14}░{6} 70 %\n/);
  });
});

describe('bars', () => {
  /** A backfill: its days of some size are planned and ingested one after the other; some are planned again with more files. */
  const run = fc.array(fc.record({ files: fc.nat(50), steps: fc.integer({ min: 1, max: 4 }), more: fc.nat(20) }), {
    minLength: 1,
    maxLength: 8,
  });

  it('never become shorter, and are full at the end', () => {
    fc.assert(
      fc.property(run, (days) => {
        let shown: Bar[] = [];
        let done = 0;
        let planned = 0;
        const show = (ended: number, share: number, plannedDays: number): void => {
          const running = ended < days.length ? ['2023-07-01'] : [];
          const bars = renderBars(
            view({
              days: { total: days.length, done: ended, failed: 0, running, waiting: [] },
              totals: { ...NO_TOTALS, files: done, bytes: done * 1000 },
              planned: { files: planned, bytes: planned * 1000, days: plannedDays },
              share,
            }),
          );
          const next = notShorter(bars, shown);
          next.forEach((bar, n) => {
            if (bar.total > 0 && shown[n]?.total > 0)
              expect(bar.value / bar.total).toBeGreaterThanOrEqual(shown[n].value / shown[n].total - 1e-9);
            expect(bar.value).toBeLessThanOrEqual(bar.total);
          });
          shown = next;
        };
        days.forEach(({ files, steps, more }, n) => {
          planned += files;
          for (let step = 1; step <= steps; step++) {
            done += step === steps ? files - Math.floor(files / steps) * (steps - 1) : Math.floor(files / steps);
            show(n, (n + step / steps) / days.length, n + 1);
          }
          // The day is planned again, and has more files.
          planned += more;
          show(n, (n + 1) / days.length, n + 1);
          done += more;
        });
        show(days.length, 1, days.length);
        for (const bar of shown) expect(bar.value).toBe(bar.total);
      }),
    );
  });

  it('fit into 80 columns, whatever is in progress', () => {
    const running = Array.from({ length: 40 }, (_, n) => `2023-07-${String(n + 1).padStart(2, '0')}`);
    const wide = view({
      days: { total: 12_345, done: 2_345, failed: 1_234, running, waiting: running },
      planned: { files: 123_456_789, bytes: 9e14, days: 3_600 },
      totals: { ...NO_TOTALS, files: 120_456_789, bytes: 8e14 },
    });
    for (const bar of renderBars(wide)) expect(barLine(bar, 80).length).toBeLessThanOrEqual(80);
    for (const bar of renderBars(view())) expect(barLine(bar, 80)).not.toContain('…');
  });

  it('have no bar without a total', () => {
    expect(renderBars(view()).map((bar) => barLine(bar, 80))).toEqual([
      `  days   ${'█'.repeat(4)}${'░'.repeat(16)}  2/10  24.1 %  2023-07-03 2023-07-04`,
      '  files  700 of about 3,000 (estimated from 3 of 10 days)',
      '  bytes  70.0 MB of about 300 MB',
    ]);
  });
});

describe('the remaining time', () => {
  it('is not told before it means something', () => {
    const meter = new RateMeter();
    const at = (seconds: number) => meter.measure({ ...view(), startedAt: START }, START + seconds * 1000).secondsLeft;
    expect([at(1), at(5), at(9)]).toEqual([null, null, null]);
    expect(at(12)).not.toBeNull();
  });

  it('does not jump when a group is committed or another day is planned', () => {
    const days = fc.array(fc.integer({ min: 5, max: 15 }), { minLength: 20, maxLength: 30 });
    fc.assert(
      fc.property(days, fc.integer({ min: 5, max: 30 }), (sizes, every) => {
        // 1 MB per second, committed every some seconds; a day has 5 to 15 groups.
        const meter = new RateMeter();
        const group = every * 1_000_000;
        const total = sizes.reduce((sum, size) => sum + size, 0) * group;
        let before: number | undefined;
        for (let second = 1; second * 1_000_000 <= total; second++) {
          const committed = Math.floor(second / every) * group;
          let ended = 0;
          let planned = 0;
          while (ended < sizes.length && planned + sizes[ended] * group <= committed) planned += sizes[ended++] * group;
          if (ended < sizes.length) planned += sizes[ended] * group;
          const left = meter.measure(
            {
              startedAt: START,
              days: { total: sizes.length, done: ended, failed: 0, running: ended < sizes.length ? ['x'] : [] },
              planned: { files: 1, bytes: planned, days: Math.min(sizes.length, ended + 1) },
              totals: { ...NO_TOTALS, bytes: committed },
            },
            START + second * 1000,
          ).secondsLeft;
          if (left === null) continue;
          // In one second, at most 4 % of what is left, and 5 s.
          if (before !== undefined && second > 120) expect(Math.abs(left - before)).toBeLessThan(5 + before * 0.04);
          before = left;
        }
      }),
      { numRuns: 20 },
    );
  });

  it('does not count a pause', () => {
    const meter = new RateMeter();
    const all = {
      days: { total: 1, done: 0, failed: 0, running: ['x'] },
      planned: { files: 1, bytes: 1_000, days: 1 },
    };
    const measure = (bytes: number, second: number, paused = false) =>
      meter.measure({ startedAt: START, paused, ...all, totals: { ...NO_TOTALS, bytes } }, START + second * 1000);
    measure(0, 0);
    measure(500, 50);
    expect(measure(500, 60, true).secondsLeft).toBeNull();
    expect(measure(500, 3_600, true).secondsLeft).toBeNull();
    measure(600, 3_610);
    expect(measure(700, 3_620).secondsLeft).toBeCloseTo(30);
  });

  it('is rounded to what it is worth', () => {
    expect([3, 121, 1_234, 20_000].map(timeLeftText)).toEqual([
      'about 5 s left',
      'about 2 min 5 s left',
      'about 21 min left',
      'about 5 h 40 min left',
    ]);
  });
});

describe('a wait is explained', () => {
  it('while the bucket is listed, days are planned, or another run works on them', () => {
    const days = { total: 10, done: 0, failed: 0, running: [] as string[], waiting: [] as string[] };
    const planned = { files: 0, bytes: 0, days: 0 };
    const start = { totals: NO_TOTALS, planned, share: 0 };
    const listing = view({ ...start, days, discovered: false });
    expect(renderLine(listing, RATE)).toBe('0/10 days, 0 %, listing the accounts, kinds and regions of the bucket');
    expect(renderFooter(listing, RATE)).toBe('listing the accounts, kinds and regions of the bucket');
    const planning = view({ ...start, days: { ...days, running: ['2023-07-01', '2023-07-02', '2023-07-03'] } });
    expect(renderFooter(planning, RATE)).toBe('planning 3 days: listing their files');
    expect(renderStatus(planning, START)).toContain('  now         planning 3 days: listing their files');
    const waiting = view({ ...start, days: { ...days, waiting: ['2023-07-01'] } });
    expect(renderLine(waiting, RATE)).toContain('waiting for another run that is working on 2023-07-01');
  });

  it('while it is paused, with the reason and the command that resumes it', () => {
    const paused = view({ paused: true, pausedReason: 'the disk is full' });
    expect(waitTexts(paused, START)).toEqual([
      `paused: the disk is full. Resume it with \`trailmill backfill resume '${ID}'\``,
    ]);
    expect(waitTexts(view({ paused: true }), START)[0]).toMatch(/^paused\. Resume it with/);
    expect(waitTexts(view(), START)).toEqual([]);
  });

  it('while storage is retried: what, why, and when next', () => {
    const error = 's3://bucket answers 503 Slow Down';
    const retry = {
      day: '2023-07-03',
      activity: 'planDay' as const,
      count: 1,
      attempt: 4,
      error,
      nextAttemptAt: new Date(START + 12_000).toISOString(),
      ui: null,
    };
    expect(waitTexts(view({ retries: [retry] }), START)).toEqual([
      `2023-07-03: planning is being retried (attempt 4): ${error}. Next attempt in 12 s.`,
    ]);
  });
});

describe('watching', () => {
  const written: string[] = [];
  const sink = { write: (text: string) => written.push(text) };
  const clock = { offset: 0 };
  const io = { now: () => Date.now() + clock.offset };
  const output = new Output(
    {
      ...io,
      stdout: sink,
      stderr: sink,
      cwd: '',
      env: {},
      onInterrupt: () => () => {},
      exit: () => {},
      readStdin: async () => '',
      ask: async () => undefined,
    },
    false,
  );
  beforeEach(() => {
    written.length = 0;
    clock.offset = 0;
  });

  it('says something within two seconds, also if no worker answers', async () => {
    const controller = new AbortController();
    const watched = follow(new LinesView(io, output), io, () => new Promise(() => {}), controller.signal);
    const start = Date.now();
    while (written.length === 0 && Date.now() - start < 5_000) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(Date.now() - start).toBeLessThan(2_000);
    expect(written).toEqual(['waiting for the first answer of a worker\n']);
    controller.abort();
    await watched;
  });

  it('does not wait for a query that nobody can answer: no worker polls', async () => {
    const description = {
      workflowId: ID,
      runId: 'r',
      type: 'backfill',
      status: { name: 'RUNNING' },
      startTime: new Date(START),
      taskQueue: 'trailmill',
      raw: {},
    };
    const handle = { describe: async () => description, query: () => new Promise(() => {}) };
    const connection = {
      withDeadline: (_deadline: number, call: () => unknown) => call(),
      workflowService: { describeTaskQueue: async () => ({ pollers: [] }) },
    };
    const session = {
      client: { connection, workflow: { getHandle: () => handle } },
      cluster: { connection, namespace: 'default', taskQueue: 'trailmill' },
    } as never;
    const start = Date.now();
    const unanswered = await readBackfill(session, ID);
    // A query without a worker times out after 4 s.
    expect(Date.now() - start).toBeLessThan(2_000);
    expect(renderLine(unanswered, RATE)).toBe(
      'running, no worker polls its task queue trailmill, so it makes no progress. Start one with `trailmill worker` (or `trailmill dev`).',
    );
  });

  it('says since when the server has not answered, and that the backfill continues', async () => {
    const gone = Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
    let calls = 0;
    const read = async (): Promise<BackfillView> => {
      clock.offset += 20_000;
      if (++calls > 4) return view({ state: 'completed' });
      if (calls === 1) return view();
      throw gone;
    };
    const watched = await follow(new LinesView(io, output), io, read, new AbortController().signal, 0);
    expect(watched.view?.state).toBe('completed');
    const silence = written.filter((line) => line.includes('has not answered'));
    // Not with every failed attempt.
    expect(silence).toHaveLength(2);
    expect(silence[0]).toMatch(
      /^The Temporal server has not answered since \d\d:\d\d:\d\d UTC \(20 s\)\. Nothing is lost: the backfill continues/,
    );
  });

  it('never shows a smaller share than before', async () => {
    const shares = [0.3, 0.2, 0.4];
    const shown: (number | undefined)[] = [];
    const progress = { show: (one: BackfillView) => shown.push(one.share), wait: () => {}, stop: () => {} };
    const read = async (): Promise<BackfillView> =>
      view({ share: shares.shift(), state: shares.length === 0 ? 'completed' : 'running' });
    await follow(progress, io, read, new AbortController().signal, 0);
    expect(shown).toEqual([0.3, 0.3, 0.4]);
  });
});

describe('a range that is already ingested', () => {
  const known = { ingested: 28_365, other: 0 };
  const done = view({
    state: 'completed',
    closedAt: new Date(START + 5_000).toISOString(),
    days: { total: 10, done: 10, failed: 0, running: [], waiting: [] },
    planned: null,
    share: undefined,
    totals: NO_TOTALS,
    known,
  });

  it('is not "files 0"', () => {
    expect(renderStatus(done, START)).toContain('  files       28,365 files were already ingested; none are new');
    expect(renderStatus(done, START)).not.toContain('  bytes ');
    const running = view({ totals: NO_TOTALS, planned: { files: 0, bytes: 0, days: 3 }, known });
    expect(renderLine(running, RATE)).toContain('28,365 files were already ingested; none are new');
    const day = { day: '2023-07-01', planned: { files: 0, bytes: 0 }, totals: NO_TOTALS, known };
    const control = { paused: false, batchesInFlight: 1 };
    expect(dayDetails({ ...day, control }, { count: 0, reasons: [] }, 'nothing')).toContain(
      '\n28,365 files were already ingested; none are new\n',
    );
  });

  it('names new files beside the known ones, and those that are not in a table', () => {
    const some = { ...done, totals: { ...NO_TOTALS, files: 3 }, known: { ingested: 1, other: 2 } };
    expect(renderStatus(some, START)).toContain(
      '  files       3\n              1 file was already ingested, and 2 quarantined or skipped\n',
    );
    const none = { ...done, known: { ingested: 0, other: 1 } };
    expect(renderStatus(none, START)).toContain('1 file was already quarantined or skipped; none are new');
  });
});
