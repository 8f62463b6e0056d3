/** Jars from Maven Central, each pinned by its checksum, in the cache of this machine. Needs no Maven. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserMistake } from '../../errors/index.js';
import { defaultCacheDir } from '../../install/cache-dir.js';
import { download } from '../../install/download.js';
import { withLock } from '../../install/install-lock.js';

export interface Jar {
  /** `group:artifact:version`, and `:classifier` where there is one. */
  coordinates: string;
  /** In hexadecimal. */
  sha256: string;
}

export interface MavenOptions {
  env: NodeJS.ProcessEnv;
  /** Default: `defaultCacheDir`. */
  cacheDir?: string;
  /** Progress, a line a call. */
  log: (line: string) => void;
}

const CENTRAL = 'https://repo1.maven.org/maven2';
/** A mirror of Maven Central, for networks that cannot reach it. */
const REPOSITORY = 'TRAILMILL_MAVEN_REPOSITORY';
const AT_ONCE = 4;

/** Paths of the jars, in the order given. `title`: what they are for ("Iceberg REST server"). */
export async function mavenJars(title: string, jars: readonly Jar[], options: MavenOptions): Promise<string[]> {
  const { env, log } = options;
  const directory = join(options.cacheDir ?? defaultCacheDir(env), 'maven');
  const paths = jars.map(({ coordinates }) => join(directory, pathOf(coordinates)));
  const missing = async () => {
    // A jar gets its name when it is whole and its checksum is right.
    const there = await Promise.all(paths.map(exists));
    return jars.filter((_jar, index) => !there[index]);
  };
  if ((await missing()).length === 0) return paths;
  const waiting = (seconds: number) => {
    log(`Another process is downloading jars: waiting${seconds ? ` (${seconds} s)` : ''}`);
  };
  await withLock(join(directory, 'lock'), waiting, async () => {
    await removeLeftovers(directory);
    const repository = (env[REPOSITORY] || CENTRAL).replace(/\/+$/, '');
    const queue = await missing();
    if (queue.length > 0) log(`Getting ${queue.length} jars of the ${title}, once`);
    const get = async () => {
      for (let jar = queue.shift(); jar; jar = queue.shift()) await getJar(jar, repository, directory, log);
    };
    const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, get));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) {
      const { reason } = failed as PromiseRejectedResult;
      throw new UserMistake(
        `The jars of the ${title} cannot be had: ${reason instanceof Error ? reason.message : String(reason)}.`,
        `Make ${repository} reachable, or set ${REPOSITORY} to a mirror of Maven Central.`,
        { cause: reason },
      );
    }
  });
  return paths;
}

async function getJar(jar: Jar, repository: string, directory: string, log: (line: string) => void): Promise<void> {
  const path = pathOf(jar.coordinates);
  const temporary = await mkdtemp(join(directory, 'install-'));
  try {
    const file = join(temporary, 'jar');
    await download(`${repository}/${path}`, file, jar.coordinates, log);
    const found = await sha256(file);
    if (found !== jar.sha256) throw new Error(`${jar.coordinates} has the checksum ${found}, not ${jar.sha256}`);
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await rename(file, join(directory, path));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Where a jar is in a Maven repository. */
function pathOf(coordinates: string): string {
  const [group, artifact, version, classifier] = coordinates.split(':');
  const file = `${artifact}-${version}${classifier === undefined ? '' : `-${classifier}`}.jar`;
  return `${group.replace(/\./g, '/')}/${artifact}/${version}/${file}`;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** What a download that was killed left; under the lock nobody else is at work. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith('install-')) await rm(join(directory, name), { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
