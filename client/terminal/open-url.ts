/** Opens a page in the user's browser. */
import { spawn } from 'node:child_process';

/**
 * Starts the browser: the program that BROWSER names, or that of the desktop. Resolves to false if there is none, for example
 * on a server without a desktop.
 */
export function openUrl(url: string, env: NodeJS.ProcessEnv, platform = process.platform): Promise<boolean> {
  const [program, args] = browserOf(env, platform);
  return new Promise((resolve) => {
    const browser = spawn(program, [...args, url], { stdio: 'ignore', detached: true, env });
    browser.once('error', () => resolve(false));
    browser.once('spawn', () => {
      browser.unref();
      resolve(true);
    });
  });
}

function browserOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): [string, string[]] {
  if (env.BROWSER !== undefined && env.BROWSER !== '') return [env.BROWSER, []];
  if (platform === 'darwin') return ['open', []];
  if (platform === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler']];
  return ['xdg-open', []];
}
