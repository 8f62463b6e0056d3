/**
 * The steps of the container file without a container: each stage is a directory, and absolute paths are paths in it. The
 * differences: node, npm and libraries are those of the machine, and no Debian packages are installed. The layer with all npm
 * packages is taken from this checkout, if `npm ci` has installed it from the same lock file.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { instructions, ROOT } from './manifests';

/** Directories of an image that its steps name. */
const PLACES = ['opt', 'tmp', 'src', 'project', 'usr', 'etc', 'var'];

export interface Built {
  /** The file system of the last stage. */
  root: string;
  /** Its working directory. */
  workdir: string;
  environment: Record<string, string>;
  user: number;
}

/** Runs all stages below `directory`. It takes minutes if `npm ci` has to run and npm's cache is empty. */
export function build(directory: string): Built {
  chmodSync(directory, 0o755);
  const stages = new Map<string, string>();
  const built: Built = { root: '', workdir: '', environment: {}, user: 0 };
  for (const { keyword, words, flags, text } of instructions()) {
    const { root } = built;
    if (keyword === 'FROM') {
      built.root = join(directory, words[2] ?? 'image');
      stages.set(words[2] ?? 'image', built.root);
      for (const place of ['tmp', 'usr/local/bin']) mkdirSync(join(built.root, place), { recursive: true });
    } else if (keyword === 'WORKDIR') {
      built.workdir = join(root, words[0]);
      mkdirSync(built.workdir, { recursive: true });
    } else if (keyword === 'COPY') {
      const from = flags.from === undefined ? undefined : stages.get(flags.from);
      copy(words.slice(0, -1), from, words.at(-1)?.startsWith('/') ? join(root, words.at(-1) ?? '') : built.workdir);
    } else if (keyword === 'RUN' && words.join(' ') === 'npm ci' && isInstalled(built.workdir)) {
      link(join(ROOT, 'node_modules'), join(built.workdir, 'node_modules'));
      // The one file that npm writes to later.
      const lock = join('node_modules', '.package-lock.json');
      rmSync(join(built.workdir, lock));
      cpSync(join(ROOT, lock), join(built.workdir, lock));
    } else if (keyword === 'RUN' && !words.includes('apt-get')) {
      const inside = text.replace(new RegExp(`(?<=^|[\\s=])/(?=(${PLACES.join('|')})\\b)`, 'gm'), `${root}/`);
      execFileSync('sh', ['-c', inside], { cwd: built.workdir, stdio: 'pipe', env: npmEnvironment() });
    } else if (keyword === 'ENV') {
      Object.assign(built.environment, Object.fromEntries(words.map((word) => word.split('='))));
    } else if (keyword === 'USER') {
      built.user = Number(words[0].split(':')[0]);
    }
  }
  return built;
}

/** Makes another directory with the same files, as hard links. */
function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  execFileSync('cp', ['-al', `${from}/.`, to]);
}

/** Copies from the context (the repository without what .dockerignore names), or from another stage. */
function copy(sources: readonly string[], stage: string | undefined, to: string): void {
  for (const source of sources) {
    if (stage !== undefined) {
      // No step changes the content of a file that another stage made.
      link(join(stage, source), to);
    } else if (source === '.') for (const file of context()) cpSync(join(ROOT, file), join(to, file));
    else cpSync(join(ROOT, source), join(to, source));
  }
}

/** Files that neither Git nor .dockerignore ignores. The lines of the latter are top-level names, or `*.extension`. */
export function context(): string[] {
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((file) => {
    const top = file.split('/')[0];
    const isIgnored = ignored.some((line) => (line.startsWith('*') ? top.endsWith(line.slice(1)) : line === top));
    return file !== '' && !isIgnored && existsSync(join(ROOT, file));
  });
}

/** Whether the packages of this checkout are those of that directory's lock file; optional ones may be missing. */
function isInstalled(directory: string): boolean {
  type Packages = Record<string, { optional?: boolean; extraneous?: boolean }>;
  const packagesOf = (...path: string[]): Packages => {
    const file = join(...path);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
  };
  const installed = packagesOf(ROOT, 'node_modules', '.package-lock.json');
  const { '': _project, ...wanted } = packagesOf(directory, 'package-lock.json');
  return (
    Object.keys(installed).every((name) => name in wanted) &&
    Object.entries(wanted).every(([name, said]) =>
      name in installed ? isDeepStrictEqual(installed[name], said) : said.optional === true,
    )
  );
}

function npmEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_registry)|NODE_ENV$)/.test(name));
  return {
    ...Object.fromEntries(own),
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
}
