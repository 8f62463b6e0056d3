/** What the Temporal UI shows about backfills: a real browser, the real UI, real workflows. */
import type { Browser, BrowserContext, Locator } from 'playwright-core';
import { StorageAccessDenied } from '../../../errors/index';
import { ingestDayId } from '../../../protocol/ids';
import { backfillStatusQuery } from '../../../protocol/messages';
import { describeWithUi } from '../../support/chromium';
import { type Harness, startHarness } from '../../support/harness';
import { records, trailFile, trailKey } from '../../support/runs';
import { temporalAddress } from '../../support/temporal';
import { launchBrowser, openContext, PATIENCE, TemporalPage, workflows } from '../../support/temporal-page';

const FINISHED = ['2024-03-05', '2024-03-06', '2024-03-07'];
const FAILING = ['2024-04-05', '2024-04-06', '2024-04-07'];
const RUNNING = ['2024-05-05', '2024-05-06'];
const CONTROLLED = ['2024-06-05', '2024-06-06'];
/** The day to which access is denied, and the days that have to wait. */
const FORBIDDEN = FAILING[1];
const [HELD, HELD_CONTROLLED] = [RUNNING[1], CONTROLLED[1]];
const FILES = 2;
const EVENTS = 600;

const keyPart = (day: string): string => `/${day.replaceAll('-', '/')}/`;
const rangeOf = (days: string[]): { from: string; to: string } => ({ from: days[0], to: days.at(-1) as string });
const backfillOf = (source: string, days: string[]): string => `backfill/${source}/${days[0]}..${days.at(-1)}`;

function gate(): { open: () => void; opened: Promise<void> } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describeWithUi('the Temporal UI', (executablePath) => {
  let harness: Harness;
  let browser: Browser;
  let context: BrowserContext;
  let ui: TemporalPage;
  /** Days whose files can be read only once they are released. */
  const held = new Map([HELD, HELD_CONTROLLED].map((day) => [day, gate()]));
  const release = (day: string): void => held.get(day)?.open();

  beforeAll(async () => {
    harness = await startHarness(temporalAddress());
    const { bucket, stores } = harness;
    for (const day of [...FINISHED, ...FAILING, ...RUNNING, ...CONTROLLED])
      for (let i = 0; i < FILES; i++)
        await bucket.put(trailKey(`f${i}`, { day }), trailFile(records(EVENTS / FILES, `${day}T1${i}:00:00Z`)));
    const get: typeof bucket.get = async (key, options) => {
      for (const [day, { opened }] of held) if (key.includes(keyPart(day))) await opened;
      return bucket.get(key, options);
    };
    const list: typeof bucket.list = (prefix, options) => {
      if (prefix.includes(keyPart(FORBIDDEN))) throw new StorageAccessDenied(`Not allowed to list ${prefix}.`);
      return bucket.list(prefix, options);
    };
    stores.set(bucket.uri, Object.assign(Object.create(bucket), { get, list }));
    await harness.startWorker();
    const [finished, failing] = await Promise.all([FINISHED, FAILING].map((days) => harness.backfill(rangeOf(days))));
    await finished.result();
    await expect(failing.result()).rejects.toThrow();
    browser = await launchBrowser(executablePath);
    context = await openContext(browser);
  });
  afterAll(async () => {
    for (const { open } of held.values()) open();
    await browser?.close();
    await harness?.close();
  });
  beforeEach(async () => {
    ui = await TemporalPage.open(context);
  });
  afterEach(() => ui.close());

  it('lists backfills and their days with readable ids and their status', async () => {
    const mine = `WorkflowId STARTS_WITH "backfill/${harness.source}" OR WorkflowId STARTS_WITH "ingest/${harness.source}"`;
    await ui.page.goto(`${workflows()}?query=${encodeURIComponent(mine)}`);
    await ui.refreshUntilSeen(ui.line('row', backfillOf(harness.source, FINISHED), 'Completed'));
    await ui.refreshUntilSeen(ui.line('row', backfillOf(harness.source, FAILING), 'Failed'));
    await ui.refreshUntilSeen(ui.line('row', ingestDayId(harness.source, FINISHED[0]), 'Completed'));
    await ui.refreshUntilSeen(ui.line('row', ingestDayId(harness.source, FORBIDDEN), 'Failed'));
  });

  it('shows what a finished backfill has done: its range, all of its days, and the totals', async () => {
    await ui.openWorkflow(backfillOf(harness.source, FINISHED), 'Completed');
    await ui.tab('User Metadata');
    await ui.says('Backfill 2024-03-05 to 2024-03-07');
    await ui.says('Days: 3 of 3 ████████████████████ 100 %');
    await ui.says(
      'Next: nothing, the backfill is complete; trailmill audit --from 2024-03-05 --to 2024-03-07 verifies it',
    );
    expect(await ui.totals()).toMatchObject({ files: '6', events: '1,800', rejects: '0' });
    for (const day of FINISHED) await ui.page.getByText(`CloudTrail files delivered on ${day}`).waitFor();
    expect(await ui.details().getByText('Failed days').count()).toBe(0);
  });

  it('lists the days of a backfill as its children, and a click on one shows what that day has done', async () => {
    await ui.openWorkflow(backfillOf(harness.source, FINISHED), 'Completed');
    await ui.tab('Relationships');
    for (const day of FINISHED)
      await ui.refreshUntilSeen(ui.line('button', ingestDayId(harness.source, day), 'Completed'));
    const id = ingestDayId(harness.source, '2024-03-05');
    await ui.shoot('the-Temporal-UI-days-of-a-finished-backfill');
    await ui.page.getByRole('link', { name: id, exact: true }).click();
    await ui.page.getByRole('heading', { name: id, exact: true }).waitFor();
    await ui.tab('User Metadata');
    await ui.says('Delivery day 2024-03-05');
    await ui.says('Files: 2 of 2 ████████████████████ 100 %');
    expect(await ui.totals()).toMatchObject({ files: '2', events: '600' });
    const about = ui.panel('Details').contentFrame();
    await about.getByText(`Requested by ${backfillOf(harness.source, FINISHED)}.`).waitFor();
    for (const text of [
      'plan 2024-03-05',
      'batch 1 of 1 · 2024-03-05 · 2 files · 111122223333 us-east-1',
      'group 1 · 1 batch',
    ])
      await ui.page.getByText(text).first().waitFor();
  });

  it('shows which day of a failed backfill failed, and why, along with what the others have done', async () => {
    await ui.openWorkflow(backfillOf(harness.source, FAILING), 'Failed');
    await ui.page.getByText('1 of 3 days failed. 2024-04-06: ').first().waitFor();
    await ui.tab('User Metadata');
    await ui.says('Days: 3 of 3 ████████████████████ 100 % (1 failed)');
    expect(await ui.totals()).toMatchObject({ files: '4', events: '1,200' });
    await ui.says(
      'Next: fix the problems listed below, then trailmill backfill start --from 2024-04-05 --to 2024-04-07',
    );
    await ui.details().getByText('Failed days', { exact: true }).waitFor();
    const failure = await ui.details().getByRole('listitem').textContent();
    expect(failure).toMatch(/^2024-04-06: .*Not allowed to list AWSLogs\/.*\/2024\/04\/06\//);
    await ui.shoot('the-Temporal-UI-details-of-a-failed-backfill');
    await ui.tab('Relationships');
    await ui.refreshUntilSeen(ui.line('button', ingestDayId(harness.source, FORBIDDEN), 'Failed'));
  });

  // The UI's frame is about 20 pixels too short for its content: the details have to end with a spare line.
  it('does not cut off the end of the details', async () => {
    await ui.openWorkflow(backfillOf(harness.source, FINISHED), 'Completed');
    await ui.tab('User Metadata');
    await ui.says('Days: 3 of 3');
    const [frame, cell] = await Promise.all([
      ui.panel('Current Details').boundingBox(),
      ui.details().locator('td').last().boundingBox(),
    ]);
    if (frame === null || cell === null) throw new Error('there is no table of totals');
    expect(cell.y + cell.height).toBeLessThanOrEqual(frame.y + frame.height);
    expect(cell.x + cell.width).toBeLessThanOrEqual(frame.x + frame.width);
  });

  it('pauses and resumes a backfill, and changes its window, with the updates that its page offers', async () => {
    const handle = await harness.backfill(rangeOf(CONTROLLED), { batchesInFlight: 4 });
    await ui.openWorkflow(handle.workflowId, 'Running');
    await ui.tab('User Metadata');
    const accepted = (dialog: Locator): Promise<void> => dialog.waitFor({ state: 'hidden' });
    await ui.sendUpdate('pause', '"the disk is full"', accepted);
    await ui.freshly('Paused: the disk is full');
    await ui.says('Next: send the update resume to continue');
    await ui.sendUpdate('changeWindow', '{"daysInFlight": 1}', accepted);
    await ui.freshly('At once: up to 1 day, 4 batches of each');
    await ui.sendUpdate('changeWindow', '{"days": 1}', (dialog) =>
      dialog
        .getByText('A window has no property "days", only daysInFlight and batchesInFlight.', { exact: true })
        .waitFor(),
    );
    await ui.page.getByRole('button', { name: 'Cancel', exact: true }).filter({ visible: true }).last().click();
    // Its input is left empty, as a user would do.
    await ui.sendUpdate('resume', '', accepted);
    const paused = ui.details().getByText('Paused');
    for (const end = Date.now() + PATIENCE; (await paused.count()) > 0 && Date.now() < end; ) {
      await ui.pressR();
      await paused.waitFor({ state: 'detached', timeout: PATIENCE / 20 }).catch(() => {});
    }
    expect(await paused.count()).toBe(0);
    expect((await handle.query(backfillStatusQuery)).control).toEqual({
      paused: false,
      daysInFlight: 1,
      batchesInFlight: 4,
    });
    release(HELD_CONTROLLED);
    await handle.result();
  });

  it('follows a backfill while it runs', async () => {
    const handle = await harness.backfill(rangeOf(RUNNING));
    await ui.openWorkflow(handle.workflowId, 'Running');
    await ui.tab('User Metadata');
    await ui.freshly('Days: 1 of 2');
    await ui.says(`Running: ${HELD}`);
    // The remaining time is shown only after ten seconds.
    await ui.says(/Rate: [\d.]+ files\/s, \d+ events\/s/);
    await ui.says('Next: finish the days above');
    expect(await ui.totals()).toMatchObject({ files: '2', events: '600' });
    release(HELD);
    await handle.result();
    await ui.freshly('Days: 2 of 2');
    expect(await ui.totals()).toMatchObject({ files: '4', events: '1,200' });
  });
});
