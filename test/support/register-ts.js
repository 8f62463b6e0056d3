// `node -r ./test/support/register-ts.js …` runs the sources as they are: for tests that kill a process of their own.
const { transformFileSync } = require('@swc/core');
require('./resolve-ts.js');

require.extensions['.ts'] = (module, file) => {
  const { code } = transformFileSync(file, {
    sourceMaps: 'inline',
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  module._compile(code, file);
};
