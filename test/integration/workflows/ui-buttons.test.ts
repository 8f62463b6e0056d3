/** The Temporal UI's buttons for backfills and days, and activities that wait for a store: a real browser, the real UI. */
import type { Browser, BrowserContext, Locator } from 'playwright-core';
import { StorageAccessDenied } from '../../../errors/index';
import { ingestDayId } from '../../../protocol/ids';
import { createS3Store } from '../../../storage/s3/store';
import { describeWithUi } from '../../support/chromium';
import { type Harness, startHarness } from '../../support/harness';
import { Held } from '../../support/held';
import { records, trailFile, trailKey } from '../../support/runs';
import { temporalAddress } from '../../support/temporal';
import { launchBrowser, openContext, TemporalPage } from '../../support/temporal-page';

const DAYS = ['2024-06-05', '2024-06-06'];
const FILES = 2;

describeWithUi('the buttons of the Temporal UI', (executablePath) => {
  let harness: Harness;
  let browser: Browser;
  let context: BrowserContext;
  let ui: TemporalPage;

  beforeAll(async () => {
    browser = await launchBrowser(executablePath);
    context = await openContext(browser);
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
    for (const day of DAYS)
      for (let i = 0; i < FILES; i++)
        await harness.bucket.put(trailKey(`f${i}`, { day }), trailFile(records(3, `${day}T1${i}:00:00Z`)));
    ui = await TemporalPage.open(context);
  });
  afterEach(async () => {
    await ui.close();
    await harness.close();
  });

  const range = { from: DAYS[0], to: DAYS[1] };

  /** Confirms the dialog, and waits until it is closed. */
  async function confirm(dialog: Locator): Promise<void> {
    await dialog.getByTestId('confirm-modal-button').click();
    await dialog.waitFor({ state: 'hidden' });
  }
  const dialog = (what: string): Locator => ui.page.getByTestId(`${what}-confirmation-modal`).filter({ visible: true });

  /** Resets an ended workflow to its first workflow task. */
  async function reset(id: string, status: string): Promise<void> {
    await ui.openWorkflow(id, status);
    await ui.page.getByRole('button', { name: 'Reset', exact: true }).click();
    await dialog('reset').getByTestId('workflow-reset-event-id-select-button').click();
    await dialog('reset').getByRole('option', { name: 'WorkflowTaskCompleted' }).first().click();
    await dialog('reset').getByTestId('reset-reason').fill('once more');
    await ui.shoot('the-Temporal-UI-reset');
    await confirm(dialog('reset'));
  }

  /** A backfill whose files can be read only once they are released. */
  async function running(): Promise<{ id: string; reads: Held; result: Promise<string> }> {
    const reads = new Held(harness, harness.bucket, 'get', () => true);
    await harness.startWorker();
    const handle = await harness.backfill(range);
    await reads.untilWaiting(DAYS.length * FILES);
    const result = handle.result().then(
      () => 'completed',
      (error: Error) => (error.cause ?? error).constructor.name,
    );
    return { id: handle.workflowId, reads, result };
  }

  /** Expects exactly one row in the table for each record in the bucket. */
  async function expectEachRowOnce(): Promise<void> {
    const audit = await (await harness.audit(range)).result();
    const records = DAYS.length * FILES * 3;
    expect(audit).toMatchObject({ totals: { ingested: DAYS.length * FILES, records, rows: records } });
    expect(audit.differences).toEqual({ count: 0, first: [] });
  }

  it('Request Cancellation stops a backfill and its days, and its page says how to continue', async () => {
    const { id, reads, result } = await running();
    await ui.openWorkflow(id, 'Running');
    await ui.page.getByRole('button', { name: 'Request Cancellation' }).click();
    await confirm(dialog('cancel'));
    expect(await result).toBe('CancelledFailure');
    await ui.refreshUntilSeen(ui.status(id, 'Canceled'));
    await ui.tab('User Metadata');
    await ui.says('Next: the backfill was cancelled; committed work stays.');
    await ui.openWorkflow(ingestDayId(harness.source, DAYS[0]), 'Canceled');
    reads.releaseAll();
    await (await harness.backfill(range)).result();
    await expectEachRowOnce();
  });

  it('Terminate ends a backfill at once, and nothing is lost or duplicated', async () => {
    const { id, reads, result } = await running();
    await ui.openWorkflow(id, 'Running');
    await ui.action('Terminate');
    await dialog('terminate').getByTestId('workflow-termination-reason').fill('to see what happens');
    await confirm(dialog('terminate'));
    expect(await result).toBe('TerminatedFailure');
    await ui.refreshUntilSeen(ui.status(id, 'Terminated'));
    reads.releaseAll();
    await (await harness.backfill(range)).result();
    await expectEachRowOnce();
  });

  it('Reset runs a finished backfill and a finished day again, and duplicates nothing', async () => {
    await harness.startWorker();
    const { workflowId: id, result } = await finished();
    const first = await result;
    expect(first.totals.files).toBe(DAYS.length * FILES);
    await reset(id, 'Completed');
    const { client } = harness;
    const again = (await client.workflow.getHandle(id).result()) as typeof first;
    expect(again.days).toEqual({ total: 2, done: 2, failed: 0 });
    expect(again.totals.files).toBe(0);
    const day = ingestDayId(harness.source, DAYS[0]);
    await reset(day, 'Completed');
    expect(await client.workflow.getHandle(day).result()).toMatchObject({ totals: { files: 0 } });
    await expectEachRowOnce();
  });

  async function finished() {
    const handle = await harness.backfill(range);
    return { workflowId: handle.workflowId, result: handle.result() };
  }

  it('Reset lets a failed day ingest what it could not read', async () => {
    const { bucket, stores } = harness;
    let forbidden = true;
    const list: typeof bucket.list = (prefix, options) => {
      if (forbidden && prefix.includes('/2024/06/05/')) throw new StorageAccessDenied(`Not allowed to list ${prefix}.`);
      return bucket.list(prefix, options);
    };
    stores.set(bucket.uri, Object.assign(Object.create(bucket), { list }));
    await harness.startWorker();
    const handle = await harness.backfill(range);
    await expect(handle.result()).rejects.toThrow();
    forbidden = false;
    const day = ingestDayId(harness.source, DAYS[0]);
    await reset(day, 'Failed');
    expect(await harness.client.workflow.getHandle(day).result()).toMatchObject({ totals: { files: FILES } });
    // The open page is that of the failed run.
    await ui.openWorkflow(day, 'Completed');
    await expectEachRowOnce();
  });

  it('an activity that waits for an unavailable store shows its attempt, the error and the fix, then continues', async () => {
    const options = { endpoint: 'http://127.0.0.1:9', region: 'us-east-1' };
    const credentials = async () => ({ accessKeyId: 'a', secretAccessKey: 'b' });
    // Port 9 is the discard service: nothing listens there.
    const away = createS3Store({ bucket: 'logs', prefix: '', options, credentials });
    const { bucket, stores } = harness;
    let isAway = true;
    const get: typeof bucket.get = (...asked) => (isAway ? away : bucket).get(...asked);
    stores.set(bucket.uri, Object.assign(Object.create(bucket), { get }));
    await harness.startWorker();
    const handle = await harness.backfill(range);
    const day = ingestDayId(harness.source, DAYS[0]);
    await ui.openWorkflow(handle.workflowId, 'Running');
    await ui.openWorkflow(day, 'Running');
    await ui.tab('Pending Activities');
    await ui.refreshUntilSeen(ui.page.locator('main', { hasText: /Attempt\s*([3-9]|\d\d+) of Unlimited/ }));
    const said = ui.page.getByText(
      /GetObject s3:\/\/logs\/.*: 127\.0\.0\.1:9 refused the connection .*Start the server, or check/,
    );
    await said.first().waitFor();
    await ui.shoot('the-Temporal-UI-waits-for-a-store');
    isAway = false;
    await handle.result();
    await ui.refreshUntilSeen(ui.status(day, 'Completed'));
    await expectEachRowOnce();
  });
});
