// Checks the imports between rooms against rooms.cjs.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const rooms = require('../../rooms.cjs').map(({ name }) => name);
const { status } = spawnSync('node_modules/.bin/depcruise', ['--config', '.dependency-cruiser.cjs', ...rooms], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
