/** Other web pages and the embedded server's UI: a real browser, real pages, and a host name that resolves to this machine. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type Browser, chromium, type Page } from 'playwright-core';
import { devServerFile } from '../../../server/dev-server-file';
import type { EmbeddedServer } from '../../../server/embedded-server';
import { BLOCKED_BY_BROWSERS } from '../../../server/ui-gate';
import { CHROMIUM_ARGS, describeWithUi } from '../../support/chromium';
import { startOwnTemporal } from '../../support/own-temporal';

/** The attacker's host name, which now resolves to this machine. */
const NAME = 'evil.example';

describeWithUi('a web page of another site', (executablePath) => {
  const projectDir = mkdtempSync(join(tmpdir(), 'trailmill-gate-'));
  let server: EmbeddedServer;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    server = await startOwnTemporal(projectDir, 0);
    // Some browsers ask the user before a page may connect to this machine. Not all do, and users agree.
    const args = [
      ...CHROMIUM_ARGS,
      `--host-resolver-rules=MAP ${NAME} 127.0.0.1`,
      '--disable-features=LocalNetworkAccessChecks',
    ];
    browser = await chromium.launch({ executablePath, args });
  });
  beforeEach(async () => {
    page = await browser.newPage();
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(projectDir, { recursive: true, force: true });
  });

  /** Shows a page of the attacker at that origin. */
  async function attackFrom(origin: string): Promise<void> {
    const html = '<!doctype html><title>attack</title>';
    await page.route(`${origin}/attack`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
    await page.goto(`${origin}/attack`);
  }

  /** Runs a script in the attacker's page. */
  function run<T>(script: string): Promise<T> {
    return page.evaluate<T>(`(async () => {${script}})()`);
  }

  async function workflows(): Promise<number> {
    const connection = await Connection.connect({ address: server.address });
    const { count } = await new Client({ connection }).workflow.count();
    await connection.close();
    return count;
  }

  const start = (uiUrl: string, id: string) => `${uiUrl}/api/v1/namespaces/default/workflows/${id}`;
  const BODY = JSON.stringify({ workflowType: { name: 'w' }, taskQueue: { name: 'q' } });

  it('cannot act as the UI under a host name that resolves to this machine', async () => {
    const origin = server.uiUrl.replace('127.0.0.1', NAME);
    await attackFrom(origin);
    const seen = await run<{ said: string }>(`
      const settings = await fetch('/api/v1/settings');
      const token = /_csrf=([^;]*)/.exec(document.cookie)?.[1] ?? 'none';
      const headers = { 'content-type': 'application/json', 'x-csrf-token': token };
      const started = await fetch('${start(origin, 'rebound')}', { method: 'POST', headers, body: '${BODY}' });
      return { settings: settings.status, token, started: started.status, said: await started.text() };
    `);
    expect(seen).toMatchObject({ settings: 403, token: 'none', started: 403 });
    expect(seen.said).toContain('Refused');
    expect(await workflows()).toBe(0);
  });

  it('cannot send anything to the UI from its own origin', async () => {
    await attackFrom(`http://${NAME}`);
    const answers: number[] = [];
    page.on('response', (response) => answers.push(response.status()));
    const pageOfUi = `${server.uiUrl}/namespaces`;
    await run(`
      const send = (url, options) => fetch(url, { mode: 'no-cors', ...options }).catch(() => {});
      const post = { method: 'POST', body: '${BODY}' };
      for (const url of ['${start(server.uiUrl, 'sent')}', '${pageOfUi}']) {
        await send(url, {});
        await send(url, post);
      }
      await send('${start(server.uiUrl, 'sent')}', { ...post, mode: 'cors', headers: { authorization: 'x' } });
      const frame = document.createElement('iframe');
      frame.src = '${pageOfUi}';
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      document.body.append(frame);
      await loaded;
    `);
    expect(new Set(answers)).toEqual(new Set([403]));
    expect(answers.length).toBeGreaterThan(4);
    expect(await workflows()).toBe(0);
  });

  it('cannot reach the server behind the gate', async () => {
    const { command } = JSON.parse(readFileSync(devServerFile(projectDir), 'utf8'));
    const [, host, port] = / --ui-ip (\S+) --ui-port (\d+) /.exec(command) ?? [];
    await attackFrom(`http://${NAME}`);
    expect(BLOCKED_BY_BROWSERS).toContain(Number(port));
    const failures: (string | undefined)[] = [];
    page.on('requestfailed', (request) => failures.push(request.failure()?.errorText));
    for (const blocked of BLOCKED_BY_BROWSERS) {
      const reached = run(`await fetch('http://${host}:${blocked}/api/v1/settings', { mode: 'no-cors' })`);
      await expect(reached).rejects.toThrow('Failed to fetch');
    }
    expect(failures).toEqual(BLOCKED_BY_BROWSERS.map(() => 'net::ERR_UNSAFE_PORT'));
  });

  it('can have a link that opens the UI', async () => {
    await attackFrom(`http://${NAME}`);
    await run(`
      const link = document.createElement('a');
      link.href = '${server.uiUrl}/namespaces/default/workflows';
      document.body.append(link);
      link.click();
    `);
    await page.waitForURL(/127\.0\.0\.1/);
    await page.getByText('Workflows').first().waitFor();
  });
});
