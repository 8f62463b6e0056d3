/**
 * DuckDB's `httpfs` extension, with which it reads S3. It is not in the npm package, so it is found, or got once: named,
 * installed, cached, from DuckDB's own repository, or from PyPI; in this order. Whichever it is, DuckDB checks its
 * signature when it loads it, and its version.
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

/** Environment variable with the path of DuckDB's extension httpfs. */
const VARIABLE = 'TRAILMILL_DUCKDB_HTTPFS';
const FILE = 'httpfs.duckdb_extension';
const REPOSITORY = 'https://extensions.duckdb.org';
/** DuckDB's own package, which holds the same signed file. */
const PACKAGE = 'duckdb-extension-httpfs';
/** Milliseconds. */
const PIP_LIMIT = 180_000;

/** How the extension httpfs is found or installed. */
export interface HttpfsOptions {
  env: NodeJS.ProcessEnv;
  /** Default: `defaultCacheDir`. */
  cacheDir?: string;
  /** Progress, a line a call. */
  log: (line: string) => void;
  /** Of the extensions; default: DuckDB's own. */
  repository?: string;
}

/** The DuckDB that the extension has to fit. */
interface Fit {
  /** `v1.5.5`. */
  version: string;
  /** `linux_amd64`. */
  platform: string;
}

/** Puts the extension's file at `target`; throws an `Error` of one line that says why not. */
type Getter = (target: string, fit: Fit, options: HttpfsOptions) => Promise<void>;

/** Loads it into the instance of this connection. Throws `UserMistake` with all that was tried. */
export async function loadHttpfs(connection: DuckDBConnection, options: HttpfsOptions): Promise<void> {
  const { env, log } = options;
  /** `undefined` when it is loaded, else one line. */
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
      `${VARIABLE} names ${named}, which DuckDB does not load: ${reason}`,
      `Name a file ${FILE} of this DuckDB's version and platform, or unset the variable.`,
    );
  }
  const installed = await whyNot('httpfs');
  if (installed === undefined) return;
  const fit = await fitOf(connection);
  const directory = join(options.cacheDir ?? defaultCacheDir(env), 'duckdb', fit.version, fit.platform);
  const cached = join(directory, FILE);
  const isCached = async (): Promise<boolean> =>
    (await exists(cached)) && (await whyNot(sqlLiteral(cached))) === undefined;
  await installOnce({
    title: "DuckDB's httpfs",
    target: cached,
    prefix: `${directory}${sep}`,
    isReady: isCached,
    methods: GETTERS.map(([name, get]) => ({ name, install: (path) => get(path, fit, options) })),
    whyNot: (path) => whyNot(sqlLiteral(path)),
    failure: (failed) => {
      const tried = failed.map(({ method, reason }) => `${method}: ${firstLine(reason)}`);
      return missing(fit, [`installed: ${installed}`, ...tried]);
    },
    log,
  });
}

const GETTERS: readonly [name: string, get: Getter][] = [
  ["DuckDB's repository", fromRepository],
  [`pip, ${PACKAGE}`, fromPackage],
];

/** What `INSTALL httpfs` would download, but with an end to the waiting where a firewall says nothing. */
async function fromRepository(target: string, { version, platform }: Fit, options: HttpfsOptions): Promise<void> {
  const packed = `${target}.gz`;
  const url = `${options.repository ?? REPOSITORY}/${version}/${platform}/${FILE}.gz`;
  await download(url, packed, `DuckDB's httpfs ${version}`, options.log);
  await writeFile(target, await promisify(gunzip)(await readFile(packed)));
}

/** Through pip, which knows the proxy, the mirror and the certificates of the machine, and compares the file's hash. */
async function fromPackage(target: string, { version }: Fit, { env, log }: HttpfsOptions): Promise<void> {
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
  const done = await runProgram(python, [...pip, '--dest', wheels, wanted], { env, timeout: PIP_LIMIT }).catch(
    () => undefined,
  );
  if (done === undefined) throw new Error(`there is no ${python}`);
  if (done.code !== 0) throw new Error(tail(done.output, 1) || `pip ended with ${done.code}`);
  const wheel = (await readdir(wheels)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip downloaded no wheel');
  const found = unzipSync(await readFile(join(wheels, wheel)), { filter: ({ name }) => name.endsWith(`/${FILE}`) });
  const [extension] = Object.values(found);
  if (extension === undefined) throw new Error(`there is no ${FILE} in ${wheel}`);
  await writeFile(target, extension);
}

async function fitOf(connection: DuckDBConnection): Promise<Fit> {
  const reader = await connection.runAndReadAll('SELECT version(), platform FROM pragma_platform()');
  const [[version, platform]] = reader.getRows();
  return { version: String(version), platform: String(platform) };
}

function missing({ version, platform }: Fit, tried: readonly string[]): UserMistake {
  return new UserMistake(
    `DuckDB reads S3 with its extension httpfs, which was not to be had. Tried:\n${tried.map((line) => `  - ${line}`).join('\n')}`,
    `On a machine with a way out: ${REPOSITORY}/${version}/${platform}/${FILE}.gz, unzipped, or \`pip download ` +
      `${PACKAGE}==${version.replace(/^v/, '')}\` (a wheel is a zip). Bring ${FILE} here, and set ${VARIABLE} to its path.`,
  );
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
