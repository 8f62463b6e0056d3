/** A page of the Temporal UI in a real browser, as a person uses it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  chromium,
  type FrameLocator,
  type Locator,
  type Page,
} from 'playwright-core';
import { CHROMIUM_ARGS } from './chromium';
import { temporalUi } from './temporal';

/** The screenshots of each test: `.ci/run` keeps them. */
const OUTPUT = join(__dirname, '..', 'output', 'ui');
/** Milliseconds that a person would wait for a page. */
export const PATIENCE = 20_000;

export const workflows = (): string => `${temporalUi()}/namespaces/default/workflows`;

export function launchBrowser(executablePath: string): Promise<Browser> {
  mkdirSync(OUTPUT, { recursive: true });
  return chromium.launch({ executablePath, args: CHROMIUM_ARGS });
}

/** For all pages of a test file, so that the scripts of the UI, several MB, are loaded and compiled once. */
export function openContext(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1400, height: 900 }, reducedMotion: 'reduce' });
}

export class TemporalPage {
  private constructor(readonly page: Page) {}

  static async open(context: BrowserContext): Promise<TemporalPage> {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    return new TemporalPage(page);
  }

  /** Takes a screenshot, also after a failed test: its name says what should be visible. */
  async close(): Promise<void> {
    await this.shoot((expect.getState().currentTestName ?? '').replace(/[^a-z]+/gi, '-').slice(0, 90));
    await this.page.close();
  }

  shoot(name: string): Promise<unknown> {
    return this.page.screenshot({ path: join(OUTPUT, `${name}.png`) });
  }

  /** Opens a workflow's page by its id alone, as the links that the CLI prints do. */
  async openWorkflow(id: string, status: string): Promise<void> {
    await this.page.goto(`${workflows()}/${encodeURIComponent(id)}`);
    // A day may not have started yet: then its page says that there is none.
    await this.refreshUntilSeen(this.status(id, status));
  }

  /** The status next to the id at the top of a workflow's page. */
  status(id: string, status: string): Locator {
    const heading = this.page.getByRole('heading', { level: 1, name: id, exact: true });
    return heading.locator('xpath=ancestor::div[2]').getByText(status, { exact: true });
  }

  tab(name: string): Promise<void> {
    return this.page.getByRole('tab', { name }).click();
  }

  /** The panel of that name in the tab "User Metadata"; the UI renders markdown in a frame. */
  panel(name: string): Locator {
    return this.page.getByRole('heading', { name, exact: true }).locator('xpath=following::iframe[1]');
  }

  details(): FrameLocator {
    return this.panel('Current Details').contentFrame();
  }

  says(text: string | RegExp): Promise<void> {
    return this.details().getByText(text).waitFor();
  }

  /** The totals as the table names them. */
  async totals(): Promise<Record<string, string>> {
    await this.details().locator('td').last().waitFor();
    const cells = ['th', 'td'].map((kind) => this.details().locator(kind).allInnerTexts());
    const [names, values] = await Promise.all(cells);
    return Object.fromEntries(names.map((name, index) => [name, values[index]]));
  }

  /** A page shows the state at the time of its request: refreshes it every `patience` ms, as a person would. */
  async refreshUntilSeen(what: Locator, refresh = () => this.reload(), patience = PATIENCE / 5): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (Date.now() < end) {
      const seen = what.waitFor({ timeout: patience }).then(() => true);
      if (await seen.catch(() => false)) return;
      await refresh();
    }
    await what.waitFor();
  }

  /** Refreshes the details until they have this text. */
  freshly(text: string | RegExp): Promise<void> {
    return this.refreshUntilSeen(this.details().getByText(text), () => this.pressR(), PATIENCE / 20);
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  pressR(): Promise<void> {
    return this.page.keyboard.press('r');
  }

  /** A line of a list: the one with that id, in that status. */
  line(role: 'row' | 'button', id: string, status: string): Locator {
    return this.page
      .getByRole(role)
      .filter({ has: this.page.getByRole('link', { name: id, exact: true }) })
      .filter({ hasText: status });
  }

  /** Chooses an entry of the menu next to the button on a workflow's page. */
  async action(name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'More Actions' }).click();
    await this.page.getByRole('menuitem', { name }).click();
  }

  /** Sends one of the updates that a workflow's page offers, with this input; `said` waits for its answer. */
  async sendUpdate(name: string, input: string, said: (dialog: Locator) => Promise<void>): Promise<void> {
    await this.action('Send an Update');
    const dialog = this.page.getByTestId('update-confirmation-modal').filter({ visible: true });
    await dialog.getByTestId('update-select-button').click();
    await dialog.getByRole('option', { name, exact: false }).first().click();
    const data = dialog.getByRole('textbox').last();
    await data.click();
    // As if pasted: in typed text, the editor closes quotes and brackets by itself.
    await this.page.keyboard.insertText(input);
    await this.shoot(`the-Temporal-UI-update-${name}`);
    await dialog.getByTestId('confirm-modal-button').click();
    await said(dialog);
  }
}
