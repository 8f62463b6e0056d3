// Compiles to dist/, copies the files that are not compiled, and bundles the workflows, so that a worker starts without a
// compiler. Does nothing if dist/ is newer than all sources.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { recordCommit } from './build-commit.mjs';
import { portableBundle } from './portable-bundle.mjs';

const require = createRequire(import.meta.url);
const rooms = require('../../rooms.cjs').map(({ name }) => name);
const bundle = join('dist', 'workflow-bundle.js');

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const sources = [...rooms.filter(existsSync), 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
if (!existsSync(bundle) || Math.max(...sources.map(newest)) > statSync(bundle).mtimeMs) {
  (await import('./compile.mjs')).compile();
  // Emptied first, so that a query that is gone is not shipped.
  rmSync(join('dist', 'query', 'saved'), { recursive: true, force: true });
  for (const [folder, ending] of [
    [join('dev', 'servers'), '.py'],
    [join('dev', 'bench', 'peers'), '.py'],
    [join('query', 'saved'), '.sql'],
  ]) {
    mkdirSync(join('dist', folder), { recursive: true });
    for (const name of readdirSync(folder).filter((file) => file.endsWith(ending))) {
      copyFileSync(join(folder, name), join('dist', folder, name));
    }
  }
  // So that it is a program without npm, too.
  chmodSync(join('dist', 'client', 'main.js'), 0o755);
  const { bundleWorkflowCode } = require('@temporalio/worker');
  const bundled = (workflowInterceptorModules) =>
    bundleWorkflowCode({
      workflowsPath: join(process.cwd(), 'dist', 'workflows', 'index.js'),
      workflowInterceptorModules,
      logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
    });
  // Tracing needs interceptors in the bundle, which need a span exporter in the worker. So there is also a bundle without them.
  const traced = await bundled([join(process.cwd(), 'dist', 'worker', 'workflow-tracing.js')]);
  const { code } = await bundled([]);
  mkdirSync('dist', { recursive: true });
  writeFileSync(join('dist', 'workflow-bundle-traced.js'), portableBundle(traced.code));
  // Written last, because its modification time is that of dist/.
  writeFileSync(bundle, portableBundle(code));
}
// Each time: a commit may change nothing that is compiled.
recordCommit(join('dist', 'build.json'));
