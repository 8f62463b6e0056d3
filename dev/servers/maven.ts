/** Jars from Maven Central, pinned by checksum, in the cache of this machine. Maven is not needed. */
import { basename, join } from 'node:path';
import { UserMistake } from '../../errors/index.js';
import { download } from '../../install/download.js';
import { defaultCacheDir, exists, installOnce } from '../../install/install-once.js';

/** A jar in a Maven repository. */
export interface Jar {
  /** `group:artifact:version`, and `:classifier` if there is one. */
  coordinates: string;
  /** Checksum in hexadecimal. */
  sha256: string;
}

/** Where jars are cached, and how progress is reported. */
export interface MavenOptions {
  env: NodeJS.ProcessEnv;
  /** Default: `defaultCacheDir`. */
  cacheDir?: string;
  /** Called with each line of progress. */
  log: (line: string) => void;
}

const CENTRAL = 'https://repo1.maven.org/maven2';
/** The environment variable with a mirror of Maven Central, for networks that cannot reach it. */
const REPOSITORY = 'TRAILMILL_MAVEN_REPOSITORY';
/** The most concurrent downloads. */
const CONCURRENCY = 4;

/**
 * Paths of the jars, in the given order; missing ones are downloaded. `title`: what they are for ("Iceberg REST server"). Throws
 * `UserMistake` if a jar cannot be downloaded.
 */
export async function mavenJars(title: string, jars: readonly Jar[], options: MavenOptions): Promise<string[]> {
  const { env, log } = options;
  const directory = join(options.cacheDir ?? defaultCacheDir(env), 'maven');
  const repository = (env[REPOSITORY] || CENTRAL).replace(/\/+$/, '');
  const cached = await Promise.all(jars.map(({ coordinates }) => exists(join(directory, pathOf(coordinates)))));
  const missing = jars.filter((_jar, index) => !cached[index]);
  if (missing.length > 0) log(`Downloading ${missing.length} jars of the ${title}, once`);
  const failure = (cause: unknown): UserMistake =>
    new UserMistake(
      `The jars of the ${title} cannot be downloaded: ${cause instanceof Error ? cause.message : String(cause)}.`,
      `Make ${repository} reachable, or set ${REPOSITORY} to a mirror of Maven Central.`,
      { cause },
    );
  const get = async (): Promise<void> => {
    for (let jar = missing.shift(); jar; jar = missing.shift()) await getJar(jar, repository, directory, failure, log);
  };
  const results = await Promise.allSettled(Array.from({ length: CONCURRENCY }, get));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return jars.map(({ coordinates }) => join(directory, pathOf(coordinates)));
}

async function getJar(
  { coordinates, sha256 }: Jar,
  repository: string,
  directory: string,
  failure: (cause: unknown) => UserMistake,
  log: (line: string) => void,
): Promise<void> {
  const path = pathOf(coordinates);
  const target = join(directory, path);
  await installOnce({
    title: coordinates,
    target,
    prefix: join(directory, `${basename(path)}.`),
    isReady: () => exists(target),
    methods: [{ name: 'download', install: (file) => download(`${repository}/${path}`, file, coordinates, log) }],
    sha256,
    failure: ([{ cause }]) => failure(cause),
    log,
  });
}

/** The path of a jar in a Maven repository. */
function pathOf(coordinates: string): string {
  const [group, artifact, version, classifier] = coordinates.split(':');
  const file = `${artifact}-${version}${classifier === undefined ? '' : `-${classifier}`}.jar`;
  return `${group.replace(/\./g, '/')}/${artifact}/${version}/${file}`;
}
