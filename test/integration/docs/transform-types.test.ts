/** The types of `trailmill/transform`, as the package publishes them: projects that use them are type-checked. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { TRANSFORM_EXAMPLE } from '../../../config/examples';
import { loadTransform } from '../../../ingest/transforms/load';
import { freezeTransform } from '../../../ingest/transforms/modules';

const ROOT = join(__dirname, '../../..');
const PAGE = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
const { exports: published, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: { './transform': { types: string; default: string } };
  files: string[];
};

let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-types-'));
  const installed = join(project, 'node_modules/trailmill');
  for (const file of ['package.json', published['./transform'].types, published['./transform'].default]) {
    mkdirSync(dirname(join(installed, file)), { recursive: true });
    cpSync(join(ROOT, file), join(installed, file));
  }
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** The compiler's messages for each module, in strict mode. All at once, because the compiler reads its own types each time. */
function check(modules: readonly (readonly [name: string, source: string])[], moduleResolution = 'node16'): string[][] {
  const paths = modules.map(([name, source]) => {
    const path = join(project, name);
    writeFileSync(path, source);
    return path;
  });
  const program = ts.createProgram(paths, {
    strict: true,
    noEmit: true,
    allowJs: true,
    checkJs: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    ...(moduleResolution === 'bundler'
      ? { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
      : { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 }),
  });
  return paths.map((path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  );
}

/** The page's examples in a language that use the types. */
const examples = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))]
    .map(([, source]) => source)
    .filter((source) => source.includes('trailmill/transform'));

test('the types are in the package', () => {
  const { types, default: runtime } = published['./transform'];
  expect(files).toContain('dist');
  expect([types, runtime].every((path) => path.startsWith('./dist/') && !path.startsWith('./dist/dev/'))).toBe(true);
});

test.each(['node16', 'bundler'])('the examples of the page and of `init` are valid, with %s', (resolution) => {
  const [typescript, javascript] = [examples('ts'), examples('js')];
  expect([typescript.length, javascript.length]).toEqual([2, 1]);
  const used = TRANSFORM_EXAMPLE.replace(/^( +)\/\/ (?=if)/gm, '$1');
  expect(used).not.toBe(TRANSFORM_EXAMPLE);
  const modules = [...typescript, TRANSFORM_EXAMPLE, used].map((source, n) => [`t${n}.ts`, source] as const);
  // In a project for a bundler, `module` needs Node's types.
  const scripts = resolution === 'bundler' ? [] : javascript.map((source, n) => [`t${n}.js`, source] as const);
  const all = [...modules, ...scripts];
  expect(check(all, resolution)).toEqual(all.map(() => []));
});

test('mistakes are found: an unknown method, an unknown table, a promise, a value that is not a row', () => {
  const bodies = [
    '',
    'row.getColumn("a");',
    'if (row.table === "events") return null;',
    'return Promise.resolve(row);',
    'return 5;',
  ];
  const modules = bodies.map((body, n) => {
    const lines = [
      `import type { Transform } from 'trailmill/transform';`,
      `const t: Transform = (row) => { ${body} };`,
    ];
    return [`m${n}.ts`, [...lines, 'export default t;'].join('\n')] as const;
  });
  expect(check(modules)).toEqual([
    [],
    [expect.stringContaining("'getColumn' does not exist on type 'Row'")],
    [expect.stringContaining('no overlap')],
    [expect.stringContaining("'Promise<Row>' is missing")],
    [expect.stringContaining("'number' is not assignable")],
  ]);
});

test('the module does nothing at run time, whether it is imported or required, installed or not', () => {
  const own = createRequire(join(project, 'x.js'));
  expect(own('trailmill/transform')).toEqual({});
  const bare = mkdtempSync(join(tmpdir(), 'trailmill-bare-'));
  try {
    for (const [name, source] of [
      ['a.ts', `import { type Row } from 'trailmill/transform';\nexport default (row: Row) => null;`],
      ['b.mjs', `import 'trailmill/transform';\nexport default () => null;`],
      ['c.js', `const { Row } = require('trailmill/transform');\nmodule.exports = () => null;`],
    ]) {
      const path = join(bare, name);
      writeFileSync(path, source);
      const allowed = [bare];
      expect(loadTransform(freezeTransform(path, allowed), '', allowed)({} as never)).toBeNull();
    }
    // An installed package is not bundled either: it may be outside of the directories that the project may load from.
    mkdirSync(join(bare, 'node_modules'));
    symlinkSync(join(project, 'node_modules/trailmill'), join(bare, 'node_modules/trailmill'));
    const path = join(bare, 'd.mjs');
    writeFileSync(path, `import 'trailmill/transform';\nexport default () => null;`);
    expect(Object.keys(freezeTransform(path, [bare]))).toEqual(['path', 'sha256']);
  } finally {
    rmSync(bare, { recursive: true, force: true });
  }
});
