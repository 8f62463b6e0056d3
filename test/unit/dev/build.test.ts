/** What a build leaves in dist/: nothing of the machine, and the commit that it was made from. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SCRIPTS = join(__dirname, '../../../dev/scripts');
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-build-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Calls a function of a build script in a directory, as the build does, and returns its result. */
function call(script: string, name: string, args: unknown[], cwd = directory): unknown {
  const url = pathToFileURL(join(SCRIPTS, script)).href;
  const code = `import { ${name} } from ${JSON.stringify(url)};
    process.stdout.write(JSON.stringify(${name}(...${JSON.stringify(args)})) ?? 'null');`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd, encoding: 'utf8' }));
}

test('the source map of a bundle names files as the repository does, wherever it was built', () => {
  const mapOf = (root: string) => ({
    version: 3,
    sources: [`${root}/node_modules/a/src/a.ts`, `ignored|${root}/lib|x`, 'workflows/b.ts'],
    sourcesContent: [`import '${root}/a'`, null, ''],
    mappings: 'AAAA',
  });
  const bundleAt = (root: string): string => {
    const map = Buffer.from(JSON.stringify(mapOf(root))).toString('base64');
    const code = `code();\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${map}`;
    return call('portable-bundle.mjs', 'portableBundle', [code, root]) as string;
  };
  const built = bundleAt('/home/ana/trailmill');
  expect(bundleAt('/src')).toBe(built);
  expect(built).toMatch(/^code\(\);\n/);
  expect(JSON.parse(Buffer.from(built.split('base64,')[1], 'base64').toString())).toEqual({
    version: 3,
    sources: ['node_modules/a/src/a.ts', 'ignored|lib|x', 'workflows/b.ts'],
    mappings: 'AAAA',
  });
});

describe('the commit', () => {
  const file = (): string => join(directory, 'build.json');
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  const record = (cwd?: string): unknown => {
    call('build-commit.mjs', 'recordCommit', [file()], cwd);
    return existsSync(file()) ? JSON.parse(readFileSync(file(), 'utf8')) : undefined;
  };

  test('is recorded with its date, and so is that files differ from it', () => {
    git('init');
    writeFileSync(join(directory, '.gitignore'), 'build.json\n');
    git('add', '.');
    git('commit', '-m', 'One', '--date', '2024-02-03T04:05:06Z');
    const commit = git('rev-parse', 'HEAD');
    expect(record()).toEqual({ commit, date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), changed: false });
    writeFileSync(join(directory, 'more.ts'), '');
    expect(record()).toMatchObject({ commit, changed: true });
  });

  test('is not that of another repository around an unpacked archive', () => {
    git('init');
    git('commit', '--allow-empty', '-m', 'One');
    const unpacked = join(directory, 'unpacked');
    mkdirSync(unpacked);
    expect(record()).toBeDefined();
    expect(record(unpacked)).toBeUndefined();
  });
});
