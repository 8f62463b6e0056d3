/** The rules of biome.json that keep workflows deterministic, tried on files that break them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');

/** Which of the import statements, each in a workflow of its own, the linter refuses. */
function refused(statements: readonly string[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-lint-'));
  try {
    const config = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')) as Record<string, unknown>;
    // The schema is for editors, and there is no repository around these files.
    writeFileSync(join(directory, 'biome.json'), JSON.stringify({ ...config, $schema: undefined, vcs: undefined }));
    mkdirSync(join(directory, 'workflows'));
    statements.forEach((statement, index) => {
      writeFileSync(join(directory, 'workflows', `w${index}.ts`), `${statement}\nexport const used = name;\n`);
    });
    const output = lint(directory);
    return statements.filter((_statement, index) => output.includes(`w${index}.ts:`));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What biome says; it ends with 1 when it has found something. */
function lint(directory: string): string {
  const biome = join(dirname(require.resolve('@biomejs/biome/package.json')), 'bin', 'biome');
  const only = ['--only=style/noRestrictedImports', '--only=correctness/noNodejsModules'];
  try {
    return execFileSync(process.execPath, [biome, 'lint', ...only, '--max-diagnostics=none', 'workflows'], {
      cwd: directory,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

describe('the linter', () => {
  it('refuses workflows that import Node built-ins or anything that does I/O', () => {
    const bad = [
      "import { readFileSync as name } from 'node:fs';",
      "import { join as name } from 'path';",
      "import { openStore as name } from '../storage/open.js';",
      "import { createStorageCatalog as name } from '../iceberg/storage-catalog.js';",
      "import { createActivities as name } from '../activities/index.js';",
      "import { planDay as name } from '../plan/plan-day.js';",
      "import { S3Client as name } from '@aws-sdk/client-s3';",
      "import { Client as name } from '@temporalio/client';",
      "import { heartbeat as name } from '@temporalio/activity';",
      "import name from 'avsc';",
    ];
    expect(refused(bad)).toEqual(bad);
  });

  it('lets them import each other, the workflow SDK, the protocol, and texts', () => {
    const good = [
      "import { proxyActivities as name } from '@temporalio/workflow';",
      "import { ApplicationFailure as name } from '@temporalio/common';",
      "import { nextDay as name } from '../protocol/days.js';",
      "import type { Activities } from '../protocol/activities.js';\nconst name: Activities | undefined = undefined;",
    ];
    expect(refused(good)).toEqual([]);
  });
});
