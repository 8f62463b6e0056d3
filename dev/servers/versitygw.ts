/** versitygw, the S3 server of tests and benchmarks, as a program to install. It supports conditional writes. */
import { systemCodeOf } from '../../errors/index.js';
import { type FindProgramOptions, findProgram } from '../../install/find-program.js';
import type { Program } from '../../install/program-install.js';
import { runProgram } from '../../install/run.js';

const VERSION = '1.8.0';
/** An option of the version that made conditional writes safe between processes, which older versions do not have. */
const NEEDED_OPTION = '--disable-object-lock-file';

/** How versitygw is found and installed. */
export const VERSITYGW: Program = {
  title: 'versitygw S3 server',
  command: 'versitygw',
  version: VERSION,
  variable: 'TRAILMILL_VERSITYGW_BINARY',
  module: `github.com/versity/versitygw/cmd/versitygw@v${VERSION}`,
  buildMinutes: 2,
  // The archive contains one directory with the name of the archive, which has the system and architecture names of `uname`.
  archive: (platform, arch) => {
    const system = `${platform.charAt(0).toUpperCase()}${platform.slice(1)}`;
    const name = `versitygw_v${VERSION}_${system}_${arch === 'amd64' ? 'x86_64' : arch}`;
    return {
      url: `https://github.com/versity/versitygw/releases/download/v${VERSION}/${name}.tar.gz`,
      path: `${name}/versitygw`,
    };
  },
  whyNot,
  home: 'versitygw (https://github.com/versity/versitygw/releases)',
};

/** The path of a `versitygw`; see `findProgram`. */
export function findVersitygw(options: FindProgramOptions): Promise<string> {
  return findProgram(VERSITYGW, options);
}

async function whyNot(binary: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const version = await runProgram(binary, ['--version'], { env, timeout: 10_000 });
    // A build by `go install` reports the version "git", so the version is detected by its options.
    if (version.code !== 0 || !/^Version\s*:/m.test(version.output)) return 'it is not versitygw';
    const help = await runProgram(binary, ['posix', '--help'], { env, timeout: 10_000 });
    return help.output.includes(NEEDED_OPTION) ? undefined : `it is too old: \`posix\` has no ${NEEDED_OPTION}`;
  } catch (error) {
    return `it cannot be run (${systemCodeOf(error) ?? String(error)})`;
  }
}
