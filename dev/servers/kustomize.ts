/** kustomize, which builds the manifests in deploy/kubernetes, as a program to install. */
import { systemCodeOf } from '../../errors/index.js';
import { type FindProgramOptions, findProgram } from '../../install/find-program.js';
import type { Program } from '../../install/program-install.js';
import { runProgram } from '../../install/run.js';

const VERSION = '5.7.1';

const KUSTOMIZE: Program = {
  title: 'kustomize',
  command: 'kustomize',
  version: VERSION,
  variable: 'TRAILMILL_KUSTOMIZE_BINARY',
  module: `sigs.k8s.io/kustomize/kustomize/v5@v${VERSION}`,
  buildMinutes: 1,
  archive: (platform, arch) => ({
    url: `https://github.com/kubernetes-sigs/kustomize/releases/download/kustomize%2Fv${VERSION}/kustomize_v${VERSION}_${platform}_${arch}.tar.gz`,
    path: 'kustomize',
  }),
  whyNot,
  home: 'kustomize (https://kubectl.docs.kubernetes.io/installation/kustomize/)',
};

/** The path of a `kustomize`; see `findProgram`. */
export function findKustomize(options: FindProgramOptions): Promise<string> {
  return findProgram(KUSTOMIZE, options);
}

async function whyNot(binary: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { code, output } = await runProgram(binary, ['version'], { env, timeout: 10_000 });
    const major = /^\W*v(\d+)\.\d+\.\d+/m.exec(output)?.[1];
    if (code !== 0 || major === undefined) return 'it is not kustomize';
    return Number(major) >= 5 ? undefined : 'it is too old: version 5 is needed';
  } catch (error) {
    return `it cannot be run (${systemCodeOf(error) ?? String(error)})`;
  }
}
