/** `trailmill --version`: the versions of Trailmill and of what it runs on, for reports of errors. */
import { buildCommit, dependencyVersion, version } from '../../install/package.js';
import { installedServer, SERVER_VERSION, type ServerVersion } from '../../server/server-binary.js';
import type { Io } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';

/** What `--version --json` prints. */
interface Versions {
  version: string;
  /** `null` if it was not built from a clone. */
  build: { commit: string; date: string; changed: boolean } | null;
  node: string;
  platform: string;
  temporal: {
    sdk: string | null;
    /** The embedded server's program; `null` if it is not installed yet. */
    server: ServerVersion | null;
  };
  duckdb: string | null;
}

/** Prints the versions, as text or JSON. Nothing is installed, and no server is asked. */
export async function printVersions(io: Pick<Io, 'env'>, output: Output): Promise<void> {
  const versions: Versions = {
    version: version(),
    build: buildCommit() ?? null,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    temporal: {
      sdk: dependencyVersion('@temporalio/worker') ?? null,
      server: (await installedServer(io.env)) ?? null,
    },
    // 1.5.5-r.5 is the fifth release of the package with DuckDB 1.5.5.
    duckdb: dependencyVersion('@duckdb/node-api')?.replace(/-r\.\d+$/, '') ?? null,
  };
  output.value(versions);
  output.say(renderVersions(versions));
}

function renderVersions({ version, build, node, platform, temporal, duckdb }: Versions): string {
  const changes = build?.changed ? ', with changes' : '';
  return [
    `trailmill ${version}`,
    `  build            ${build === null ? 'not from a clone' : `${build.commit.slice(0, 12)} of ${build.date}${changes}`}`,
    `  Node             ${node}, ${platform}`,
    `  Temporal server  ${renderServer(temporal.server)}`,
    `  Temporal SDK     ${temporal.sdk ?? 'missing'}`,
    `  DuckDB           ${duckdb ?? 'missing'}`,
  ].join('\n');
}

function renderServer(server: ServerVersion | null): string {
  if (server === null) return `not installed yet: CLI ${SERVER_VERSION} will be`;
  const from = server.from === 'cache' ? 'from the cache' : `from ${server.from}`;
  if (server.cli === null) return `unknown: \`${server.path} --version\` does not say (${from})`;
  return `${server.server ?? 'unknown'} (CLI ${server.cli}, ${from})`;
}
