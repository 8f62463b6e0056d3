/** Finds a Java that is new enough: from TRAILMILL_JAVA, JAVA_HOME or the PATH. */
import { join } from 'node:path';
import { systemCodeOf, UserMistake } from '../../errors/index.js';
import { onPath } from '../../install/find-program.js';
import { runProgram } from '../../install/run.js';

/** Iceberg's REST server and Spark 4 require it. */
const MIN_VERSION = 17;
const PROGRAM = process.platform === 'win32' ? 'java.exe' : 'java';

/**
 * The path of a `java` program. Throws `UserMistake` with what was tried, also if TRAILMILL_JAVA is set to a program that does not
 * work.
 */
export async function findJava(env: NodeJS.ProcessEnv): Promise<string> {
  const named = env.TRAILMILL_JAVA;
  if (named) {
    const reason = await whyNotJava(named, env);
    if (!reason) return named;
    throw new UserMistake(
      `TRAILMILL_JAVA is ${named}, but ${reason}.`,
      `Set it to the \`java\` program of a Java ${MIN_VERSION} or newer, or unset it.`,
    );
  }
  const tried: string[] = [];
  for (const [where, candidate] of [
    ['JAVA_HOME', env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', PROGRAM) : undefined],
    ['PATH', await onPath(PROGRAM, env)],
  ] as const) {
    const reason = candidate === undefined ? 'not found' : await whyNotJava(candidate, env);
    if (candidate !== undefined && reason === undefined) return candidate;
    tried.push(`  - ${where}: ${candidate === undefined ? '' : `${candidate}: `}${reason}`);
  }
  throw new UserMistake(
    `No Java ${MIN_VERSION} or newer was found. Tried:\n${tried.join('\n')}`,
    "Install one (https://adoptium.net, or Debian's `openjdk-17-jre-headless`), or set TRAILMILL_JAVA to its `java` program.",
  );
}

async function whyNotJava(program: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { code, output } = await runProgram(program, ['-version'], { env, timeout: 30_000 });
    // Up to Java 8, versions look like "1.8.0_452".
    const version = /version "(?:1\.)?(\d+)/.exec(output)?.[1];
    if (code !== 0 || version === undefined) return 'it is not Java';
    return Number(version) >= MIN_VERSION ? undefined : `it is Java ${version}`;
  } catch (error) {
    return `it cannot be run (${systemCodeOf(error) ?? String(error)})`;
  }
}
