/** How DuckDB's S3 extension is obtained: from a repository, the cache or a named file; and the error if it cannot be. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { loadHttpfs } from '../../../query/httpfs';
import { hasHttpfs } from '../../support/httpfs';

const withNetwork = hasHttpfs() ? it : it.skip;

describe("DuckDB's httpfs", () => {
  let directory: string;
  let repository: Server;
  let asked: string[] = [];
  let served: Buffer | undefined;
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const uri = () => `http://127.0.0.1:${(repository.address() as AddressInfo).port}`;
  const noPython = { ...process.env, TRAILMILL_PYTHON: '/nowhere/python3', TRAILMILL_DUCKDB_HTTPFS: '' };

  /** A DuckDB without installed extensions. */
  async function withDuckDb<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const instance = await DuckDBInstance.create(':memory:', {
      extension_directory: join(directory, 'no-extensions'),
      autoinstall_known_extensions: 'false',
    });
    const connection = await instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }

  const isLoaded = async (connection: DuckDBConnection): Promise<unknown> =>
    (
      await connection.runAndReadAll("SELECT loaded FROM duckdb_extensions() WHERE extension_name = 'httpfs'")
    ).getRows();

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-httpfs-'));
    repository = createServer(({ url = '' }, response) => {
      asked.push(url);
      response.writeHead(served === undefined ? 404 : 200).end(served);
    });
    await new Promise<void>((resolve) => repository.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    asked = [];
    served = undefined;
    lines.length = 0;
  });
  afterAll(async () => {
    await new Promise((resolve) => repository.close(resolve));
    rmSync(directory, { recursive: true, force: true });
  });

  withNetwork(
    'comes from the package index if the repository does not have it, and from then on from the cache',
    async () => {
      const cacheDir = join(directory, 'cache');
      const env = { ...process.env, TRAILMILL_DUCKDB_HTTPFS: '' };
      await withDuckDb(async (connection) => {
        await loadHttpfs(connection, { env, cacheDir, log, repository: uri() });
        expect(await isLoaded(connection)).toEqual([[true]]);
      });
      expect(asked).toEqual([expect.stringMatching(/^\/v[\d.]+\/\w+\/httpfs\.duckdb_extension\.gz$/)]);
      expect(lines.join('\n')).toMatch(/pip download duckdb-extension-httpfs==/);
      await withDuckDb(async (connection) => {
        await loadHttpfs(connection, { env: noPython, cacheDir, log, repository: uri() });
        expect(await isLoaded(connection)).toEqual([[true]]);
      });
      expect(asked).toHaveLength(1);
    },
  );

  withNetwork('comes from the repository, unzipped', async () => {
    const from = join(directory, 'cache', 'duckdb');
    const found = await withDuckDb(async (connection) => {
      const [[version, platform]] = (
        await connection.runAndReadAll('SELECT version(), platform FROM pragma_platform()')
      ).getRows();
      return join(String(version), String(platform), 'httpfs.duckdb_extension');
    });
    served = gzipSync(readFileSync(join(from, found)), { level: 1 });
    const cacheDir = join(directory, 'other-cache');
    await withDuckDb(async (connection) => {
      await loadHttpfs(connection, { env: noPython, cacheDir, log, repository: uri() });
      expect(await isLoaded(connection)).toEqual([[true]]);
    });
    expect(existsSync(join(cacheDir, 'duckdb', found))).toBe(true);
  });

  it('is refused if its signature is not valid; the error lists everything that was tried, and the cure', async () => {
    served = gzipSync(Buffer.from('something else'));
    const cacheDir = join(directory, 'empty-cache');
    const refused = await withDuckDb((connection) =>
      loadHttpfs(connection, { env: noPython, cacheDir, log, repository: uri() }).catch((error: unknown) => error),
    );
    expect(refused).toMatchObject({
      name: 'UserMistake',
      message: expect.stringMatching(
        /Tried:\n {2}- installed: .*\n {2}- DuckDB's repository: .*\n {2}- pip, .* was not found/,
      ),
      cure: expect.stringMatching(/TRAILMILL_DUCKDB_HTTPFS/),
    });
  });

  it('that is configured but cannot be loaded is a user mistake', async () => {
    const named = join(directory, 'httpfs.duckdb_extension');
    writeFileSync(named, 'nothing');
    const env = { ...process.env, TRAILMILL_DUCKDB_HTTPFS: named };
    const refused = await withDuckDb((connection) =>
      loadHttpfs(connection, { env, log }).catch((error: unknown) => error),
    );
    expect(refused).toMatchObject({ name: 'UserMistake', message: expect.stringContaining(named) });
  });
});
