/** What a person reads in the Temporal UI about backfills: a real browser, the real UI, real workflows. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { StorageAccessDenied } from '../../errors';
import { ingestDayId } from '../../workflows/ids';
import { backfillStatusQuery } from '../../workflows/messages';
import { CHROMIUM_ARGS, describeWithUi } from '../support/chromium';
import { type Harness, startHarness } from '../support/harness';
import { records, trailFile, trailKey } from '../support/runs';
import { temporalAddress, temporalUi } from '../support/temporal';

const FINISHED = ['2024-03-05', '2024-03-06', '2024-03-07'];
const FAILING = ['2024-04-05', '2024-04-06', '2024-04-07'];
const RUNNING = ['2024-05-05', '2024-05-06'];
const CONTROLLED = ['2024-06-05', '2024-06-06'];
/** The one that may not be read, and those that have to wait. */
const FORBIDDEN = FAILING[1];
const [HELD, HELD_CONTROLLED] = [RUNNING[1], CONTROLLED[1]];
const FILES = 2;
const EVENTS = 600;

/** What each test saw, kept for whoever reads a CI run. */
const OUTPUT = join(__dirname, '..', 'output');
/** Milliseconds that a person would wait for a page. */
const PATIENCE = 20_000;

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
  let page: Page;
  /** Days whose files can be read only once they are released. */
  const held = new Map([HELD, HELD_CONTROLLED].map((day) => [day, gate()]));
  const release = (day: string): void => held.get(day)?.open();

  beforeAll(async () => {
    mkdirSync(OUTPUT, { recursive: true });
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
    browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  });
  afterAll(async () => {
    for (const { open } of held.values()) open();
    await browser?.close();
    await harness?.close();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.setDefaultTimeout(PATIENCE);
  });
  afterEach(async () => {
    // Also of a test that has failed: its name says what should have been seen.
    await shoot((expect.getState().currentTestName ?? '').replace(/[^a-z]+/gi, '-').slice(0, 70));
    await page.close();
  });

  const shoot = (name: string): Promise<unknown> => page.screenshot({ path: join(OUTPUT, `${name}.png`) });
  const workflows = (): string => `${temporalUi()}/namespaces/default/workflows`;

  /** Opens a workflow's page by its id alone, as the links that the CLI prints do. */
  async function openWorkflow(id: string, status: string): Promise<void> {
    await page.goto(`${workflows()}/${encodeURIComponent(id)}`);
    const heading = page.getByRole('heading', { level: 1, name: id, exact: true });
    await heading.locator('xpath=ancestor::div[2]').getByText(status, { exact: true }).waitFor();
  }

  const tab = (name: string): Promise<void> => page.getByRole('tab', { name }).click();

  /** The panel of that name in the tab "User Metadata"; the UI renders markdown in a frame. */
  const panel = (name: string): Locator =>
    page.getByRole('heading', { name, exact: true }).locator('xpath=following::iframe[1]');
  const details = (): FrameLocator => panel('Current Details').contentFrame();
  const says = (text: string | RegExp): Promise<void> => details().getByText(text).waitFor();

  /** The totals as the table names them. */
  async function totals(): Promise<Record<string, string>> {
    await details().locator('td').last().waitFor();
    const [names, values] = await Promise.all(['th', 'td'].map((cells) => details().locator(cells).allInnerTexts()));
    return Object.fromEntries(names.map((name, index) => [name, values[index]]));
  }

  /** A page shows what was so when it asked: looks again every `patience`, as a person does. */
  async function refreshUntilSeen(what: Locator, refresh = reload, patience = PATIENCE / 5): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (Date.now() < end) {
      const seen = what.waitFor({ timeout: patience }).then(() => true);
      if (await seen.catch(() => false)) return;
      await refresh();
    }
    await what.waitFor();
  }
  const reload = async (): Promise<void> => void (await page.reload());
  const pressR = (): Promise<void> => page.keyboard.press('r');

  /** A line of a list: the one with that id, in that status. */
  const line = (role: 'row' | 'button', id: string, status: string): Locator =>
    page
      .getByRole(role)
      .filter({ has: page.getByRole('link', { name: id, exact: true }) })
      .filter({ hasText: status });

  it('lists backfills and their days under ids that one can read, with their status', async () => {
    const mine = `WorkflowId STARTS_WITH "backfill/${harness.source}" OR WorkflowId STARTS_WITH "ingest/${harness.source}"`;
    await page.goto(`${workflows()}?query=${encodeURIComponent(mine)}`);
    await refreshUntilSeen(line('row', backfillOf(harness.source, FINISHED), 'Completed'));
    await refreshUntilSeen(line('row', backfillOf(harness.source, FAILING), 'Failed'));
    await refreshUntilSeen(line('row', ingestDayId(harness.source, FINISHED[0]), 'Completed'));
    await refreshUntilSeen(line('row', ingestDayId(harness.source, FORBIDDEN), 'Failed'));
  });

  it('shows what a finished backfill has done: its range, all of its days, and the totals', async () => {
    await openWorkflow(backfillOf(harness.source, FINISHED), 'Completed');
    await tab('User Metadata');
    await says('Backfill 2024-03-05 to 2024-03-07');
    await says('Days: 3 of 3 ████████████████████ 100 %');
    await says('Next: nothing, it is finished; trailmill audit --from 2024-03-05 --to 2024-03-07 proves it');
    expect(await totals()).toMatchObject({ files: '6', events: '1,800', rejects: '0' });
    for (const day of FINISHED) await page.getByText(`CloudTrail files delivered on ${day}`).waitFor();
    expect(await details().getByText('Failed days').count()).toBe(0);
  });

  it('lists the days of a backfill as its children, and a click on one shows what that day has done', async () => {
    await openWorkflow(backfillOf(harness.source, FINISHED), 'Completed');
    await tab('Relationships');
    for (const day of FINISHED) await refreshUntilSeen(line('button', ingestDayId(harness.source, day), 'Completed'));
    const id = ingestDayId(harness.source, '2024-03-05');
    await shoot('the-Temporal-UI-days-of-a-finished-backfill');
    await page.getByRole('link', { name: id, exact: true }).click();
    await page.getByRole('heading', { name: id, exact: true }).waitFor();
    await tab('User Metadata');
    await says('Delivery day 2024-03-05');
    await says('Files: 2 of 2 ████████████████████ 100 %');
    expect(await totals()).toMatchObject({ files: '2', events: '600' });
  });

  it('shows which day of a failed backfill failed, and why, beside what the others have done', async () => {
    await openWorkflow(backfillOf(harness.source, FAILING), 'Failed');
    await page.getByText('1 of 3 days failed. 2024-04-06: ').first().waitFor();
    await tab('User Metadata');
    await says('Days: 3 of 3 ████████████████████ 100 % (1 failed)');
    expect(await totals()).toMatchObject({ files: '4', events: '1,200' });
    await says('Next: cure what is said below, then trailmill backfill start --from 2024-04-05 --to 2024-04-07');
    await says('Failed days');
    const failure = await details().getByRole('listitem').textContent();
    expect(failure).toMatch(/^2024-04-06: .*Not allowed to list AWSLogs\/.*\/2024\/04\/06\//);
    await shoot('the-Temporal-UI-details-of-a-failed-backfill');
    await tab('Relationships');
    await refreshUntilSeen(line('button', ingestDayId(harness.source, FORBIDDEN), 'Failed'));
  });

  // The UI's frame is some 20 pixels too low for what it shows: the details have to end with a line to spare.
  it('cuts nothing off at the end of the details', async () => {
    await openWorkflow(backfillOf(harness.source, FINISHED), 'Completed');
    await tab('User Metadata');
    await says('Days: 3 of 3');
    const [frame, cell] = await Promise.all([
      panel('Current Details').boundingBox(),
      details().locator('td').last().boundingBox(),
    ]);
    if (frame === null || cell === null) throw new Error('there is no table of totals');
    expect(cell.y + cell.height).toBeLessThanOrEqual(frame.y + frame.height);
    expect(cell.x + cell.width).toBeLessThanOrEqual(frame.x + frame.width);
  });

  /** Sends one of the updates that a workflow's page offers, with that input; `said` waits for its answer. */
  async function sendUpdate(name: string, input: string, said: (dialog: Locator) => Promise<void>): Promise<void> {
    await page.getByRole('button', { name: 'More Actions' }).click();
    await page.getByRole('menuitem', { name: 'Send an Update' }).click();
    const dialog = page.getByTestId('update-confirmation-modal').filter({ visible: true });
    await dialog.getByTestId('update-select-button').click();
    await dialog.getByRole('option', { name, exact: false }).first().click();
    const data = dialog.getByRole('textbox').last();
    await data.click();
    // As pasted: the editor closes quotes and brackets of what is typed by itself.
    await page.keyboard.insertText(input);
    await shoot(`the-Temporal-UI-update-${name}`);
    await dialog.getByTestId('confirm-modal-button').click();
    await said(dialog);
  }

  it('pauses, resumes and gives another window, by the updates that its page offers', async () => {
    const handle = await harness.backfill(rangeOf(CONTROLLED), { batchesInFlight: 4 });
    await openWorkflow(handle.workflowId, 'Running');
    await tab('User Metadata');
    const freshly = (text: string) => refreshUntilSeen(details().getByText(text), pressR, PATIENCE / 20);
    const accepted = (dialog: Locator): Promise<void> => dialog.waitFor({ state: 'hidden' });
    await sendUpdate('pause', '"the disk is full"', accepted);
    await freshly('Paused: the disk is full');
    await says('Next: send the update resume to go on');
    await sendUpdate('changeWindow', '{"daysInFlight": 1}', accepted);
    await freshly('At once: up to 1 day, 4 batches of each');
    await sendUpdate('changeWindow', '{"days": 1}', (dialog) =>
      dialog
        .getByText('A window has no member "days", but daysInFlight and batchesInFlight.', { exact: true })
        .waitFor(),
    );
    await page.getByRole('button', { name: 'Cancel', exact: true }).filter({ visible: true }).last().click();
    // Its input is left empty, as a person would.
    await sendUpdate('resume', '', accepted);
    const paused = details().getByText('Paused');
    for (const end = Date.now() + PATIENCE; (await paused.count()) > 0 && Date.now() < end; ) {
      await pressR();
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
    await openWorkflow(handle.workflowId, 'Running');
    await tab('User Metadata');
    const freshly = (text: string) => refreshUntilSeen(details().getByText(text), pressR, PATIENCE / 20);
    await freshly('Days: 1 of 2');
    await says(`Running: ${HELD}`);
    await says(/Rate: [\d.]+ files\/s, \d+ events\/s · about .* left/);
    await says('Next: the days above end, then the backfill');
    expect(await totals()).toMatchObject({ files: '2', events: '600' });
    release(HELD);
    await handle.result();
    await freshly('Days: 2 of 2');
    expect(await totals()).toMatchObject({ files: '4', events: '1,200' });
  });
});
