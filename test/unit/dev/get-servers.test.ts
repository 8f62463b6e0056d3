/** How the servers of the integration tests are got: which is accepted, from where, and what is said when there is none. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findJava } from '../../../dev/servers/java';
import { type Jar, mavenJars } from '../../../dev/servers/maven';
import { pythonEnvironment } from '../../../dev/servers/python-environment';
import { REST_CATALOG_JARS } from '../../../dev/servers/rest-catalog-jars';
import { findVersitygw, VERSITYGW } from '../../../dev/servers/versitygw';
import { describeError, UserMistake } from '../../../errors/index.js';

let directory: string;
let lines: string[];
const log = (line: string) => void lines.push(line);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-get-'));
  lines = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function program(name: string, script: string): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

async function mistake(call: Promise<unknown>): Promise<string> {
  const failure = await call.then(
    () => 'There was no error.',
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(UserMistake);
  return describeError(failure);
}

describe('versitygw', () => {
  const says = (version: string, options: string) =>
    `case "$1" in --version) echo "${version}";; *) echo "${options}";; esac`;

  test('is accepted when it can do what is needed, whatever it calls its version', async () => {
    const env = {
      TRAILMILL_VERSITYGW_BINARY: program('s3', says('Version  : git', '--disable-object-lock-file value')),
    };
    expect(await findVersitygw({ env, log })).toBe(env.TRAILMILL_VERSITYGW_BINARY);
  });

  test.each([
    [
      'is too old',
      says('Version  : 1.0.0', '--sidecar value'),
      'is too old: `posix` has no --disable-object-lock-file',
    ],
    ['is another program', 'echo hello', 'is not versitygw'],
    ['fails', 'exit 1', 'is not versitygw'],
    ['is not there', undefined, 'cannot be run (ENOENT)'],
  ])('a named one that %s is a mistake', async (_name, script, reason) => {
    const named = script === undefined ? join(directory, 's3') : program('s3', script);
    const said = await mistake(findVersitygw({ env: { TRAILMILL_VERSITYGW_BINARY: named }, log }));
    expect(said).toContain(`TRAILMILL_VERSITYGW_BINARY is set to ${named}, but it ${reason}.`);
  });

  // As its releases name them.
  test.each([
    ['linux', 'amd64', 'versitygw_v1.8.0_Linux_x86_64'],
    ['darwin', 'arm64', 'versitygw_v1.8.0_Darwin_arm64'],
  ])('its archive for %s and %s is %s', (platform, arch, name) => {
    expect(VERSITYGW.archive(platform, arch)).toEqual({
      url: `https://github.com/versity/versitygw/releases/download/v1.8.0/${name}.tar.gz`,
      path: `${name}/versitygw`,
    });
  });

  test('when there is none, the message says how to get one', async () => {
    const none = async () => Promise.reject(new Error('not today'));
    const env = { PATH: '' };
    const said = await mistake(findVersitygw({ env, log, cacheDir: directory, download: none, build: none }));
    expect(said).toMatchInlineSnapshot(`
"No versitygw S3 server was found. Tried:
  - PATH: there is no \`versitygw\`
  - download: not today
  - build: not today Install versitygw (https://github.com/versity/versitygw/releases), or Go and run \`go install github.com/versity/versitygw/cmd/versitygw@v1.8.0\`, and set TRAILMILL_VERSITYGW_BINARY to it."
`);
  });
});

describe('Java', () => {
  const java = (version: string) => `echo 'openjdk version "${version}" 2025-04-15' >&2`;

  test('is the named one, else that of JAVA_HOME, else the one on the PATH', async () => {
    const [named, home, path] = ['named', 'home/bin/java', 'path/java'].map((name) => program(name, java('17.0.15')));
    const env = { TRAILMILL_JAVA: named, JAVA_HOME: join(directory, 'home'), PATH: dirname(path) };
    expect(await findJava(env)).toBe(named);
    expect(await findJava({ ...env, TRAILMILL_JAVA: '' })).toBe(home);
    expect(await findJava({ PATH: env.PATH })).toBe(path);
  });

  test('that is too old is passed over', async () => {
    program('home/bin/java', java('1.8.0_452'));
    const path = program('path/java', java('21'));
    expect(await findJava({ JAVA_HOME: join(directory, 'home'), PATH: dirname(path) })).toBe(path);
  });

  test('when there is none, the message says what was tried and what to do', async () => {
    const old = program('java', java('11.0.2'));
    expect(
      (await mistake(findJava({ JAVA_HOME: '/nowhere', PATH: directory }))).replaceAll(directory, '…'),
    ).toMatchInlineSnapshot(`
"No Java 17 or newer was found. Tried:
  - JAVA_HOME: /nowhere/bin/java: it cannot be run (ENOENT)
  - PATH: …/java: it is Java 11 Install one (https://adoptium.net, or Debian's \`openjdk-17-jre-headless\`), or set TRAILMILL_JAVA to its \`java\` program."
`);
    expect(await mistake(findJava({ TRAILMILL_JAVA: old }))).toContain(`TRAILMILL_JAVA is ${old}, but it is Java 11.`);
    expect(await mistake(findJava({ TRAILMILL_JAVA: program('x', 'echo hello') }))).toContain('but it is not Java.');
  });
});

describe('jars', () => {
  const content = Buffer.from('a jar');
  const jars: Jar[] = [
    { coordinates: 'org.example.deep:thing:1.0', sha256: createHash('sha256').update(content).digest('hex') },
    { coordinates: 'org.example:other:2:tests', sha256: createHash('sha256').update(content).digest('hex') },
  ];
  let repository: Server;
  let env: NodeJS.ProcessEnv;
  let asked: string[];
  let body: Buffer;
  beforeEach(async () => {
    asked = [];
    body = content;
    repository = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.statusCode = body.length > 0 ? 200 : 404;
      response.end(body);
    });
    await new Promise<void>((resolve) => repository.listen(0, '127.0.0.1', resolve));
    env = { TRAILMILL_MAVEN_REPOSITORY: `http://127.0.0.1:${(repository.address() as AddressInfo).port}/mirror/` };
  });
  afterEach(async () => {
    repository.closeAllConnections();
    await new Promise((resolve) => repository.close(resolve));
  });
  const get = () => mavenJars('test server', jars, { env, cacheDir: directory, log });

  test('come from the repository once, and from the cache from then on', async () => {
    const paths = await get();
    expect(paths.map((path) => path.slice(directory.length))).toEqual([
      '/maven/org/example/deep/thing/1.0/thing-1.0.jar',
      '/maven/org/example/other/2/other-2-tests.jar',
    ]);
    for (const path of paths) expect(readFileSync(path)).toEqual(content);
    expect(asked.sort()).toEqual([
      '/mirror/org/example/deep/thing/1.0/thing-1.0.jar',
      '/mirror/org/example/other/2/other-2-tests.jar',
    ]);
    expect(readdirSync(join(directory, 'maven'))).toEqual(['org']);
    expect(await get()).toEqual(paths);
    expect(asked).toHaveLength(2);
  });

  test('two runs at once get them once', async () => {
    expect(await Promise.all([get(), get()])).toHaveLength(2);
    expect(asked).toHaveLength(2);
  });

  test('whose checksum is another are refused, and do not stay', async () => {
    body = Buffer.from('another jar');
    const said = await mistake(get());
    expect(said).toMatch(
      /The jars of the test server cannot be downloaded: org\.example\S+ has the checksum \w+, not \w+\./,
    );
    expect(existsSync(join(directory, 'maven/org'))).toBe(false);
    body = content;
    await get();
  });

  test('that are not to be had are a mistake that names the mirror variable', async () => {
    body = Buffer.alloc(0);
    expect(await mistake(get())).toMatch(/returned 404\. Make http:\S+ reachable, or set TRAILMILL_MAVEN_REPOSITORY/);
  });

  test('of the REST catalog server are all pinned', () => {
    expect(REST_CATALOG_JARS.length).toBeGreaterThan(20);
    for (const { coordinates, sha256 } of REST_CATALOG_JARS) {
      expect(coordinates).toMatch(/^[\w.-]+:[\w.-]+:\d[\w.-]*(:[\w-]+)?$/);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});

describe('a Python environment', () => {
  /** A Python that makes an environment with a `python` of its own, and "installs" by a line in a file. */
  const python = (install: string) =>
    program(
      'python3',
      [
        'case "$*" in',
        '  *"-m venv"*) for d; do :; done; mkdir -p "$d/bin"; cp "$0" "$d/bin/python";;',
        `  *"-m pip"*) ${install};;`,
        `  *) echo ${directory}/site;;`,
        'esac',
      ].join('\n'),
    );
  const make = (base: string, requirements = ['thing==1.0']) =>
    pythonEnvironment('thing', requirements, {
      env: { ...process.env, TRAILMILL_PYTHON: base },
      cacheDir: join(directory, 'cache'),
      log,
    });
  const installs = () => readFileSync(join(directory, 'installs'), 'utf8').trim().split('\n');

  test('is made once for the same packages, also by two runs at once', async () => {
    const base = python(`echo "$*" >> ${directory}/installs`);
    const [one, two] = await Promise.all([make(base), make(base)]);
    expect(existsSync(one)).toBe(true);
    expect([two, await make(base)]).toEqual([one, one]);
    expect(installs()).toEqual([expect.stringMatching(/--target \S+ thing==1\.0$/)]);
    expect(await make(base, ['thing==1.1'])).not.toBe(one);
  });

  test('that cannot be made is a mistake that says why, and leaves nothing', async () => {
    const said = await mistake(make(python('echo "No matching distribution" >&2; exit 1')));
    expect(said).toMatch(/^thing cannot be installed: No matching distribution\. Set TRAILMILL_PYTHON to a Python/);
    expect(readdirSync(join(directory, 'cache'))).toEqual([]);
    expect(await mistake(make(join(directory, 'nowhere')))).toContain('ENOENT');
  });
});
