/** The npm package for a user without the repository: its contents, and that it works where it is installed. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describeWithTemporal, temporalBinary } from '../../support/temporal';

const ROOT = join(__dirname, '../../..');
/** Milliseconds: npm fetches and unpacks 550 MB of dependencies. */
const INSTALL_LIMIT = 1_200_000;
/**
 * Bytes. The pictures of the docs are 1.1 MB packed, the workflow bundles 0.7 MB (3.1 MB unpacked), the code 0.6 MB. Source
 * maps of the code, and the sources of the workflows in the bundles, are not needed and would add 1.2 MB (5 MB unpacked).
 */
const MOST_PACKED = 3_300_000;
const MOST_UNPACKED = 9_500_000;

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string; size: number; mode: number }[];
}

/** Without the variables that npm sets for the scripts of this repository, and without settings of the machine. */
function environment(): NodeJS.ProcessEnv {
  const foreign =
    /^(npm_(?!config_(cache|registry|cafile|strict_ssl|(https?_|no)?proxy)$)|INIT_CWD$|TEMPORAL_|NO_COLOR$|FORCE_COLOR$)/i;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    TRAILMILL_TEMPORAL_BINARY: temporalBinary(),
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    npm_config_update_notifier: 'false',
    // Packages that this machine has fetched before are not requested again.
    npm_config_prefer_offline: 'true',
  };
}

async function run(program: string, argv: readonly string[], cwd: string): Promise<string> {
  const options = { cwd, env: environment(), maxBuffer: 2 ** 26 };
  return (await promisify(execFile)(program, argv, options)).stdout;
}

describeWithTemporal('the npm package', () => {
  let directory: string;
  let packed: Packed;
  let paths: string[];
  let tarball: string;

  beforeAll(async () => {
    // With spaces: users choose the directory.
    directory = mkdtempSync(join(tmpdir(), 'trailmill package '));
    // It was built before the tests.
    const argv = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
    [packed] = JSON.parse(await run('npm', argv, ROOT));
    paths = packed.files.map(({ path }) => path);
    tarball = join(directory, packed.filename);
  }, INSTALL_LIMIT);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('has the program and its documentation, and nothing that is only for builds or tests', () => {
    const needed = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'temporal.yaml', 'docs/start.md'];
    const saved = readdirSync(join(ROOT, 'query', 'saved')).map((name) => `dist/query/saved/${name}`);
    expect(saved.length).toBeGreaterThan(24);
    const bundles = ['dist/workflow-bundle.js', 'dist/workflow-bundle-traced.js', 'dist/ingest/threads/thread.js'];
    expect([...needed, ...saved, ...bundles].filter((path) => !paths.includes(path))).toEqual([]);
    const known = /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|temporal\.yaml|dist\/(?!dev\/).+|docs\/.+)$/;
    expect(
      paths.filter((path) => !known.test(path) || /\.(map|tsx|mts|tgz|log|test\.js)$|(?<!\.d)\.ts$/.test(path)),
    ).toEqual([]);
  });

  it('has no compiled file whose source is gone', () => {
    const compiled = paths.filter((path) => /^dist\/.+\/.+\.js$/.test(path));
    expect(compiled.length).toBeGreaterThan(300);
    const source = (path: string): string => join(ROOT, path.replace(/^dist\//, '').replace(/\.js$/, '.ts'));
    expect(compiled.filter((path) => !existsSync(source(path)))).toEqual([]);
  });

  it('is small', () => {
    expect(packed.size).toBeLessThan(MOST_PACKED);
    expect(packed.unpackedSize).toBeLessThan(MOST_UNPACKED);
  });

  it('has an executable program, and no path of the machine that built it', () => {
    expect(packed.files.find(({ path }) => path === 'dist/client/main.js')?.mode).toBe(0o755);
    const unpacked = join(directory, 'unpacked');
    mkdirSync(unpacked);
    execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
    const here = new RegExp(`(?<![\\w.-])${ROOT.replaceAll(/[.*+?^$()[\]{}|\\]/g, '\\$&')}(?![\\w-])`);
    const named = paths.filter((path) => {
      const text = readFileSync(join(unpacked, path), 'utf8');
      // Source maps are embedded in the bundles, as base64.
      const maps = Array.from(text.matchAll(/sourceMappingURL=data:\S+?base64,(\S+)/g), ([, map]) =>
        Buffer.from(map, 'base64').toString(),
      );
      return [text, ...maps].some((one) => here.test(one));
    });
    expect(named).toEqual([]);
  });

  describe('in an empty directory', () => {
    let place: string;
    const trailmill = (...argv: string[]): Promise<string> => run('npx', ['trailmill', ...argv], place);

    beforeAll(async () => {
      place = join(directory, 'an empty directory');
      mkdirSync(place);
      await run('npm', ['install', tarball], place);
    }, INSTALL_LIMIT);

    it('prints its version', async () => {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
      expect(await trailmill('--version')).toContain(`trailmill ${version}\n`);
      const said = JSON.parse(await trailmill('--version', '--json'));
      expect(said).toMatchObject({
        version,
        // The commit of the clone in which it was packed.
        build: existsSync(join(ROOT, '.git')) ? { commit: expect.stringMatching(/^[0-9a-f]{40}$/) } : null,
        node: process.versions.node,
        temporal: { sdk: expect.any(String), server: { path: temporalBinary(), server: expect.any(String) } },
        duckdb: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      });
    });

    it('runs the demo, with the results that the sample predicts', async () => {
      const { ok, checks, answers } = JSON.parse(await trailmill('demo', '--json'));
      expect(ok).toBe(true);
      const events = checks.find(({ what }: { what: string }) => what === 'events');
      expect(events).toMatchObject({ ok: true, expected: events.found });
      expect(events.found).toBeGreaterThan(10_000);
      expect(answers).toHaveLength(3);
      for (const answer of answers) expect(answer).toMatchObject({ ok: true, differences: [] });
    }, 900_000);

    it('creates a project, checks it, and lists the saved queries', async () => {
      await trailmill('sample', '--out', 'a bucket', '--days', '1', '--accounts', '1', '--events-per-hour', '5');
      const { files } = JSON.parse(await trailmill('init', 'my logs', '--json'));
      for (const file of files) expect(statSync(file).size).toBeGreaterThan(0);
      const checked = JSON.parse(await trailmill('check', '--project', 'my logs', '--location', 'a bucket', '--json'));
      expect([checked.ok, checked.source.location]).toEqual([true, pathToFileURL(join(place, 'a bucket')).href]);
      expect((await trailmill('query', '--list')).split('\n').length).toBeGreaterThan(25);
    });
  });

  it(
    'can be installed globally',
    async () => {
      const prefix = join(directory, 'a global prefix');
      await run('npm', ['install', '--global', '--prefix', prefix, tarball], directory);
      const program = join(prefix, 'bin', 'trailmill');
      const elsewhere = join(directory, 'elsewhere');
      mkdirSync(elsewhere);
      expect(JSON.parse(await run(program, ['--version', '--json'], elsewhere)).version).toBe(
        JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
      );
      await run(program, ['init', '.'], elsewhere);
      expect(readdirSync(elsewhere).map((name) => name.split(sep)[0])).toContain('temporal.yaml');
    },
    INSTALL_LIMIT,
  );
});
