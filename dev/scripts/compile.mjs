// Writes to dist/ what `tsc -p tsconfig.build.json` would, a file at a time, without its check of types, which takes most of its
// time: that is `npm run typecheck`.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';

function fail(diagnostics) {
  const host = {
    getCurrentDirectory: () => process.cwd(),
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  };
  process.stderr.write(ts.formatDiagnostics(diagnostics, host));
  process.exit(1);
}

/** Sources whose types are published: package.json, `exports`. */
const PUBLISHED_TYPES = [join('cloudtrail', 'transform.ts')];

/**
 * Compiles the sources that tsconfig.build.json names, and removes what earlier builds made of sources that are gone. Ends the
 * process where one is not TypeScript.
 */
export function compile() {
  const onUnRecoverableConfigFileDiagnostic = (diagnostic) => fail([diagnostic]);
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic };
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile('tsconfig.build.json', {}, host);
  if (errors.length > 0) fail(errors);
  const compiled = new Set();
  for (const fileName of fileNames) {
    const source = relative(process.cwd(), fileName);
    const target = join('dist', source.replace(/\.ts$/, '.js'));
    const request = { compilerOptions: options, fileName, reportDiagnostics: true };
    const { outputText, sourceMapText, diagnostics } = ts.transpileModule(readFileSync(source, 'utf8'), request);
    if (diagnostics.length > 0) fail(diagnostics);
    const map = JSON.parse(sourceMapText);
    map.sources = [join(relative(dirname(target), dirname(source)), basename(source))];
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
    writeFileSync(`${target}.map`, JSON.stringify(map));
    compiled.add(target).add(`${target}.map`);
  }
  // In the rooms only: what lies in dist/ itself is written by the build.
  for (const path of readdirSync('dist', { recursive: true }).filter((name) => name.includes(sep))) {
    const target = join('dist', path);
    if (/\.js(\.map)?$/.test(path) && !compiled.has(target)) rmSync(target);
  }
  for (const source of PUBLISHED_TYPES) {
    // The directories of the project do not apply to a single file.
    const { target, strict } = options;
    const request = { compilerOptions: { target, strict }, fileName: source, reportDiagnostics: true };
    const { outputText, diagnostics } = ts.transpileDeclaration(readFileSync(source, 'utf8'), request);
    if (diagnostics.length > 0) fail(diagnostics);
    writeFileSync(join('dist', source.replace(/\.ts$/, '.d.ts')), outputText);
  }
}
