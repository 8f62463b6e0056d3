// The pictures in docs/images/: the real Temporal UI over a real demo. Run `npm run screenshots`, then look at them.
// The UI asks for the font Inter (Debian: apt-get install fonts-inter); without it the pictures get another.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
require('../test/support/register-ts.js');
const { CHROMIUM_ARGS, findChromium } = require('../test/support/chromium.ts');

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs', 'images');
const WIDTH = 1400;
/** Higher than any of the pages, so that nothing has to be scrolled to. */
const HEIGHT = 1100;
/** Milliseconds: how long the demo may take to end before it is killed; its server ends with it. */
const GRACE = 30_000;

const project = mkdtempSync(join(tmpdir(), 'trailmill-'));
// A process group of its own: Ctrl-C reaches it from here only, and so once only; twice would force it.
const demo = spawn(process.execPath, [join(root, 'dist', 'client', 'main.js'), 'demo', '--keep', '--json'], {
  cwd: project,
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
});
const ended = once(demo, 'exit');
let browser;
let stopping;

function stop() {
  stopping ??= (async () => {
    await browser?.close();
    demo.kill('SIGINT');
    const kill = setTimeout(() => demo.kill('SIGKILL'), GRACE);
    await ended;
    clearTimeout(kill);
    rmSync(project, { recursive: true, force: true });
  })();
  return stopping;
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop().finally(() => process.exit(1)));

/** What the demo found: it says so in one line of JSON, and stays. */
async function demoResult() {
  const line = once(createInterface({ input: demo.stdout }), 'line').then(([text]) => JSON.parse(text));
  const early = ended.then(([code]) => {
    throw new Error(`the demo ended with exit code ${code}`);
  });
  const result = await Promise.race([line, early]);
  if (!result.ok) throw new Error('the demo found wrong numbers');
  return result;
}

/** The page from its top to `margin` pixels below `seen`. */
async function shoot(page, name, seen, margin) {
  await seen.waitFor();
  await page.evaluate(() => document.fonts.ready);
  const box = await seen.boundingBox();
  const height = Math.min(HEIGHT, Math.ceil(box.y + box.height + margin));
  const path = join(images, name);
  await page.screenshot({ path, clip: { x: 0, y: 0, width: WIDTH, height }, animations: 'disabled' });
  console.log(`docs/images/${name}  ${WIDTH} × ${height}`);
}

async function takePictures({ ui, backfill, sample }) {
  mkdirSync(images, { recursive: true });
  const { from, to } = sample.delivery;
  const executablePath = findChromium((line) => console.error(line));
  // Playwright would end the browser and this process, but not the demo.
  browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS, handleSIGINT: false, handleSIGTERM: false });
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });

  await page.goto(backfill.ui);
  await page.getByRole('tab', { name: 'User Metadata' }).click();
  const details = page.getByRole('heading', { name: 'Current Details' }).locator('xpath=following::iframe[1]');
  await details.contentFrame().getByText(`Backfill ${from} to ${to}`).waitFor();
  await details.contentFrame().locator('td').last().waitFor();
  await shoot(page, 'ui-backfill.png', page.getByText(`CloudTrail files delivered on ${to}`), 24);

  await page.getByRole('tab', { name: 'Relationships' }).click();
  const days = page.getByRole('link', { name: /^ingest\// });
  await shoot(page, 'ui-days.png', days.nth(backfill.days.total - 1), 24);

  await page.goto(`${ui}/namespaces/default/workflows`);
  // Room for the columns at the right.
  await page.getByRole('button', { name: 'Collapse saved views' }).click();
  await shoot(page, 'ui-workflows.png', page.getByRole('row').last(), 2);
}

try {
  await takePictures(await demoResult());
} finally {
  await stop();
}
