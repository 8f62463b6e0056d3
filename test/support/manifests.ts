/** The files of deploy/, as Kubernetes and a container builder would read them. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DockerfileParser, type JSONInstruction } from 'dockerfile-ast';
import { parseAllDocuments } from 'yaml';

export const ROOT = join(__dirname, '..', '..');
export const DOCKERFILE = join(ROOT, 'deploy', 'Dockerfile');
export const KUBERNETES = join(ROOT, 'deploy', 'kubernetes');

/** What the tests use; the schemas of Kubernetes have the rest. */
export interface Manifest {
  kind: string;
  metadata: { name: string };
  // biome-ignore lint/suspicious/noExplicitAny: manifests of every kind, which their own schemas check
  spec: any;
  data?: Record<string, string>;
}

/** Environment variable that passes the path of kustomize from the global setup to the test files. */
export const KUSTOMIZE = 'TRAILMILL_TEST_KUSTOMIZE';

/** False only if kustomize is not available outside CI: in CI, the setup fails instead. */
export function kustomizeAvailable(): boolean {
  return process.env[KUSTOMIZE] !== undefined;
}

/** What `kubectl apply --kustomize` would send, with components of the kustomization enabled as its comments say. */
export function rendered(directory: string, components: readonly string[] = []): { text: string; all: Manifest[] } {
  const copy = join(directory, components.join('-') || 'base');
  cpSync(KUBERNETES, copy, { recursive: true });
  const file = join(copy, 'kustomization.yaml');
  let text = readFileSync(file, 'utf8');
  for (const name of components) text = text.replace(`#   - ${name}\n`, `  - ${name}\n`);
  if (components.length > 0) text = text.replace('# components:\n', 'components:\n');
  writeFileSync(file, text);
  const output = execFileSync(process.env[KUSTOMIZE] as string, ['build', copy], { encoding: 'utf8', stdio: 'pipe' });
  return { text: output, all: parseAllDocuments(output).map((document) => document.toJS() as Manifest) };
}

/** Writes the files of a ConfigMap below `directory`, as a pod's volume does. */
export function writeProject(all: readonly Manifest[], directory: string): void {
  const { data = {} } = only(all, 'ConfigMap');
  const volume = only(all, 'Deployment').spec.template.spec.volumes.find(
    ({ name }: Manifest['metadata']) => name === 'project',
  );
  for (const { key, path } of volume.configMap.items) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), data[key]);
  }
}

/** The one manifest of a kind. */
export function only(all: readonly Manifest[], kind: string): Manifest {
  const found = all.filter((manifest) => manifest.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} manifests of the kind ${kind}`);
  return found[0];
}

export interface Instruction {
  keyword: string;
  /** Without flags such as `--from`. */
  words: readonly string[];
  flags: Readonly<Record<string, string>>;
  /** As written, with its line breaks. */
  text: string;
}

/** The instructions of the container file, comments left out. */
export function instructions(): Instruction[] {
  return DockerfileParser.parse(readFileSync(DOCKERFILE, 'utf8'))
    .getInstructions()
    .map((instruction) => {
      const json = 'getJSONStrings' in instruction ? (instruction as JSONInstruction).getJSONStrings() : [];
      const flags = 'getFlags' in instruction ? (instruction as JSONInstruction).getFlags() : [];
      const words = instruction.getArguments().map((argument) => argument.getValue());
      return {
        keyword: instruction.getKeyword(),
        words: json.length > 0 ? json.map((one) => one.getJSONValue()) : words,
        flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
        text: instruction.getRawArgumentsContent() ?? '',
      };
    });
}

/** The specification of a worker's pod. */
export function podOf(all: readonly Manifest[]): Manifest['spec'] {
  return only(all, 'Deployment').spec.template.spec;
}
