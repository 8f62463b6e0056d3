// Takes the screenshots in docs/images/: the real Temporal UI with a real demo, a waiting backfill and a failed one. Run
// `npm run screenshots`, then check them. The UI uses the font Inter (Debian: apt-get install fonts-inter); without it the
// screenshots have another font.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
require('../../test/support/register-ts.js');
const { CHROMIUM_ARGS, findChromium } = require('../../test/support/chromium.ts');
const { PICTURE_WORDS, pictureWords } = require('../../test/support/picture-words.ts');

const root = fileURLToPath(new URL('../..', import.meta.url));
const images = join(root, 'docs', 'images');
const WIDTH = 1400;
/** Higher than any of the pages, so that no scrolling is needed. */
const HEIGHT = 1100;
/** The bars of the UI around its pages, which are cropped. */
const FRAME = { left: 64, top: 50 };
/** How long the demo may take to end before it is killed; its server ends with it. */
const GRACE_MS = 30_000;
/** How long a page may take to have what the picture shows, and how long it is looked at before it is loaded again. */
const OPEN_MS = 180_000;
const SHOWN_MS = 5_000;

const project = mkdtempSync(join(tmpdir(), 'trailmill-'));
// A separate process group: Ctrl-C then reaches it only through this process, and only once; twice would force it to end.
const demo = spawn(process.execPath, [join(root, 'dist', 'client', 'main.js'), 'demo', '--keep', '--json'], {
  cwd: project,
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
});
const ended = once(demo, 'exit');
/** The task queue of a second worker: the worker of the demo accepts only runs with the demo's warehouse. */
const TASK_QUEUE = 'pictures';
let worker;
let browser;
let stopping;

function stop() {
  stopping ??= (async () => {
    await browser?.close();
    worker?.kill('SIGKILL');
    demo.kill('SIGINT');
    const kill = setTimeout(() => demo.kill('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(kill);
    rmSync(project, { recursive: true, force: true });
  })();
  return stopping;
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop().finally(() => process.exit(1)));

/** The result of the demo, which it prints as one line of JSON while it keeps running. */
async function demoResult() {
  const line = once(createInterface({ input: demo.stdout }), 'line').then(([text]) => JSON.parse(text));
  const early = ended.then(([code]) => {
    throw new Error(`the demo ended with exit code ${code}`);
  });
  const result = await Promise.race([line, early]);
  if (!result.ok) throw new Error('the demo found wrong numbers');
  return result;
}

/** Takes a screenshot of the page without the bars of the UI, down to `margin` pixels below `last`. */
async function shoot(page, name, last, margin) {
  await last.waitFor();
  await page.evaluate(() => document.fonts.ready);
  const box = await last.boundingBox();
  const height = Math.min(HEIGHT, Math.ceil(box.y + box.height + margin)) - FRAME.top;
  const path = join(images, name);
  await page.screenshot({
    path,
    clip: { x: FRAME.left, y: FRAME.top, width: WIDTH - FRAME.left, height },
    animations: 'disabled',
  });
  console.log(`docs/images/${name}  ${WIDTH - FRAME.left} × ${height}`);
}

/** Runs a command in the demo's project, and returns its output, also if what it has waited for has failed. */
function trailmill(...argv) {
  const main = join(root, 'dist', 'client', 'main.js');
  const options = { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  const at = ['--project', join(project, '.trailmill', 'demo'), '--json'];
  const { status, stdout } = spawnSync(process.execPath, [main, ...argv, ...at], options);
  if (status > 1) throw new Error(`trailmill ${argv.join(' ')} ended with exit code ${status}`);
  return stdout;
}

/** Starts a worker that accepts these warehouses. */
function startWorker(...warehouses) {
  const file = join(project, '.trailmill', 'demo', 'temporal.yaml');
  const allow = `worker:\n  allow: {warehouses: ${JSON.stringify(warehouses)}}`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^worker:$/m, allow));
  const argv = ['worker', '--task-queue', TASK_QUEUE, '--project', join(project, '.trailmill', 'demo'), '--json'];
  worker = spawn(process.execPath, [join(root, 'dist', 'client', 'main.js'), ...argv], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Starts a backfill, and answers its id and its page; with `--watch` once it is finished. */
function start(from, to, into, ...more) {
  const argv = ['--from', from, '--to', to, '--warehouse', into, '--task-queue', TASK_QUEUE, ...more];
  return JSON.parse(trailmill('backfill', 'start', ...argv).split('\n')[0]);
}

async function takePictures({ ui, backfill, sample }) {
  mkdirSync(images, { recursive: true });
  const { from, to } = sample.delivery;
  const executablePath = findChromium((line) => console.error(line));
  // Playwright's own signal handlers would end the browser and this process, but not the demo.
  browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS, handleSIGINT: false, handleSIGTERM: false });
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });

  const frame = page.getByRole('heading', { name: 'Current Details' }).locator('xpath=following::iframe[1]');
  /** Opens a tab of a page, again and again until it has something: the UI asks for it once, when the page is loaded. */
  async function open(url, tab, something) {
    const isShown = () =>
      something.waitFor({ timeout: SHOWN_MS }).then(
        () => true,
        () => false,
      );
    for (const end = Date.now() + OPEN_MS; ; ) {
      await page.goto(url);
      await page.getByRole('tab', { name: tab }).click();
      if (await isShown()) return;
      if (Date.now() > end) throw new Error(`${tab} of ${url} does not show it`);
    }
  }
  async function details(url, text, name) {
    await open(url, 'User Metadata', frame.contentFrame().getByText(text));
    await frame.contentFrame().locator('td').last().waitFor();
    await shoot(page, name, page.getByRole('heading', { name: 'Details', exact: true }), 180);
  }
  await details(backfill.ui, 'Next: nothing, the backfill is complete', 'ui-backfill.png');

  await page.getByRole('tab', { name: 'Relationships' }).click();
  const days = page.getByRole('link', { name: /^ingest\// });
  await shoot(page, 'ui-days.png', days.nth(backfill.days.total - 1), 24);

  const broken = join(project, 'broken');
  const archive = join(project, 'archive');
  startWorker(broken, archive);
  // The second time a data file of the ledger is gone, so the day cannot be planned.
  start(from, from, broken, '--watch');
  rmSync(join(broken, 'trailmill', 'aws_cloudtrail_files', 'data'), { recursive: true });
  const failed = start(from, from, broken, '--watch');
  await details(failed.ui, 'Next: fix the problems listed below', 'ui-failed.png');

  // Its data files belong on a disk that is not mounted, so it waits for it.
  mkdirSync(join(archive, 'trailmill', 'aws_cloudtrail'), { recursive: true });
  symlinkSync(join(project, 'not-mounted'), join(archive, 'trailmill', 'aws_cloudtrail', 'data'));
  const running = start(from, to, archive);
  await details(running.ui, /Running: \d/, 'ui-running.png');
  const day = `${ui}/namespaces/default/workflows/${encodeURIComponent(`ingest/aws_cloudtrail/${from}`)}`;
  await open(day, 'Pending Activities', page.getByText('"stackTrace"').first());
  await shoot(page, 'ui-pending.png', page.getByText('Last Failure', { exact: true }), 130);

  await page.goto(running.ui);
  await page.getByRole('button', { name: 'More Actions' }).click();
  await page.getByRole('menuitem', { name: 'Send an Update' }).click();
  const dialog = page.getByTestId('update-confirmation-modal').filter({ visible: true });
  await dialog.getByTestId('update-select-button').click();
  await dialog.getByRole('option', { name: 'pause' }).first().click();
  await dialog.getByRole('textbox').last().click();
  await page.keyboard.insertText('"the archive is being moved"');
  await shoot(page, 'ui-update.png', dialog.getByTestId('confirm-modal-button'), 60);
  await dialog.getByTestId('confirm-modal-button').click();
  await dialog.waitFor({ state: 'hidden' });
  await details(running.ui, 'Paused: the archive is being moved', 'ui-paused.png');

  const query = 'TrailmillSource = "aws_cloudtrail" AND TrailmillDay STARTS_WITH "2024-02"';
  await page.goto(`${ui}/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
  // Makes room for the columns on the right.
  await page.getByRole('button', { name: 'Collapse saved views' }).click();
  await shoot(page, 'ui-workflows.png', page.getByRole('row').last(), 2);
  trailmill('backfill', 'cancel', running.id);
  writeFileSync(PICTURE_WORDS, `${JSON.stringify(pictureWords(), null, 2)}\n`);
}

try {
  await takePictures(await demoResult());
} finally {
  await stop();
}
