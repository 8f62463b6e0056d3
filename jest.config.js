// Two projects: `unit` needs nothing but the files here; `integration` starts a Temporal server once, in its globalSetup,
// which jest runs only when a test of that project was selected.

const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  // Globals that inner loops use: jest looks up any other one through its sandbox, which costs 0.2 µs a time.
  sandboxInjectedGlobals: ['Math', 'Number', 'Object', 'Array', 'JSON'],
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      },
    ],
  },
  // Sources import './x.js', as Node wants it; in the tests that file is still './x.ts'.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // ESM-only packages: they are turned into CommonJS, and so is the `import()` that loads them.
  transformIgnorePatterns: ['/node_modules/(?!(hyparquet|hyparquet-writer)/)'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.trailmill/'],
};

/** @type {import('jest').Config} */
module.exports = {
  // More than the two cores that CI has: most tests of workflows wait half of their time, for a server or for a retry.
  maxWorkers: 3,
  // A process that has run a hundred files holds more than 1 GB, and takes longer to exit than jest waits (500 ms).
  workerIdleMemoryLimit: '700MB',
  // Milliseconds; jest reads this here only, not in a project. For a real server and real files on a busy machine.
  testTimeout: 180_000,
  // Quick tests first, so that a small slip shows before the servers are up.
  testSequencer: '<rootDir>/test/support/sequencer.js',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/support/integration-timeout.ts'],
    },
  ],
};
